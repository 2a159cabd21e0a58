"""Checkpoint curves: simultaneous bands of each arm and of their difference, best and final checkpoint. Pure.

The band of a family (arm A, arm B, the difference) covers all its checkpoints at once, so a checkpoint may be picked
from it after looking. The *final* checkpoint is named beforehand and gets its own t interval. The *best* one is picked
by its score, so its score flatters it: the band at the best stays valid, and the flattery (optimism) is estimated as in
Efron & Tibshirani (1993, 17.6): pick again in every resample, and see how far the pick falls when looked at in the data.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.clusters import cluster_mean
from rvpo.results.stats.inference import Floats, Inference, check_level, matrix, seed_of
from rvpo.results.stats.paired import paired_t
from rvpo.results.stats.simultaneous import Bands, Influences, errors, influences, max_t


class Best(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint with the highest score, and what picking it did to that score."""

    step: float
    observed: float
    low: float
    """Of the simultaneous band, which holds whichever checkpoint is picked."""
    high: float
    optimism: float
    """How much of ``observed`` is the luck of having been picked."""
    corrected: float
    """``observed - optimism``."""
    contenders: tuple[float, ...]
    """Steps that this exam cannot tell from the best (all pairs, max-T), itself included."""
    chosen: tuple[float, ...]
    """How often each checkpoint was the best one in a resample."""
    draws: int
    seed: tuple[int, ...] | None


class CurveComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two arms over the same checkpoints and items; differences are B - A."""

    steps: tuple[float, ...]
    a: Bands
    b: Bands
    difference: Bands
    best_a: Best
    best_b: Best
    final: Inference
    """B - A at the last checkpoint: named beforehand, so an ordinary t interval."""
    best: Inference
    """B's best minus A's best; the interval holds for every pair of checkpoints at once."""


def compare_curves(
    a_NT: ArrayLike,
    b_NT: ArrayLike,
    steps_T: Sequence[float],
    resamples: int,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    clusters: Sequence[object] | None = None,
) -> CurveComparison:
    """Bands of both arms and of their difference, best and final checkpoints.

    Args:
        a_NT: item means of A, items by checkpoints; NaN is a hole.
        b_NT: the same of B, rows and columns in the same order.
        steps_T: training step of every checkpoint, ascending.
        resamples: B of the bands.
        rng: seeded by the caller.
        confidence: with which each of the three bands covers its whole curve.
        clusters: of the items, if they are not independent.

    Raises:
        ResultsError: shapes differ, steps do not ascend, or a checkpoint has fewer than two items.
    """
    a, b = matrix(a_NT, what="curve A"), matrix(b_NT, what="curve B")
    if a.shape != b.shape:
        raise ResultsError(f"curves: {a.shape} and {b.shape} items by checkpoints; they must be the same")
    steps = checked_steps(steps_T, a.shape[1])
    seeds = rng.spawn(6)
    bands = [
        max_t(values, resamples, own, confidence=confidence, clusters=clusters)
        for values, own in zip((a, b, b - a), seeds, strict=False)
    ]
    last = (b - a)[:, -1]
    final = paired_t(last, confidence) if clusters is None else cluster_mean(last, clusters, confidence)
    return CurveComparison(
        steps=steps,
        a=bands[0],
        b=bands[1],
        difference=bands[2],
        best_a=_best(influences(a, clusters), bands[0], steps, seeds[3]),
        best_b=_best(influences(b, clusters), bands[1], steps, seeds[4]),
        final=final,
        best=_best_difference(a, b, resamples, seeds[5], confidence=confidence, clusters=clusters),
    )


def best_checkpoint(
    values_NT: ArrayLike,
    steps_T: Sequence[float],
    resamples: int,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    clusters: Sequence[object] | None = None,
) -> Best:
    """The checkpoint with the highest mean, its simultaneous interval, its optimism, and its contenders.

    Args:
        values_NT: item means, items by checkpoints; NaN is a hole.
        steps_T: training step of every checkpoint, ascending.
        resamples: B.
        rng: seeded by the caller.
        confidence: of the band and of the contenders.
        clusters: of the items, if they are not independent.

    Raises:
        ResultsError: as ``compare_curves``.
    """
    x = matrix(values_NT, what="curve")
    steps = checked_steps(steps_T, x.shape[1])
    bands = max_t(x, resamples, rng, confidence=confidence, clusters=clusters)
    return _best(influences(x, clusters), bands, steps, rng)


def _best(found: Influences, bands: Bands, steps: tuple[float, ...], rng: np.random.Generator) -> Best:
    """The best checkpoint of a curve whose bands are known."""
    drawn_BT = errors(found.influence, bands.draws, rng)
    picks = (found.mean + drawn_BT).argmax(axis=1)
    optimism = float(np.take_along_axis(drawn_BT, picks[:, None], axis=1).mean())
    top = int(found.mean.argmax())
    chosen = np.bincount(picks, minlength=len(steps)) / bands.draws
    return Best(
        step=steps[top],
        observed=float(found.mean[top]),
        low=bands.low[top],
        high=bands.high[top],
        optimism=optimism,
        corrected=float(found.mean[top]) - optimism,
        contenders=tuple(steps[k] for k in _contenders(found, drawn_BT, bands.confidence)),
        chosen=tuple(float(share) for share in chosen),
        draws=bands.draws,
        seed=seed_of(rng),
    )


def checked_steps(steps_T: Sequence[float], checkpoints: int) -> tuple[float, ...]:
    """The steps as floats.

    Raises:
        ResultsError: not one for each checkpoint, or not ascending.
    """
    steps = tuple(float(step) for step in steps_T)
    if len(steps) != checkpoints:
        raise ResultsError(f"steps: {len(steps)} for {checkpoints} checkpoints; one for each is needed")
    for place, (left, right) in enumerate(pairwise(steps), 1):
        if not left < right:
            raise ResultsError(f"steps: step {place} is {right:g} after {left:g}; they must ascend")
    return steps


def _contenders(found: Influences, drawn_BT: Floats, confidence: float) -> list[int]:
    """Checkpoints whose distance to the best is within the all-pairs max-T critical value."""
    scale_TT = _scales(found.influence)
    maxima = _largest_gaps(drawn_BT, drawn_BT, scale_TT)
    reach_T = float(np.quantile(maxima, confidence)) * scale_TT[int(found.mean.argmax())]
    return [k for k, reach in enumerate(reach_T) if found.mean.max() - found.mean[k] <= reach]


def _scales(influence_NK: Floats) -> Floats:
    """Standard deviation of the difference of every two columns' errors; rounding is 0. (K, K)."""
    covariance = influence_NK.T @ influence_NK
    variances = np.diag(covariance)
    squares = variances[:, None] + variances - 2 * covariance
    return np.asarray(np.sqrt(np.where(squares > 1e-15 * variances.max(), squares, 0.0)))


