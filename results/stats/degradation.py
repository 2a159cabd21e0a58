"""Did an arm get worse late in training? Three honest tests, and what a flat run would have shown. Pure.

"Peak minus final" of a run that never changed is positive, because the peak was picked by its luck. So the drop is
printed beside its expectation under a flat curve, and never tested against zero. Every figure is oriented so that a
positive one is a fall.

- *window* (the default): the mean of an early window minus the mean of a late one, per item, one-sided t. The windows
  are declared before looking; undeclared, they are the fixed rule of ``default_windows``, never chosen by the scores.
- *max-T* (exploratory): every earlier checkpoint against the last one, one-sided, adjusted for having looked at all.
- *slope* (trend): per-item least-squares slope over the last checkpoints, one-sided t.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.clusters import cluster_mean
from rvpo.results.stats.curves import checked_steps
from rvpo.results.stats.inference import Floats, Inference, check_level, matrix, monte_carlo, seed_of
from rvpo.results.stats.paired import paired_t
from rvpo.results.stats.simultaneous import Bands, Influences, errors, influences, max_t

Span = tuple[float, float]
"""First and last training step of a window, both included."""


class Degradation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the last checkpoints are worse than earlier ones; positive estimates are falls."""

    steps: tuple[float, ...]
    early: Span
    late: Span
    declared: bool
    """Whether the windows were given; else they are the fixed rule's."""
    window: Inference
    max_t: Inference
    """Its estimate is the fall from ``worst_step`` to the last checkpoint."""
    worst_step: float
    """The checkpoint that stands out most against the last one."""
    slope: Inference
    """Its estimate is the fitted fall over ``slope_steps``."""
    slope_steps: Span
    peak_step: float
    peak: float
    final: float
    drop: float
    """Peak minus final as observed."""
    null_drop: float
    """What peak minus final would average if the curve were flat and only items and draws varied."""
    null_drop_high: float
    """Its ``confidence`` quantile."""
    drop_p: float
    """Share of flat curves with at least this drop, (b + 1) / (B + 1)."""
    drop_p_error: float
    draws: int
    seed: tuple[int, ...] | None
    notes: tuple[str, ...] = ()


def late_degradation(
    values_NT: ArrayLike,
    steps_T: Sequence[float],
    resamples: int,
    rng: np.random.Generator,
    *,
    early: Span | None = None,
    late: Span | None = None,
    slope_checkpoints: int = 8,
    confidence: float = 0.95,
    clusters: Sequence[object] | None = None,
) -> Degradation:
    """Tests for a late fall of one curve, or of a difference curve (B - A).

    Args:
        values_NT: item means, items by checkpoints; NaN is a hole. An item enters a contrast if it has all of it.
        steps_T: training step of every checkpoint, ascending.
        resamples: B.
        rng: seeded by the caller.
        early: window to fall from, in steps, declared before looking; both windows or neither.
        late: window to fall to.
        slope_checkpoints: last checkpoints that the slope is fitted to, at least 3 (or all, if fewer).
        confidence: of the intervals.
        clusters: of the items, if they are not independent.

    Raises:
        ResultsError: fewer than three checkpoints, a window without a checkpoint, or windows that overlap.
    """
    x = matrix(values_NT, what="curve")
    steps = checked_steps(steps_T, x.shape[1])
    if len(steps) < 3:
        raise ResultsError(f"degradation: {len(steps)} checkpoints; at least 3 are needed")
    first, second = _windows(steps, early, late)
    seed = seed_of(rng)
    falls_rng, own = rng.spawn(2)
    window = x[:, first].mean(axis=1) - x[:, second].mean(axis=1)
    tail = np.arange(max(0, len(steps) - max(3, slope_checkpoints)), len(steps))
    slopes = _fitted_fall(x[:, tail], np.array(steps)[tail])
    falls = max_t(
        x[:, :-1] - x[:, -1:], resamples, falls_rng, confidence=confidence, side="greater", clusters=clusters
    )
    exploratory, worst = _most_significant(falls)
    return Degradation(
        steps=steps,
        early=(steps[first[0]], steps[first[-1]]),
        late=(steps[second[0]], steps[second[-1]]),
        declared=early is not None,
        window=_fall(window, "early window minus late window", confidence, clusters),
        max_t=exploratory,
        worst_step=steps[worst],
        slope=_fall(slopes, "fitted fall over the last checkpoints", confidence, clusters),
        slope_steps=(steps[tail[0]], steps[-1]),
        **_peak(influences(x, clusters), steps, own, draws=resamples, confidence=check_level(confidence)),
        draws=resamples,
        seed=seed,
        notes=() if early is not None else ("the windows were not declared: the fixed default was used",),
    )


