"""Whether the calls a model made agree with the expected ones, and where they first do not. Pure.

The names of the modes follow openevals and agentevals, ``in_order`` agent development kits. Departures: a call
pairs with one other at most, by true matching (openevals takes the first that fits, which may be another's only
one); values compare as JSON, so true is not 1; expected values may be matchers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from rvpo.rubrics.tool_calls.matchers import Clock, Difference, objects_difference
from rvpo.rubrics.tool_calls.pairing import pair_rows
from rvpo.rubrics.tool_calls.reply import Call
from rvpo.rubrics.tool_calls.words import count_of, labelled, worded
from rvpo.rubrics.wording import clipped

Match = Literal["strict", "unordered", "subset", "superset", "in_order"]
Arguments = Literal["exact", "names", "subset", "superset", "ignore"]


def disagreement(made: Sequence[Call], expected: Sequence[Call], match: Match, args: Arguments) -> str | None:
    """Compare the calls a reply makes with the expected ones.

    Args:
        made: The reply's calls, in order.
        expected: The expected calls, in order; their arguments may hold matchers.
        match: ``strict``: the same calls in the same order; ``unordered``: in any order; ``subset``: those made
            are among the expected; ``superset``: they contain the expected; ``in_order``: they contain the expected
            in that order. A call pairs with one other at most.
        args: How the arguments of a pair must agree, said of the call that was made: ``exact``, the same
            ``names``, a ``subset`` or a ``superset`` of the expected ones, or ``ignore``.

    Returns:
        ``None`` if they agree, else the first disagreement in words.

    Raises:
        TimeoutError: A pattern among the expected arguments does not come to an end.
    """
    clock = Clock()

    def differ(mine: Call, theirs: Call) -> Difference | None:
        return _arguments_difference(mine, theirs, args, clock)

    return _MATCHES[match](made, expected, differ)


def _arguments_difference(mine: Call, theirs: Call, args: Arguments, clock: Clock) -> Difference | None:
    made, wanted = mine.arguments, theirs.arguments
    match args:
        case "exact":
            return objects_difference(made, wanted, clock)
        case "names":
            return objects_difference(made, wanted, clock, values=False)
        case "subset":
            return objects_difference(made, wanted, clock, may_lack=True)
        case "superset":
            return objects_difference(made, wanted, clock, may_add=True)
        case "ignore":
            return None


Differ = Callable[[Call, Call], Difference | None]


def _strict(made: Sequence[Call], expected: Sequence[Call], differ: Differ) -> str | None:
    for index, (mine, theirs) in enumerate(zip(made, expected, strict=False)):
        if mine.name != theirs.name:
            return f"call {index + 1} is {clipped(mine.name)}, expected {theirs.name}"
        if (found := differ(mine, theirs)) is not None:
            return f"{labelled(index, mine)}: {worded(found)}"
    if len(made) == len(expected):
        return None
    odd = made[len(expected)].name if len(made) > len(expected) else expected[len(made)].name
    what = "is one too many" if len(made) > len(expected) else "is missing"
    return f"{count_of(made)}, expected {len(expected)}: {odd} {what}"


def _in_order(made: Sequence[Call], expected: Sequence[Call], differ: Differ) -> str | None:
    position = 0
    for place, theirs in enumerate(expected):
        for index in range(position, len(made)):
            if _agree(made[index], theirs, differ):
                position = index + 1
                break
        else:
            where = f" after call {position}" if position else ""
            return _not_made(place, theirs, [*enumerate(made)][position:], differ, where)
    return None


def _superset(made: Sequence[Call], expected: Sequence[Call], differ: Differ) -> str | None:
    pairs = pair_rows(len(expected), len(made), lambda i, j: _agree(made[j], expected[i], differ))
    if None not in pairs:
        return None
    place, taken = pairs.index(None), set(pairs)
    left = [(index, call) for index, call in enumerate(made) if index not in taken]
    return _not_made(place, expected[place], left, differ)


def _subset(made: Sequence[Call], expected: Sequence[Call], differ: Differ) -> str | None:
    if len(made) > len(expected):
        return f"{count_of(made)}, expected at most {len(expected)}"
    pairs = pair_rows(len(made), len(expected), lambda i, j: _agree(made[i], expected[j], differ))
    if None not in pairs:
        return None
    index, taken = pairs.index(None), set(pairs)
    mine = made[index]
    for place, theirs in enumerate(expected):
        if place not in taken and theirs.name == mine.name and (found := differ(mine, theirs)) is not None:
            return f"{labelled(index, mine)}: {worded(found)}"
    again = any(theirs.name == mine.name for theirs in expected)
    return f"{labelled(index, mine)} is {'one too many' if again else 'not expected'}"


def _unordered(made: Sequence[Call], expected: Sequence[Call], differ: Differ) -> str | None:
    if len(made) < len(expected):
        return _superset(made, expected, differ)
    return _subset(made, expected, differ)


_MATCHES: Mapping[Match, Callable[[Sequence[Call], Sequence[Call], Differ], str | None]] = {
    "strict": _strict,
    "unordered": _unordered,
    "subset": _subset,
    "superset": _superset,
    "in_order": _in_order,
}


def _agree(mine: Call, theirs: Call, differ: Differ) -> bool:
    return mine.name == theirs.name and differ(mine, theirs) is None


def _not_made(
    place: int, theirs: Call, left: Sequence[tuple[int, Call]], differ: Differ, where: str = ""
) -> str:
    """Say that an expected call is not there, with the nearest of the calls left over, one of the same tool."""
    for index, mine in left:
        if mine.name == theirs.name and (found := differ(mine, theirs)) is not None:
            return f"{labelled(index, mine)}: {worded(found)}"
    return f"expected call {place + 1} {theirs.name} is not made{where}"