def _largest_gaps(left_BK: Floats, right_BL: Floats, scale_KL: Floats) -> Floats:
    """In every draw, the largest standardised difference of a left and a right column; (B,)."""
    right_LB = np.ascontiguousarray(right_BL.T)
    maxima = np.zeros(len(left_BK))
    for left_B, scale in zip(np.ascontiguousarray(left_BK.T), scale_KL, strict=True):
        varies = scale > 0
        gaps = np.abs(right_LB[varies] - left_B)
        gaps /= scale[varies, None]
        np.maximum(maxima, gaps.max(axis=0, initial=0.0), out=maxima)
    return maxima


def _best_difference(
    a: Floats,
    b: Floats,
    resamples: int,
    rng: np.random.Generator,
    *,
    confidence: float,
    clusters: Sequence[object] | None,
) -> Inference:
    """B's best minus A's best, with a max-T interval over all pairs of a checkpoint of A and one of B."""
    from scipy.special import ndtr, stdtrit

    count = a.shape[1]
    found = influences(np.hstack([a, b]), clusters)
    drawn = errors(found.influence, resamples, rng)
    scale_TT = _scales(found.influence)[:count, count:]
    maxima = _largest_gaps(drawn[:, :count], drawn[:, count:], scale_TT)
    critical = float(np.quantile(maxima, check_level(confidence)))
    best_a, best_b = int(found.mean[:count].argmax()), int(found.mean[count:].argmax())
    n = float(min(found.n[best_a], found.n[count + best_b]))
    se = float(scale_TT[best_a, best_b]) * (n / (n - 1)) ** 0.5
    half = -float(stdtrit(n - 1, max(float(ndtr(-critical)), 1e-300))) * se
    estimate = float(found.mean[count + best_b] - found.mean[best_a])
    return Inference(
        method="best checkpoint of each arm, max-T interval over all pairs of checkpoints",
        n=int(n),
        estimate=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        confidence=confidence,
        draws=resamples,
        seed=seed_of(rng),
    )
