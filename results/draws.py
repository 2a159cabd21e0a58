"""Items from draws: an item's value is the mean over its draws that have one. Pure.

Draws are never pooled as if they were items: pooled, ten draws an item make a 95 % interval cover 64 %.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from rvpo.results.reader import Run
from rvpo.results.records import ItemRow


def by_item(rows: Iterable[ItemRow]) -> dict[str, list[ItemRow]]:
    """The rows of every item, items in order of id."""
    found: dict[str, list[ItemRow]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return dict(sorted(found.items()))


def mean_of(values: Iterable[float | None]) -> float:
    """Mean of what is there; NaN if nothing is.

    >>> mean_of([0.0, None, 1.0])
    0.5
    """
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else math.nan


def item_scores(run: Run) -> dict[str, float]:
    """Mean score over draws of every item that has one, by item id."""
    means = {item: mean_of(row.score for row in rows) for item, rows in by_item(run.items).items()}
    return {item: mean for item, mean in means.items() if not math.isnan(mean)}


def item_values(
    run: Run, of: Callable[[ItemRow], Mapping[str, float | None]] = attrgetter("values")
) -> dict[str, dict[str, float]]:
    """Mean value over draws of every criterion (or what else ``of`` reads), by name and item; holes are absent."""
    found: dict[str, dict[str, float]] = {}
    for item, rows in by_item(run.items).items():
        for name in dict.fromkeys(name for row in rows for name in of(row)):
            mean = mean_of(of(row).get(name) for row in rows)
            if not math.isnan(mean):
                found.setdefault(name, {})[item] = mean
    return found


def draw_table(rows: Mapping[str, Sequence[ItemRow]], ids: Sequence[str]) -> NDArray[np.float64]:
    """Scores of the items, items by draws; NaN is a hole."""
    table = np.full((len(ids), max((len(rows[item]) for item in ids), default=1)), np.nan)
    for place, item in enumerate(ids):
        for k, row in enumerate(rows[item]):
            if row.score is not None:
                table[place, k] = row.score
    return table
