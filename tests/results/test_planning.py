"""Plans from two runs: variances, what would be found, what to buy."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.results import ItemRow, Run
from rvpo.results.planning import plan_exam
from rvpo.results.report.plan_words import plan_sentences, plan_table
from rvpo.results.stats import Design, detectable


@pytest.fixture
def pair(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> tuple[Run, Run]:
    """60 items, 4 draws: item differences with sd .3 about .05, draws with sd .2; one draw has no score."""
    rng = np.random.default_rng(7)
    base = rng.normal(0.5, 0.2, 60)
    gain = rng.normal(0.05, 0.3, 60)

    def run(name: str, means: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Run:
        rows = [
            item(f"i{n:02d}", None if (n, k) == (3, 1) else float(mean + rng.normal(0, 0.2)), draw=k)
            for n, mean in enumerate(means)
            for k in range(4)
        ]
        return make_run(name, rows)

    return run("a", base), run("b", base + gain)


def test_the_components_are_those_that_were_put_in(pair: tuple[Run, Run]) -> None:
    plan = plan_exam(*pair)
    # Draws: 180 spare ones, so sd of the estimate is .04 * sqrt(2 / 180) = .004. Items: the variance of the 60
    # differences is .09 + .08 / 4 = .11, estimated with sd .11 * sqrt(2 / 59) = .02. Three sd of room.
    assert plan.variances.draw_a == pytest.approx(0.04, abs=0.012)
    assert plan.variances.draw_b == pytest.approx(0.04, abs=0.012)
    assert plan.variances.item == pytest.approx(0.09, abs=0.06)
    assert (plan.design.items, plan.design.draws, plan.design.runs) == (60, 4, 1)
    assert plan.difference == plan.observed


def test_the_plan_is_of_the_design_asked_for(pair: tuple[Run, Run]) -> None:
    plan = plan_exam(*pair, items=500, draws=2, difference=0.02, power=0.9)
    assert plan.detectable == pytest.approx(detectable(plan.variances, Design(items=500, draws=2), power=0.9))
    assert plan.items_needed is not None
    more = plan_exam(*pair, items=plan.items_needed, draws=2, difference=0.02, power=0.9)
    assert more.power_there == pytest.approx(0.9, abs=0.005)
    assert [row[0] for row in plan_table(plan).rows] == [
        {"items": "twice the items", "draws": "twice the draws"}[buy.what]
        for buy in plan.purchases
        if buy.what in {"items", "draws"}
    ]


def test_one_training_run_an_arm_shows_nothing_of_methods(pair: tuple[Run, Run]) -> None:
    plan = plan_exam(*pair, run_sd=0.01)
    assert (plan.detectable, plan.power_there, plan.items_needed) == (None, None, None)
    assert "no difference of methods at all" in plan_sentences(plan)[0]
    several = plan_exam(*pair, run_sd=0.01, runs=5)
    assert several.detectable is not None
    assert several.variances.run == pytest.approx(0.0001)
    assert any("training runs 1.0" in sentence for sentence in plan_sentences(several))


def test_the_command(pair: tuple[Run, Run], capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(run.folder) for run in pair]
    assert main(["power", *folders, "--difference", "2", "--items", "198"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("An exam of 198 items, 4 draws of each, 1 training run an arm")
    assert "twice the items" in out
    assert main(["power", *folders, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["design"]["items"] == 60
    assert main(["power", folders[0], f"{folders[1]}x"]) == 2
    assert "did you mean" in capsys.readouterr().err
    assert main(["power", *folders, "--difference", "nan"]) == 2
    assert capsys.readouterr().err == "error: difference nan: must be a finite number\n"
    assert main(["power", *folders, "--run-sd", "inf"]) == 2
