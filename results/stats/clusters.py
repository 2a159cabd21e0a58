"""Items that come in groups (one patient, one writer, one document): the cluster is the unit. Pure.

Sources: Liang & Zeger (1986), with the factor C / (C - 1) and Student's t(C - 1) of Cameron & Miller (2015); the
cluster bootstrap of Davison & Hinkley (1997, 3.8); randomisation by flipping whole clusters.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rvpo.results.errors import ResultsError
from rvpo.results.stats.inference import Floats, Inference, check_draws, check_level, same_length, seed_of
from rvpo.results.stats.significance import sign_flip

FEW = 30
"""Clusters below which the standard error is known to be too small."""
UNIT = "clusters of items of one exam, answered by fixed sets of weights"


def cluster_mean(differences: ArrayLike, clusters: Sequence[object], confidence: float = 0.95) -> Inference:
    """Mean over items with a cluster-robust standard error, t test and interval.

    ``se^2 = C / (C - 1) * sum_c (sum_{i in c} (d_i - mean))^2 / n^2``, referred to t(C - 1).

    Args:
        differences: B - A of every item; NaN is a hole.
        clusters: the cluster of every item, any hashable label.
        confidence: of the interval.

    Raises:
        ResultsError: fewer than two clusters, or lengths that differ.
    """
    from scipy.special import stdtr, stdtrit

    d, codes, count = grouped(differences, clusters)
    mean = float(d.mean())
    totals = np.bincount(codes, weights=d - mean, minlength=count)
    se = float(np.sqrt(count / (count - 1) * np.sum(totals**2))) / len(d)
    half = float(stdtrit(count - 1, (1 + check_level(confidence)) / 2)) * se
    flat = se <= 1e-12 * max(float(np.abs(d).max()), 1e-300)
    t = float("nan") if flat else mean / se
    return Inference(
        method="mean with cluster-robust standard error, t(C - 1), two-sided",
        unit=UNIT,
        n=count,
        estimate=mean,
        se=se,
        low=mean - half,
        high=mean + half,
        confidence=confidence,
        statistic=t,
        df=count - 1,
        p_value=(1.0 if mean == 0 else float("nan")) if flat else 2 * float(stdtr(count - 1, -abs(t))),
        notes=warnings_of(count),
    )


def cluster_sign_flip(
    differences: ArrayLike, clusters: Sequence[object], flips: int, rng: np.random.Generator
) -> Inference:
    """Sign-flip test that turns whole clusters, so that items of one cluster need not be independent.

    Args:
        differences: B - A of every item; NaN is a hole.
        clusters: the cluster of every item.
        flips: B, drawn only when the test cannot be exact.
        rng: seeded by the caller.

    Raises:
        ResultsError: fewer than two clusters, or fewer than 99 flips.
    """
    d, codes, count = grouped(differences, clusters)
    check_draws(flips, what="flips")
    totals: Floats = np.bincount(codes, weights=d, minlength=count).astype(float)
    test = sign_flip(totals, flips, rng)
    return Inference(
        method=f"cluster sign-flip, {'exact' if test.exact else 'Monte-Carlo'}, two-sided",
        unit=UNIT,
        n=count,
        estimate=float(d.mean()),
        p_value=test.p_value,
        p_floor=test.p_floor,
        p_error=test.p_error,
        draws=0 if test.exact else flips,
        seed=None if test.exact else seed_of(rng),
        notes=warnings_of(count),
    )


def cluster_bootstrap_means(
    values_NK: Floats, clusters: Sequence[object], resamples: int, rng: np.random.Generator
) -> Floats:
    """Means of every column when whole clusters are drawn with replacement: (B, K).

    Feed it to ``percentile_intervals``. A column with holes is the mean over the items that have it.

    Args:
        values_NK: shape (N, K).
        clusters: the cluster of every row.
        resamples: B.
        rng: seeded by the caller.

    Raises:
        ResultsError: fewer than two clusters, or lengths that differ.
    """
    same_length(values_NK, clusters, what="clusters")
    codes, count = _codes(clusters)
    hole = np.isnan(values_NK)
    columns = np.hstack([np.where(hole, 0.0, values_NK), (~hole).astype(float)])
    totals = np.zeros((count, columns.shape[1]))
    np.add.at(totals, codes, columns)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=check_draws(resamples)).astype(float)
    sums = weights @ totals
    k = values_NK.shape[1]
    with np.errstate(invalid="ignore"):
        means_BK: Floats = sums[:, :k] / sums[:, k:]
    return means_BK


def grouped(values: ArrayLike, clusters: Sequence[object]) -> tuple[Floats, NDArray[np.intp], int]:
    """Values without holes, the code of each one's cluster, and how many clusters are left.

    Raises:
        ResultsError: lengths differ, an infinite value, or fewer than two clusters.
    """
    x = np.asarray(values, dtype=float)
    same_length(x, clusters, what="clusters")
    if np.isinf(x).any():
        raise ResultsError("differences: an infinite value; finite or NaN is allowed")
    kept = np.flatnonzero(~np.isnan(x))
    codes, count = _codes([clusters[int(row)] for row in kept])
    if count < 2:
        raise ResultsError(f"clusters: {count} with a value; at least 2 are needed")
    return x[kept], codes, count


def warnings_of(count: int) -> tuple[str, ...]:
    """The note that few clusters deserve."""
    if count >= FEW:
        return ()
    return (f"only {count} clusters: below {FEW} the cluster-robust standard error is too small",)


def _codes(clusters: Sequence[object]) -> tuple[NDArray[np.intp], int]:
    """Numbers in order of first appearance."""
    numbers: dict[object, int] = {}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in clusters], dtype=np.intp)
    return codes, len(numbers)
