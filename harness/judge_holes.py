"""Which verdicts a judged file lacks, by cause and criterion: what a run that stays open says of its holes.

Responses with holes are no rows of the run's folder until the run is sealed (a row there counts as judged, and would not
be asked about again), so the end of the run tells of them. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from rvpo.results import VerdictRow
from rvpo.rubrics.wording import clipped, printable

FIRST_IDS = 3
SHOWN_GROUPS = 5


class HoleGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts that are missing for one reason on one criterion."""

    status: str
    criterion_id: str
    count: int
    ids: tuple[str, ...]
    """The first responses of them."""
    explanation: str
    """What the first one says of its cause."""


def hole_groups(rows: Iterable[VerdictRow]) -> tuple[HoleGroup, ...]:
    """Group the holes among verdicts, the most frequent first, then in the order of their coming."""
    found: dict[tuple[str, str], list[VerdictRow]] = defaultdict(list)
    for row in rows:
        if row.hole:
            found[row.status, row.criterion_id].append(row)
    return tuple(
        HoleGroup(
            status=status,
            criterion_id=criterion_id,
            count=len(holes),
            ids=tuple(row.item_id for row in holes[:FIRST_IDS]),
            explanation=holes[0].explanation,
        )
        for (status, criterion_id), holes in sorted(found.items(), key=lambda item: -len(item[1]))
    )


def hole_lines(groups: tuple[HoleGroup, ...]) -> list[str]:
    """The first groups, a line each.

    >>> group = HoleGroup(status="refusal", criterion_id="dose", count=4, ids=("a", "b", "c"), explanation="I cannot.")
    >>> hole_lines((group,))
    ['  4 refusal of dose (a, b, c ...): I cannot.']
    """
    lines = [
        f"  {group.count} {group.status} of {clipped(group.criterion_id)} "
        f"({', '.join(clipped(each, 40) for each in group.ids)}{' ...' * (group.count > len(group.ids))})"
        f"{': ' if group.explanation else ''}{clipped(' '.join(group.explanation.split()), 120)}"
        for group in groups[:SHOWN_GROUPS]
    ]
    rest = sum(group.count for group in groups[SHOWN_GROUPS:])
    return [printable(line) for line in lines] + [f"  {rest} more; --json lists all of them"] * (rest > 0)
