"""How one run did by itself: mean and interval of its score and criteria. Pure.

Intervals of single runs are for the eye: whether two runs differ is asked of their paired difference
(``compare``), never of two intervals that do or do not overlap.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from rvpo.results.draws import item_scores, item_values
from rvpo.results.reader import Run
from rvpo.results.stats.resample import t_interval


class RunMean(NamedTuple):
    """Mean over items of one measure in one run; the interval is NaN below two items."""

    mean: float
    low: float
    high: float
    n_items: int


def run_means(run: Run, confidence: float = 0.95) -> dict[str, RunMean]:
    """Mean and interval of ``score`` and of every criterion, by name (a criterion's is ``criterion/<id>``)."""
    means = {"score": _summary(item_scores(run).values(), confidence)}
    for name, values in item_values(run).items():
        means[f"criterion/{name}"] = _summary(values.values(), confidence)
    return means


def _summary(values: Collection[float], confidence: float) -> RunMean:
    """Wilson's interval for 0/1 values (Newcombe 1998: it holds its level near 0 and 1), else Student's t."""
    x = np.fromiter(values, dtype=float, count=len(values))
    n = len(x)
    if n < 2:
        return RunMean(float(x.mean()) if n else float("nan"), float("nan"), float("nan"), n)
    if np.all((x == 0) | (x == 1)):
        low, high = wilson_interval(int(x.sum()), n, confidence)
    else:
        low, high = t_interval(x, confidence)
    return RunMean(float(x.mean()), low, high, n)


def wilson_interval(successes: int, n: int, confidence: float) -> tuple[float, float]:
    """Wilson score interval of a proportion (Newcombe 1998, method 3)."""
    from scipy.special import ndtri

    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    p = successes / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = (z2 * (p * (1 - p) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)
