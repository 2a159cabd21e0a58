"""All that ``rvpo curve`` says of arms: bands, best and final checkpoint, late falls, differences. Pure.

Each arm after the first is compared with the first at the steps that both have; p-values of late falls are of one arm
each, and Holm over the arms stands beside them.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from rvpo.results.arms import Arm, score_tables, shared_steps
from rvpo.results.errors import ResultsError
from rvpo.results.stats import (
    Bands,
    Best,
    CurveComparison,
    Degradation,
    best_checkpoint,
    compare_curves,
    holm,
    late_degradation,
    max_t,
)
from rvpo.results.stats.degradation import Span


class ArmCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One arm by itself."""

    name: str
    steps: tuple[float, ...]
    bands: Bands
    best: Best
    fall: Degradation | None
    """``None`` with two checkpoints: a fall needs a third."""
    fall_p_holm: float | None = None
    """The window test's p-value over all arms; ``None`` for one arm."""


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """A later arm minus the first."""

    a: str
    b: str
    curves: CurveComparison


class CurveStudy(msgspec.Struct, frozen=True, kw_only=True):
    """Arms over training, on the same items."""

    task: str
    n_items: int
    arms: tuple[ArmCurve, ...]
    against: tuple[Against, ...] = ()
    confidence: float
    resamples: int
    seed: int


def study_curves(
    arms: Sequence[Arm],
    *,
    early: Span | None = None,
    late: Span | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = 9_999,
) -> CurveStudy:
    """Bands, best checkpoint and late fall of every arm, and every later arm against the first.

    Args:
        arms: the first is the baseline.
        early: window to fall from, in steps, declared before looking; both windows or neither.
        late: window to fall to.
        seed: of the resampling.
        confidence: of bands and intervals.
        resamples: of the bands.

    Raises:
        ResultsError: no arm, other exams, or too few steps or items.
    """
    if not arms:
        raise ResultsError("a curve needs at least one arm")
    ids, tables = score_tables(arms)
    own = np.random.default_rng(seed).spawn(2 * len(arms))
    curves = []
    for arm, table, rng in zip(arms, tables, own, strict=False):
        bands_rng, best_rng, fall_rng = rng.spawn(3)
        fall = None
        if len(arm.steps) >= 3:
            fall = late_degradation(
                table, arm.steps, resamples, fall_rng, early=early, late=late, confidence=confidence
            )
        curves.append(
            ArmCurve(
                name=arm.name,
                steps=arm.steps,
                bands=max_t(table, resamples, bands_rng, confidence=confidence),
                best=best_checkpoint(table, arm.steps, resamples, best_rng, confidence=confidence),
                fall=fall,
            )
        )
    against = []
    for arm, table, rng in zip(arms[1:], tables[1:], own[len(arms) :], strict=False):
        steps, at_a, at_b = shared_steps(arms[0], arm)
        compared = compare_curves(
            tables[0][:, at_a], table[:, at_b], steps, resamples, rng, confidence=confidence
        )
        against.append(Against(a=arms[0].name, b=arm.name, curves=compared))
    return CurveStudy(
        task=arms[0].runs[0].manifest.task,
        n_items=len(ids),
        arms=_adjusted(curves),
        against=tuple(against),
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def _adjusted(curves: Sequence[ArmCurve]) -> tuple[ArmCurve, ...]:
    """With Holm over the window tests of the arms that have one."""
    tested = [
        (k, p)
        for k, curve in enumerate(curves)
        if curve.fall and (p := curve.fall.window.p_value) is not None
    ]
    if len(tested) < 2:
        return tuple(curves)
    p_holm = dict(zip([k for k, _ in tested], holm([p for _, p in tested]), strict=True))
    return tuple(msgspec.structs.replace(curve, fall_p_holm=p_holm.get(k)) for k, curve in enumerate(curves))
