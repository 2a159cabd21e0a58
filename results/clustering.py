"""Which items belong together (one patient, one writer, one field): read from the rows of two runs. Pure.

A row declares its item's cluster as ``meta["cluster"]``; or the reader names what to group by: a key of ``meta``, or the
first half of a tag (``subdomain`` of ``subdomain:Genetics``). What the clusters are for is ``stats/clusters.py``'s.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from rvpo.results.draws import by_item
from rvpo.results.errors import ResultsError
from rvpo.results.reader import Run
from rvpo.results.records import ItemRow

DECLARED: Final = "cluster"
"""The key of ``meta`` that is heeded unasked."""
ITEM: Final = "item"
"""To group by: nothing, whatever the rows declare."""


class Clustering(msgspec.Struct, frozen=True, kw_only=True):
    """The clusters of some items."""

    by: str
    """What they were grouped by."""
    labels: tuple[str, ...]
    """Of every item, in the order asked for."""

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return len(set(self.labels))


def clusters_of(a: Run, b: Run, ids: Sequence[str], by: str | None = None) -> Clustering | None:
    """The clusters of items that two runs share.

    Args:
        a: one run.
        b: the other; it must agree where both tell an item's cluster.
        ids: of the items.
        by: what to group by; ``None`` for what the rows declare, ``"item"`` for nothing.

    Returns:
        ``None`` where items stand by themselves: nothing is declared, or ``by`` is ``"item"``.

    Raises:
        ResultsError: an item lies in no cluster or in several, the runs disagree, or all items lie in one cluster.
    """
    if by == ITEM:
        return None
    of_a, of_b = by_item(a.items), by_item(b.items)
    told = {item: _told((*of_a[item], *of_b[item]), by or DECLARED, tags=by is not None) for item in ids}
    if by is None and not any(told.values()):
        return None
    where = f"{a.folder} and {b.folder}: --cluster-by {by or DECLARED}"
    for item, found in told.items():
        if len(found) > 1:
            shown = ", ".join(sorted(found)[:3])
            raise ResultsError(
                f"{where}: item {item!r} lies in {len(found)} clusters ({shown}); one is needed"
            )
        if not found:
            raise ResultsError(f"{where}: item {item!r} has none{_near(by, (*of_a[item], *of_b[item]))}")
    clustering = Clustering(by=by or DECLARED, labels=tuple(next(iter(told[item])) for item in ids))
    if clustering.count < 2:
        raise ResultsError(f"{where}: all {len(ids)} items lie in one cluster; at least 2 are needed")
    return clustering


def _told(rows: Iterable[ItemRow], by: str, *, tags: bool) -> set[str]:
    """Every label that the rows of one item give; a row without a score carries no tags and is silent."""
    found: set[str] = set()
    for row in rows:
        value = row.meta.get(by)
        if isinstance(value, str | int):
            found.add(str(value))
        elif tags:
            found |= {tag.partition(":")[2] for tag in row.tags if tag.startswith(f"{by}:")}
    return found


def _near(by: str | None, rows: Sequence[ItemRow]) -> str:
    """``; did you mean ...``, or what the item could be grouped by."""
    allowed = sorted({name for row in rows for name in _groupings(row.meta, row.tags)} | {ITEM})
    near = difflib.get_close_matches(by or "", allowed, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; its rows know {', '.join(allowed)}"


def _groupings(meta: Mapping[str, object], tags: Mapping[str, float]) -> set[str]:
    return {name for name, value in meta.items() if isinstance(value, str)} | {
        tag.partition(":")[0] for tag in tags if ":" in tag
    }
