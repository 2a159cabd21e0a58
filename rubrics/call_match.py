"""Whether the calls a model made agree with the expected ones. Pure.

The names of the modes follow openevals' trajectory match. Numbers compare as JSON numbers (1 equals 1.0), but
true is not 1; texts compare exactly.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from rvpo.rubrics.strict_json import comparable

Match = Literal["strict", "unordered", "subset", "superset"]
Arguments = Literal["exact", "names", "subset", "superset", "ignore"]


class Call(NamedTuple):
    """One call: a tool's name and its arguments."""

    name: str
    arguments: Mapping[str, Any]


def calls_agree(made: Sequence[Call], expected: Sequence[Call], match: Match, args: Arguments) -> bool:
    """Compare the calls a reply makes with the expected ones.

    Args:
        made: The reply's calls, in order.
        expected: The expected calls, in order.
        match: ``strict``: the same calls in the same order; ``unordered``: in any order; ``subset``: those made
            are among the expected; ``superset``: they contain the expected. A call pairs with one other at most.
        args: How the arguments of a pair must agree, said of the call that was made: ``exact``, the same
            ``names``, a ``subset`` or a ``superset`` of the expected ones, or ``ignore``.
    """
    too_few = len(made) < len(expected) and match != "subset"
    too_many = len(made) > len(expected) and match != "superset"
    if too_few or too_many:
        return False
    mine, theirs = [_Comparable(call) for call in made], [_Comparable(call) for call in expected]
    if match == "strict":
        return all(_agree(mine[i], theirs[i], args) for i in range(len(mine)))
    if match == "superset":
        return _can_pair_all(len(theirs), len(mine), lambda i, j: _agree(mine[j], theirs[i], args))
    return _can_pair_all(len(mine), len(theirs), lambda i, j: _agree(mine[i], theirs[j], args))


class _Comparable:
    """A call with its arguments in a form where equal means equal JSON."""

    def __init__(self, call: Call) -> None:
        self.name = call.name
        self.arguments = {key: comparable(value) for key, value in call.arguments.items()}


def _agree(made: _Comparable, expected: _Comparable, args: Arguments) -> bool:
    if made.name != expected.name:
        return False
    mine, theirs = made.arguments, expected.arguments
    match args:
        case "exact":
            return mine == theirs
        case "names":
            return mine.keys() == theirs.keys()
        case "subset":
            return mine.items() <= theirs.items()
        case "superset":
            return mine.items() >= theirs.items()
        case "ignore":
            return True


def _can_pair_all(rows: int, columns: int, fits: Callable[[int, int], bool]) -> bool:
    """Whether every row can have a column of its own (bipartite matching by augmenting paths, breadth first)."""
    row_of: dict[int, int] = {}
    for start in range(rows):
        came_from: dict[int, int] = {}  # column -> the row it was reached from
        queue, free = [start], None
        while queue and free is None:
            row = queue.pop(0)
            for column in range(columns):
                if column not in came_from and fits(row, column):
                    came_from[column] = row
                    if column not in row_of:
                        free = column
                        break
                    queue.append(row_of[column])
        if free is None:
            return False
        while True:
            row = came_from[free]
            before = next((column for column, holder in row_of.items() if holder == row), None)
            row_of[free] = row
            if before is None:
                break
            free = before
    return True
