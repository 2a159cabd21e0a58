"""Many means at once: max-T bands and adjusted p-values over columns measured on the same items. Pure.

The Gaussian multiplier bootstrap of K studentised means gives every item one normal weight for all columns. Given the
data its draws are exactly normal with the covariance of the influences, so they are drawn as such: B x K numbers, not
B x N. The critical value is carried over to Student's t of each column, so that one column alone gets its t interval.

Sources: Chernozhukov, Chetverikov & Kato (2013) for the multiplier bootstrap of maxima; Westfall & Young (1993) for
max-T p-values (single step); Montiel Olea & Plagborg-Moller (2019) for sup-t bands.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.clusters import UNIT, grouped, warnings_of
from rvpo.results.stats.inference import ITEMS, Floats, check_draws, check_level, matrix, same_length, seed_of

Side = Literal["two-sided", "greater", "less"]
SIDES = ("two-sided", "greater", "less")


class Bands(msgspec.Struct, frozen=True, kw_only=True):
    """Estimates of K columns with a band that covers all of them at once; every tuple has length K."""

    method: str
    unit: str = ITEMS
    n: tuple[int, ...]
    """Items (or clusters) in each column."""
    estimate: tuple[float, ...]
    se: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    p_value: tuple[float, ...]
    """Of "this mean is zero", adjusted for all K; NaN where a column has no spread but is not zero."""
    critical: float
    """What a single normal column would have needed to be the maximum's ``confidence`` quantile."""
    confidence: float
    side: Side
    p_floor: float
    p_error: float
    """The largest Monte-Carlo standard error among the p-values."""
    draws: int
    seed: tuple[int, ...] | None
    notes: tuple[str, ...] = ()


class Influences(NamedTuple):
    """Means of K columns, and what each unit adds to the error of each."""

    mean: Floats
    """(K,)"""
    se: Floats
    """(K,)"""
    n: Floats
    """(K,), items or clusters"""
    influence: Floats
    """(N, K): weighted by random signs or normals, rows sum to an error of the means; 0 for a hole."""


def max_t(
    values_NK: ArrayLike,
    resamples: int,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    side: Side = "two-sided",
    clusters: Sequence[object] | None = None,
) -> Bands:
    """Simultaneous intervals and adjusted p-values for the means of K columns.

    Args:
        values_NK: items by columns; NaN is a hole, and a column is the mean over the items that have it.
        resamples: B, draws of the maximum.
        rng: seeded by the caller.
        confidence: with which the band covers all K means at once.
        side: of the alternative to "the mean is zero". One-sided bands are open (infinite) on the other side.
        clusters: of the rows, if they are not independent.

    Raises:
        ResultsError: a column with fewer than two values, a bad level or side, or too few resamples.
    """
    if side not in SIDES:
        raise ResultsError(f"side {side!r}: one of {', '.join(SIDES)} is allowed")
    found = influences(values_NK, clusters)
    z_BK = standardised(found, resamples, rng)
    maxima = (np.abs(z_BK) if side == "two-sided" else z_BK).max(axis=1)
    critical = float(np.quantile(maxima, check_level(confidence)))
    half_K = _through_t(critical, found.n - 1) * found.se
    p_K = adjusted_p(found, maxima, side)
    flat = found.se == 0
    worst = float(np.nanmax(np.where(np.isnan(p_K), 0.0, p_K * (1 - p_K)))) if len(p_K) else 0.0
    low, high = found.mean - half_K, found.mean + half_K
    notes = warnings_of(len(found.influence)) if clusters is not None else ()
    if flat.any():
        notes = (*notes, f"{int(flat.sum())} columns do not vary: their band has no width and says little")
    return Bands(
        method=f"max-T, Gaussian multipliers on {'clusters' if clusters is not None else 'items'}, {side}",
        unit=ITEMS if clusters is None else UNIT,
        n=tuple(int(count) for count in found.n),
        estimate=_floats(found.mean),
        se=_floats(found.se),
        low=_floats(np.full_like(low, -np.inf) if side == "less" else low),
        high=_floats(np.full_like(high, np.inf) if side == "greater" else high),
        p_value=_floats(p_K),
        critical=critical,
        confidence=confidence,
        side=side,
        p_floor=1 / (resamples + 1),
        p_error=float(np.sqrt(worst / resamples)),
        draws=resamples,
        seed=seed_of(rng),
        notes=notes,
    )


