"""Plans from two runs: variances, what would be found, what to buy."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.results import ItemRow, ReportContent, Run, compare
from rvpo.results.planning import plan_exam
from rvpo.results.report.further_parts import budget_part
from rvpo.results.report.plan_forms import plan_csv
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


@pytest.fixture
def grouped(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> tuple[Run, Run]:
    """Eight items, two in each of four clusters."""
    gains = (0.1, 0.3, 0.2, 0.4, 0.0, 0.2, 0.3, 0.5)

    def run(name: str, share: float) -> Run:
        rows = [
            item(f"i{n}", 0.2 + share * gain, meta={"cluster": f"c{n // 2}"}) for n, gain in enumerate(gains)
        ]
        return make_run(name, rows)

    return run("a", 0.0), run("b", 1.0)


def test_clusters_are_planned_for_whole(grouped: tuple[Run, Run]) -> None:
    plan, alone = plan_exam(*grouped), plan_exam(*grouped, cluster_by="item")
    # Cluster sums about the mean .25: -.1, .1, -.3, .3; se^2 = 4/3 * .2 / 8^2, eight times which is 1/30. The items
    # alone: squares about .25 sum to .18, and .18 / 7 = .0257.
    assert (plan.variances.item, alone.variances.item) == pytest.approx((1 / 30, 0.18 / 7))
    assert (plan.design_effect, alone.design_effect) == pytest.approx((7 / 5.4, 1))
    assert (plan.cluster_by, plan.design.clusters, plan.design.cluster_size) == ("cluster", 4, 2.0)
    for by, planned in ((None, plan), ("item", alone)):
        assert planned.detectable == pytest.approx(compare(*grouped, cluster_by=by).detectable)
    assert plan.purchases[0].design.clusters == 8
    assert any("only 4 clusters" in note for note in plan.variances.notes)


def test_every_form_tells_of_clusters(grouped: tuple[Run, Run], capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_exam(*grouped)
    told = " ".join(plan_sentences(plan))
    assert told.startswith("An exam of 8 items in 4 clusters, 1 draw of each")
    assert "(by cluster) need not be independent: the variance of the mean difference is 1.3 times" in told
    assert "in new clusters, of 2 on average as here" in told
    assert "cluster" not in " ".join(plan_sentences(plan_exam(*grouped, cluster_by="item")))
    assert plan_csv(plan).splitlines()[1].startswith("as planned,8,4,1,")
    assert plan_csv(plan_exam(*grouped, cluster_by="item")).splitlines()[1].startswith("as planned,8,,1,")
    part = budget_part(ReportContent(title="t", primary=compare(*grouped), pair=grouped))
    assert "8 items in 4 clusters" in part
    folders = [str(run.folder) for run in grouped]
    assert main(["power", *folders, "--items", "40"]) == 0
    assert "An exam of 40 items in 20 clusters" in capsys.readouterr().out
    assert main(["power", *folders, "--items", "3"]) == 2
    assert capsys.readouterr().err == (
        "error: items 3: at least 4 are needed, two clusters of 2 items on average\n"
    )
    assert main(["power", *folders, "--cluster-by", "clster"]) == 2
    assert "did you mean 'cluster'?" in capsys.readouterr().err


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
