"""A study of curves in words, as a table and as panels. Pure."""

import math
from collections.abc import Iterator

from rvpo.results.curve_study import Against, ArmCurve, CurveStudy
from rvpo.results.report import words
from rvpo.results.report.content import CurvePanel, TablePanel
from rvpo.results.stats import Bands, Inference


def curve_sentences(study: CurveStudy) -> list[str]:
    """What is known of every arm and of every difference, a paragraph each."""
    told = [_arm(study, arm) for arm in study.arms]
    told += [_difference(study, against) for against in study.against]
    notes = dict.fromkeys(note for arm in study.arms for note in (arm.fall.notes if arm.fall else ()))
    return [*told, *(f"{note[:1].upper()}{note[1:]}." for note in notes)]


def curve_table(study: CurveStudy) -> TablePanel:
    """A row a checkpoint: mean and band of every arm."""
    steps = sorted({step for arm in study.arms for step in arm.steps})
    rows = tuple((f"{step:g}", *(_at(arm, step) for arm in study.arms)) for step in steps)
    note = (
        f"Points of 100 on {words.count(study.n_items, 'item')}; each band covers its whole curve with "
        f"{words.level(study.confidence)} ({study.resamples:,} resamples, seed {study.seed})."
    )
    return TablePanel(
        title="Checkpoints", columns=("step", *(arm.name for arm in study.arms)), rows=rows, note=note
    )


def curve_headline(study: CurveStudy) -> str:
    """The outcome in a line: of the first difference at the final common step, else of the late fall."""
    if not study.against:
        arm = study.arms[0]
        fell = f", {_fell(study, arm)}" if arm.fall else ""
        return f"{words.quoted(arm.name)} was best at step {arm.best.step:g}{fell}."
    first = study.against[0]
    final, step = first.curves.final, f"step {first.curves.steps[-1]:g}"
    low, high = final.low or 0.0, final.high or 0.0
    if low <= 0 <= high:
        return f"No clear difference between {words.quoted(first.b)} and {words.quoted(first.a)} at {step}."
    size, side = words.points(abs(final.estimate or 0.0)), "above" if low > 0 else "below"
    return f"{words.quoted(first.b)} ends {size} points {side} {words.quoted(first.a)}, at {step}."


def curve_limits(study: CurveStudy) -> list[str]:
    """What a study of curves does not show."""
    items = words.count(study.n_items, "item")
    return [
        f"All of it is about {items} and one training run an arm. Another seed could climb, peak and fall elsewhere.",
        "The differences at the final step are each at their own level; only the bands hold for all steps at once.",
    ]


def curve_panels(study: CurveStudy) -> tuple[CurvePanel, ...]:
    """The arms with their bands, and a panel for each difference."""
    arms = CurvePanel(
        name=f"Score on {study.task}",
        x_label="training step",
        y_label="points of 100",
        series={arm.name: _in_points(arm.steps, arm.bands) for arm in study.arms},
        bands={arm.name: _edges_in_points(arm.bands) for arm in study.arms},
    )
    return arms, *(_difference_panel(against) for against in study.against)


def _difference_panel(against: Against) -> CurvePanel:
    curves = against.curves
    return CurvePanel(
        name=f"{against.b} minus {against.a}",
        x_label="training step",
        y_label="difference in points",
        series={against.b: _in_points(curves.steps, curves.difference)},
        bands={against.b: _edges_in_points(curves.difference)},
    )


def _in_points(steps: tuple[float, ...], bands: Bands) -> list[tuple[float, float]]:
    return [(step, 100 * mean) for step, mean in zip(steps, bands.estimate, strict=True)]


def _edges_in_points(bands: Bands) -> list[tuple[float, float]]:
    return [(100 * low, 100 * high) for low, high in zip(bands.low, bands.high, strict=True)]


def _arm(study: CurveStudy, arm: ArmCurve) -> str:
    best = arm.best
    told = (
        f"{words.quoted(arm.name)}: best at step {best.step:g} with {words.points(best.observed)} points "
        f"({words.points(best.corrected)} without the luck of having been picked; band {_range(best.low, best.high)}). "
    )
    others = len(best.contenders) - 1
    told += f"{words.count(others, 'other checkpoint')} cannot be told from it. " if others else ""
    fall = arm.fall
    if fall is None:
        return told + "Two checkpoints are too few to ask whether it fell late."
    verdict = _fell(study, arm)
    holm = (
        ""
        if arm.fall_p_holm is None
        else f", Holm over the arms {words.p_text(arm.fall_p_holm).removeprefix('= ')}"
    )
    return (
        f"{told}{verdict[:1].upper()}{verdict[1:]}: steps {_span(fall.early)} minus steps {_span(fall.late)} {_estimate(fall.window)}{holm}; "
        f"fitted fall over steps {_span(fall.slope_steps)} {_estimate(fall.slope)}; any earlier checkpoint minus the "
        f"last (max-T) p {words.p_text(_p(fall.max_t), fall.max_t.p_floor)}. Peak minus final is "
        f"{words.points(fall.drop)} points, where a flat curve would show {words.points(fall.null_drop)} on average "
        f"(p {words.p_text(fall.drop_p, 1 / (fall.draws + 1))})."
    )


def _fell(study: CurveStudy, arm: ArmCurve) -> str:
    """By the window test, over all arms where there are several."""
    if arm.fall is None:
        return ""
    p = _p(arm.fall.window) if arm.fall_p_holm is None else arm.fall_p_holm
    return "it fell late in training" if p < 1 - study.confidence else "no late fall is shown"


def _difference(study: CurveStudy, against: Against) -> str:
    curves = against.curves
    apart = [
        f"{step:g}"
        for step, low, high in zip(curves.steps, curves.difference.low, curves.difference.high, strict=True)
        if low > 0 or high < 0
    ]
    where = f"at steps {', '.join(apart)}" if apart else "at no step"
    return (
        f"{words.quoted(against.b)} minus {words.quoted(against.a)}: at the final common step "
        f"{curves.steps[-1]:g} {_estimate(curves.final)}; best against best {_estimate(curves.best)}; the "
        f"{words.level(study.confidence)} band of the difference leaves zero out {where}."
    )


def _estimate(found: Inference) -> str:
    """``+1.2 (-0.3 to +2.7; p = 0.12)``."""
    parts = list(_parts(found))
    return f"{words.signed(found.estimate or 0.0)} points" + (f" ({'; '.join(parts)})" if parts else "")


def _p(found: Inference) -> float:
    """The p-value; 1 where the data could not give one."""
    return 1.0 if found.p_value is None or math.isnan(found.p_value) else found.p_value


def _parts(found: Inference) -> Iterator[str]:
    if found.low is not None and found.high is not None:
        yield words.interval(found.low, found.high)
    if found.p_value is not None and not math.isnan(found.p_value):
        yield f"p {words.p_text(found.p_value, found.p_floor)}"


def _at(arm: ArmCurve, step: float) -> str:
    if step not in arm.steps:
        return words.DASH
    k = arm.steps.index(step)
    return f"{words.points(arm.bands.estimate[k])} ({_range(arm.bands.low[k], arm.bands.high[k])})"


def _range(low: float, high: float) -> str:
    return f"{words.points(low)} to {words.points(high)}"


def _span(span: tuple[float, float]) -> str:
    return f"{span[0]:g}" if span[0] == span[1] else f"{span[0]:g}{words.DASH}{span[1]:g}"