def influences(values_NK: ArrayLike, clusters: Sequence[object] | None = None) -> Influences:
    """Means, standard errors and influences of the columns; rows are clusters where clusters are given.

    Raises:
        ResultsError: a column with fewer than two values or clusters.
    """
    x = matrix(values_NK, what="columns")
    hole = np.isnan(x)
    n_K = (~hole).sum(axis=0).astype(float)
    if n_K.min() < 2:
        raise ResultsError(
            f"columns: column {int(n_K.argmin())} has {int(n_K.min())} values; at least 2 are needed"
        )
    mean_K = np.where(hole, 0.0, x).sum(axis=0) / n_K
    influence = np.where(hole, 0.0, x - mean_K) / n_K
    if clusters is not None:
        same_length(x, clusters, what="clusters")
        _, codes, count = grouped(np.zeros(len(x)), clusters)
        held = np.zeros((count, x.shape[1]))
        summed = np.zeros((count, x.shape[1]))
        np.add.at(held, codes, ~hole)
        np.add.at(summed, codes, influence)
        influence, n_K = summed, (held > 0).sum(axis=0).astype(float)
        if n_K.min() < 2:
            raise ResultsError(
                f"columns: column {int(n_K.argmin())} has values in one cluster only; 2 are needed"
            )
    se_K = np.sqrt(n_K / (n_K - 1) * (influence**2).sum(axis=0))
    negligible = se_K <= 1e-12 * np.maximum(np.abs(np.where(hole, 0.0, x)).max(axis=0), 1e-300)
    return Influences(mean_K, np.where(negligible, 0.0, se_K), n_K, influence)


def errors(influence_NK: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """B draws of the joint error of the columns' means: normal with covariance ``influence' influence``; (B, K)."""
    scales, directions = np.linalg.eigh(influence_NK.T @ influence_NK)
    root = directions * np.sqrt(np.maximum(scales, 0.0))
    drawn: Floats = rng.standard_normal((check_draws(resamples), len(scales))) @ root.T
    return drawn


def standardised(found: Influences, resamples: int, rng: np.random.Generator) -> Floats:
    """B draws of the errors, each column of variance 1; a column without spread is 0. (B, K)."""
    scale = np.sqrt((found.influence**2).sum(axis=0))
    drawn = errors(found.influence, resamples, rng)
    return np.where(found.se > 0, drawn / np.where(found.se > 0, scale, 1.0), 0.0)


def adjusted_p(found: Influences, maxima_B: Floats, side: Side) -> Floats:
    """Single-step max-T p-values ``(b + 1) / (B + 1)`` of every column; (K,)."""
    from scipy.special import ndtri, stdtr

    flat = found.se == 0
    t_K = found.mean / np.where(flat, 1.0, found.se)
    t_K = np.abs(t_K) if side == "two-sided" else (-t_K if side == "less" else t_K)
    z_K = -ndtri(np.maximum(stdtr(found.n - 1, -t_K), 1e-300))
    beaten = len(maxima_B) - np.searchsorted(np.sort(maxima_B), z_K, side="left")
    p_K = (beaten + 1) / (len(maxima_B) + 1)
    return np.where(flat, np.where(found.mean == 0, 1.0, np.nan), p_K)


def _through_t(critical: float, df_K: Floats) -> Floats:
    """Student's quantile at the level that ``critical`` has for a normal."""
    from scipy.special import ndtr, stdtrit

    quantile: Floats = -stdtrit(df_K, np.maximum(ndtr(-critical), 1e-300))
    return quantile


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
