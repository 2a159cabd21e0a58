"""What a gate may ask of curves and of plans."""

from collections.abc import Callable

import numpy as np
import pytest

from rvpo.results import ItemRow, Run
from rvpo.results.arms import Arm
from rvpo.results.curve_study import CurveStudy, study_curves
from rvpo.results.errors import GateError
from rvpo.results.gate import parse_gate
from rvpo.results.gate_subjects import CURVE_FIGURES, PLAN_FIGURES, curve_subjects, plan_figures
from rvpo.results.planning import plan_exam

MakeRun = Callable[..., Run]
Item = Callable[..., ItemRow]


@pytest.fixture
def study(make_run: MakeRun, item: Item) -> CurveStudy:
    """``flat`` stays at .5 and ``down`` loses .1 a checkpoint, 20 items with noise of sd .02."""
    rng = np.random.default_rng(11)

    def arm(name: str, means: tuple[float, ...]) -> Arm:
        steps = tuple(100.0 * (k + 1) for k in range(len(means)))
        runs = [
            make_run(f"{name}-{step:g}", [item(f"i{n:02d}", mean + rng.normal(0, 0.02)) for n in range(20)])
            for step, mean in zip(steps, means, strict=True)
        ]
        return Arm(name=name, steps=steps, runs=tuple(runs))

    return study_curves(
        [arm("flat", (0.5,) * 5), arm("down", (0.5, 0.4, 0.3, 0.2, 0.1))],
        early=(100, 200),
        late=(400, 500),
        resamples=999,
    )


def test_the_first_arm_is_the_baseline_and_the_others_must_pass(study: CurveStudy) -> None:
    ((name, figures),) = curve_subjects(study)
    assert name == "down"
    assert set(figures.overall) == set(CURVE_FIGURES)
    # (.5 + .4) / 2 - (.2 + .1) / 2 = .3; .1 - .5 = -.4 at the last step; both bests are .5; five steps of .1 fall by .4
    expected = {
        "fall": 0.3,
        "difference": -0.4,
        "best_difference": 0.0,
        "slope": 0.4,
        "drop": 0.4,
        "final": 0.1,
    }
    assert {name: figures.overall[name] for name in expected} == pytest.approx(expected, abs=0.03)
    assert figures.overall["best_step"] == 100
    assert figures.overall["fall_p"] == study.arms[1].fall_p_holm


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("fall_p > 0.05", False),
        ("fall_low > 0.2 and high < 0", True),
        ("drop - 0", None),
        ("final > 0.3 or best_step == 100", True),
    ],
)
def test_a_gate_over_curves(study: CurveStudy, text: str, *, holds: bool | None) -> None:
    ((_, figures),) = curve_subjects(study)
    if holds is None:
        with pytest.raises(GateError, match="cannot read"):
            parse_gate(text, CURVE_FIGURES, ())
    else:
        assert parse_gate(text, CURVE_FIGURES, ()).holds(figures) is holds


def test_one_arm_has_no_difference_and_two_checkpoints_no_fall(make_run: MakeRun, item: Item) -> None:
    runs = [make_run(f"c-{k}", [item("i0", 0.1), item("i1", 0.1 * k)]) for k in (1, 2)]
    alone = Arm(name="alone", steps=(1.0, 2.0), runs=tuple(runs))
    ((name, figures),) = curve_subjects(study_curves([alone], resamples=99))
    assert name == "alone"
    assert [figures.overall[name] for name in ("low", "fall", "fall_p", "best_low")] == [None] * 4
    assert not parse_gate("low > -1", CURVE_FIGURES, ()).holds(figures)
    with pytest.raises(GateError, match="did you mean 'fall_p'"):
        parse_gate("fal_p > 0", CURVE_FIGURES, ())
    with pytest.raises(GateError, match="no figure 'low'"):
        parse_gate("low(a) > 0", CURVE_FIGURES, ())


def test_a_gate_over_a_plan(scored: Callable[..., Run]) -> None:
    rng = np.random.default_rng(5)
    a, b = (scored(name, list(rng.random(40))) for name in "ab")
    figures = plan_figures(plan_exam(a, b, difference=0.1))
    assert set(figures.overall) == set(PLAN_FIGURES)
    assert parse_gate("detectable > 0 and difference == 0.1", PLAN_FIGURES, ()).holds(figures)
    nothing = plan_figures(plan_exam(a, b, run_sd=0.01))
    assert not parse_gate("detectable < 100", PLAN_FIGURES, ()).holds(nothing)
