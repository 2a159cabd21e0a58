"""What a gate may ask of a study of curves and of a plan for an exam. Pure.

Of several arms every one after the first must pass (the first is the baseline); one arm alone must pass by itself. Falls
are positive, differences are the arm minus the first, in the score's own unit.
"""

from typing import Final

from rvpo.results.curve_study import ArmCurve, CurveStudy
from rvpo.results.gate import Figures
from rvpo.results.planning import Plan
from rvpo.results.stats import Inference

CURVE_FIGURES: Final = (
    "best", "best_step", "best_corrected", "final", "drop", "null_drop", "drop_p", "fall", "fall_low", "fall_high",
    "fall_p", "slope", "slope_p", "max_t_p", "difference", "low", "high", "p_value", "best_difference", "best_low",
    "best_high",
)  # fmt: skip
"""``fall`` is that of the declared windows and ``fall_p`` its p-value over all arms; ``difference``, ``low``, ``high`` and
``p_value`` are at the final common step, ``best_...`` of best against best."""
PLAN_FIGURES: Final = ("detectable", "difference", "observed", "power_there", "items_needed")


def curve_subjects(study: CurveStudy) -> list[tuple[str, Figures]]:
    """The arms that a gate is about, each with its figures."""
    arms = study.arms[1:] or study.arms
    against = {each.b: each.curves for each in study.against}
    found = []
    for arm in arms:
        figures = dict.fromkeys(CURVE_FIGURES) | _of_arm(arm)
        if arm.name in against:
            curves = against[arm.name]
            figures |= _named(curves.final, "difference", "low", "high", "p_value")
            figures |= _named(curves.best, "best_difference", "best_low", "best_high", "")
        found.append((arm.name, Figures(figures)))
    return found


def plan_figures(plan: Plan) -> Figures:
    """The figures of a plan."""
    return Figures({name: getattr(plan, name) for name in PLAN_FIGURES})


def _of_arm(arm: ArmCurve) -> dict[str, float | None]:
    figures: dict[str, float | None] = {
        "best": arm.best.observed,
        "best_step": arm.best.step,
        "best_corrected": arm.best.corrected,
        "final": arm.bands.estimate[-1],
    }
    fall = arm.fall
    if fall is None:
        return figures
    figures |= {"drop": fall.drop, "null_drop": fall.null_drop, "drop_p": fall.drop_p}
    figures |= _named(fall.window, "fall", "fall_low", "fall_high", "fall_p")
    figures |= _named(fall.slope, "slope", "", "", "slope_p") | {"max_t_p": fall.max_t.p_value}
    return figures if arm.fall_p_holm is None else figures | {"fall_p": arm.fall_p_holm}


def _named(found: Inference, estimate: str, low: str, high: str, p_value: str) -> dict[str, float | None]:
    """The four figures under the names given; one without a name is left out."""
    figures = {estimate: found.estimate, low: found.low, high: found.high, p_value: found.p_value}
    return {name: figure for name, figure in figures.items() if name}
