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
from rvpo.results.stats.simultaneous import Bands, errors, influences, max_t


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
        best_a=best_checkpoint(a, steps, resamples, seeds[3], confidence=confidence, clusters=clusters),
        best_b=best_checkpoint(b, steps, resamples, seeds[4], confidence=confidence, clusters=clusters),
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
    seed = seed_of(rng)
    steps = checked_steps(steps_T, matrix(values_NT, what="curve").shape[1])
    bands_rng, own = rng.spawn(2)
    bands = max_t(values_NT, resamples, bands_rng, confidence=confidence, clusters=clusters)
    found = influences(values_NT, clusters)
    drawn_BT = errors(found.influence, resamples, own)
    picks = (found.mean + drawn_BT).argmax(axis=1)
    optimism = float(np.take_along_axis(drawn_BT, picks[:, None], axis=1).mean())
    top = int(found.mean.argmax())
    chosen = np.bincount(picks, minlength=len(steps)) / resamples
    return Best(
        step=steps[top],
        observed=float(found.mean[top]),
        low=bands.low[top],
        high=bands.high[top],
        optimism=optimism,
        corrected=float(found.mean[top]) - optimism,
        contenders=tuple(steps[k] for k in _contenders(found.mean, found.influence, drawn_BT, confidence)),
        chosen=tuple(float(share) for share in chosen),
        draws=resamples,
        seed=seed,
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


def _contenders(mean_T: Floats, influence_NT: Floats, drawn_BT: Floats, confidence: float) -> list[int]:
    """Checkpoints whose distance to the best is within the all-pairs max-T critical value."""
    count = len(mean_T)
    left, right = np.triu_indices(count, 1)
    covariance = influence_NT.T @ influence_NT
    variances = np.diag(covariance)
    scale_TT = np.sqrt(np.maximum(variances[:, None] + variances - 2 * covariance, 0.0))
    scale = scale_TT[left, right]
    varies = scale > 1e-12 * np.sqrt(max(float(variances.max()), 1e-300))
    if not varies.any():
        return [k for k in range(count) if mean_T[k] == mean_T.max()]
    left, right, scale = left[varies], right[varies], scale[varies]
    maxima = np.max(np.abs(drawn_BT[:, left] - drawn_BT[:, right]) / scale, axis=1)
    reach = float(np.quantile(maxima, check_level(confidence))) * scale_TT[int(mean_T.argmax())]
    return [k for k in range(count) if mean_T.max() - mean_T[k] <= reach[k]]


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
    seed = seed_of(rng)
    found = influences(np.hstack([a, b]), clusters)
    drawn = errors(found.influence, resamples, rng)
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(count), count + np.arange(count), indexing="ij"))
    covariance = found.influence.T @ found.influence
    variances = np.diag(covariance)
    scale = np.sqrt(np.maximum(variances[i] + variances[j] - 2 * covariance[i, j], 0.0))
    varies = scale > 1e-12 * np.sqrt(max(float(variances.max()), 1e-300))
    maxima = np.zeros(len(drawn))
    for k in np.flatnonzero(varies):
        np.maximum(maxima, np.abs(drawn[:, j[k]] - drawn[:, i[k]]) / scale[k], out=maxima)
    critical = float(np.quantile(maxima, check_level(confidence)))
    best_a, best_b = int(found.mean[:count].argmax()), count + int(found.mean[count:].argmax())
    pair = int(np.flatnonzero((i == best_a) & (j == best_b))[0])
    n = float(min(found.n[best_a], found.n[best_b]))
    se = float(scale[pair]) * (n / (n - 1)) ** 0.5
    half = -float(stdtrit(n - 1, max(float(ndtr(-critical)), 1e-300))) * se
    estimate = float(found.mean[best_b] - found.mean[best_a])
    return Inference(
        method="best checkpoint of each arm, max-T interval over all pairs of checkpoints",
        n=int(n),
        estimate=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        confidence=confidence,
        draws=resamples,
        seed=seed,
    )
