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
    fast = np.random.Generator(np.random.SFC64(rng.integers(2**63, size=4)))
    rows = max(1, min(resamples, CELLS // n))
    sums = np.empty((resamples, columns.shape[1]))
    weights = np.empty((rows, n))
    for start in range(0, resamples, rows):
        part = sums[start : start + rows]
        drawn = _drawn(len(part), n, fast)
        if columns.shape[1] == 1:
            columns[:, 0].take(drawn, mode="clip").sum(axis=1, out=part[:, 0])
            continue
        for weight, row in zip(weights, drawn, strict=False):
            weight[:] = np.bincount(row, minlength=n)
        np.matmul(weights[: len(part)], columns, out=part)
    means_BK = sums[:, :k]
    with np.errstate(invalid="ignore"):
        means_BK /= sums[:, k:] if with_holes else n
    return means_BK


def _drawn(rows: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Uniform row numbers below ``n``: (rows, n).

    Multiply and shift of 32-bit words (Lemire 2019) without its rejection, which would cost more than it mends: no
    item's chance is off by more than one part in 2**32 / n.
    """
    words = rng.integers(2**64, size=(rows, -(-n // 2)), dtype=np.uint64).view(np.uint32)[:, :n]
    product = np.multiply(words, np.uint64(n), dtype=np.uint64)
    np.right_shift(product, np.uint64(32), out=product)
    return product.view(np.int64)


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
    means_KB = np.ascontiguousarray(means_BK.T)
    means_KB.sort(axis=1)
    for column, (values, sorted_means) in enumerate(zip(np.ascontiguousarray(d_NK.T), means_KB, strict=True)):
        d = values[~np.isnan(values)]
        means = sorted_means[: np.searchsorted(sorted_means, np.nan)]  # NaN sorts to the end
        estimate = d.mean()
        low, high = d.min(), d.max()
        near = 1e-12 * max(-low, high, 1e-300)
        if high - low <= near:
            intervals[column] = estimate
            continue
        fewer = np.searchsorted(means, estimate - near, side="left")
        no_more = np.searchsorted(means, estimate + near, side="right")
        share = np.clip((fewer + no_more) / 2 / len(means), 0.5 / len(means), 1 - 0.5 / len(means))
        bias = ndtri(share)
        levels = ndtr(bias + (bias + z) / (1 - acceleration(d) * (bias + z)))
        intervals[column] = _quantiles(means, levels)
    return intervals


def _quantiles(sorted_B: Floats, levels: Floats) -> Floats:
    """Quantiles of sorted values, linear between their ranks (Hyndman & Fan 1996, type 7)."""
    places = levels * (len(sorted_B) - 1)
    below = np.minimum(places.astype(int), len(sorted_B) - 1)
    above = np.minimum(below + 1, len(sorted_B) - 1)
    quantiles: Floats = sorted_B[below] + (places - below) * (sorted_B[above] - sorted_B[below])
    return quantiles


def acceleration(d_N: Floats) -> float:
    """BCa acceleration of a mean: a sixth of the skewness of the influences over the root of N."""
    influence = d_N - d_N.mean()
    squares = influence * influence
    return float(squares @ influence / (6 * np.sum(squares) ** 1.5))


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
