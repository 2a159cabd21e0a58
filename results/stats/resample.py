"""Intervals for the mean of paired differences: bootstrap (BCa, percentile), Student t, Bonett-Price.

Shapes: N items, K measures, B resamples. One weight matrix serves all K columns, so columns are resampled
together and a column with holes (NaN) is the mean over the items that have it. Memory is bounded by ``CELLS``,
whatever B is. The caller passes the generator.

Sources: Efron (1987) for BCa, whose acceleration is closed for a mean (the jackknife of a mean is its
influence, ``x_i - mean``); Bonett & Price (2012) for paired proportions.
"""

import numpy as np
from numpy.typing import NDArray

from rvpo.results.errors import ResultsError

Floats = NDArray[np.float64]
CELLS = 500_000
"""Weights held at once: 4 MB, which stays in the cache."""


def bootstrap_means(d_NK: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Means of every column under ``resamples`` resamplings of the rows with replacement.

    Args:
        d_NK: shape (N, K); NaN marks an item that lacks the measure.
        resamples: B.
        rng: seeded by the caller.

    Returns:
        Shape (B, K); NaN where a resample holds no item with the measure.
    """
    n, k = d_NK.shape
    if n < 1 or resamples < 1:
        raise ResultsError(f"a bootstrap needs items and resamples; got {n} items, {resamples} resamples")
    hole = np.isnan(d_NK)
    with_holes = bool(hole.any())
    columns = np.hstack([np.where(hole, 0.0, d_NK), (~hole).astype(float)]) if with_holes else d_NK
    rows = max(1, min(resamples, CELLS // n))
    sums = np.empty((resamples, columns.shape[1]))
    weights = np.empty((rows, n))
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        for row, drawn in enumerate(rng.integers(0, n, size=(count, n))):
            weights[row] = np.bincount(drawn, minlength=n)
        np.matmul(weights[:count], columns, out=sums[start : start + count])
    with np.errstate(invalid="ignore"):
        means_BK: Floats = sums[:, :k] / (sums[:, k:] if with_holes else n)
    return means_BK


def percentile_intervals(means_BK: Floats, confidence: float) -> Floats:
    """Percentile bootstrap intervals of every column: shape (K, 2)."""
    tail = (1 - confidence) / 2
    ends_2K: Floats = np.nanquantile(means_BK, [tail, 1 - tail], axis=0)
    return ends_2K.T


def bca_intervals(d_NK: Floats, means_BK: Floats, confidence: float) -> Floats:
    """Bias-corrected and accelerated intervals of every column: shape (K, 2).

    Resampled means equal to the estimate count half, so that negating the data negates the interval. A column
    without spread has the estimate as both ends.

    Args:
        d_NK: the differences, NaN where a measure is missing.
        means_BK: ``bootstrap_means`` of them.
        confidence: for instance 0.95.
    """
    from scipy.special import ndtr, ndtri

    tail = (1 - confidence) / 2
    z = ndtri(np.array([tail, 1 - tail]))
    intervals = np.empty((d_NK.shape[1], 2))
    for column in range(d_NK.shape[1]):
        d = d_NK[:, column][~np.isnan(d_NK[:, column])]
        means = means_BK[:, column][~np.isnan(means_BK[:, column])]
        estimate = d.mean()
        near = 1e-12 * max(np.abs(d).max(), 1e-300)
        if np.ptp(d) <= near:
            intervals[column] = estimate
            continue
        below = (np.sum(means < estimate - near) + np.sum(means <= estimate + near)) / 2
        share = np.clip(below / len(means), 0.5 / len(means), 1 - 0.5 / len(means))
        bias = ndtri(share)
        levels = ndtr(bias + (bias + z) / (1 - acceleration(d) * (bias + z)))
        intervals[column] = np.quantile(means, levels)
    return intervals


def acceleration(d_N: Floats) -> float:
    """BCa acceleration of a mean: a sixth of the skewness of the influences over the root of N."""
    influence = d_N - d_N.mean()
    return float(np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5))


def t_interval(d_N: Floats, confidence: float) -> tuple[float, float]:
    """Student t interval of a mean; needs two values.

    Raises:
        ResultsError: fewer than two values.
    """
    from scipy.special import stdtrit

    n = len(d_N)
    if n < 2:
        raise ResultsError(f"an interval needs at least 2 items; got {n}")
    mean = float(d_N.mean())
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * float(d_N.std(ddof=1)) / n**0.5
    return mean - half, mean + half


def bonett_price_interval(d_N: Floats, confidence: float) -> tuple[float, float]:
    """Adjusted Wald interval for a difference of paired proportions; ``d_N`` holds -1, 0 and 1.

    One pseudo-count goes to each discordant cell, so the centre is shrunk and the width is never zero.
    """
    from scipy.special import ndtri

    n = len(d_N) + 2
    up, down = (np.sum(d_N > 0) + 1) / n, (np.sum(d_N < 0) + 1) / n
    half = float(ndtri((1 + confidence) / 2) * np.sqrt((up + down - (up - down) ** 2) / n))
    centre = float(up - down)
    return max(centre - half, -1.0), min(centre + half, 1.0)