def default_windows(checkpoints: int) -> tuple[range, range]:
    """Positions from 40 % to 60 % of the run, and the last 15 % (at least one each); for 20: 9..12 and 18..20."""
    late = max(1, round(0.15 * checkpoints))
    start = min(round(0.4 * checkpoints), checkpoints - late - 1)
    stop = min(max(start + 1, round(0.6 * checkpoints)), checkpoints - late)
    return range(start, stop), range(checkpoints - late, checkpoints)


def _peak(
    found: Influences, steps: tuple[float, ...], rng: np.random.Generator, *, draws: int, confidence: float
) -> dict[str, Any]:
    """Peak, final and drop, beside the drops of B curves that are flat but for the errors of these items."""
    drawn = errors(found.influence, draws, rng)
    null = drawn.max(axis=1) - drawn[:, -1]
    top = int(found.mean.argmax())
    drop = float(found.mean[top] - found.mean[-1])
    p, _, p_error = monte_carlo(int(np.sum(null >= drop - 1e-12)), draws)
    return {
        "peak_step": steps[top],
        "peak": float(found.mean[top]),
        "final": float(found.mean[-1]),
        "drop": drop,
        "null_drop": float(null.mean()),
        "null_drop_high": float(np.quantile(null, confidence)),
        "drop_p": p,
        "drop_p_error": p_error,
    }


def _most_significant(falls: Bands) -> tuple[Inference, int]:
    """The contrast with the largest t, with its adjusted p-value, and its place."""
    t = np.array(falls.estimate) / np.where(np.array(falls.se) > 0, falls.se, np.inf)
    worst = int(t.argmax())
    p = falls.p_value[worst]
    inference = Inference(
        method=f"{falls.method}: every earlier checkpoint minus the last",
        unit=falls.unit,
        n=falls.n[worst],
        estimate=falls.estimate[worst],
        se=falls.se[worst],
        low=falls.low[worst],
        high=falls.high[worst],
        confidence=falls.confidence,
        statistic=float(t[worst]),
        p_value=p,
        p_floor=falls.p_floor,
        p_error=float(np.sqrt(p * (1 - p) / falls.draws)),
        draws=falls.draws,
        seed=falls.seed,
        notes=falls.notes,
    )
    return inference, worst


def _windows(steps: tuple[float, ...], early: Span | None, late: Span | None) -> tuple[list[int], list[int]]:
    if (early is None) != (late is None):
        raise ResultsError("degradation: one window was declared; declare both or neither")
    if early is None or late is None:
        first, second = default_windows(len(steps))
        return list(first), list(second)
    found = []
    for name, (start, stop) in (("early", early), ("late", late)):
        inside = [k for k, step in enumerate(steps) if start <= step <= stop]
        if not inside:
            raise ResultsError(
                f"{name} window {start:g}..{stop:g}: no checkpoint in it; they lie in {steps[0]:g}..{steps[-1]:g}"
            )
        found.append(inside)
    if found[0][-1] >= found[1][0]:
        raise ResultsError(f"windows {early} and {late}: the early one must end before the late one begins")
    return found[0], found[1]


def _fall(values: Floats, what: str, confidence: float, clusters: Sequence[object] | None) -> Inference:
    """One-sided t test that the mean is above zero; the interval stays two-sided."""
    from scipy.special import stdtr

    t = paired_t(values, confidence) if clusters is None else cluster_mean(values, clusters, confidence)
    p = t.p_value
    if t.statistic is not None and t.df is not None and not np.isnan(t.statistic):
        p = float(stdtr(t.df, -t.statistic))
    return msgspec.structs.replace(
        t, method=f"{what}: t test of a fall, one-sided; two-sided interval", p_value=p
    )


def _fitted_fall(values_NT: Floats, steps: Floats) -> Floats:
    """Minus the least-squares slope of every item, times the length of the stretch; of a constant item 0, to the last bit."""
    centred = steps - steps.mean()
    fitted: Floats = values_NT @ (centred / (centred**2).sum()) * -(steps[-1] - steps[0])
    fitted[np.ptp(values_NT, axis=1) == 0] = 0.0
    return fitted
