"""Every figure of the reference scorer's golden, and the other rules by hand."""

import itertools
from collections.abc import Callable
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.healthbench.figures import healthbench_figures, worst_at_k
from rvpo.harness.summary import summarise
from rvpo.results import ItemRow, Run

HealthRun = Callable[..., Run]


def test_every_figure_of_the_golden(golden_run: Run, golden: dict[str, Any]) -> None:
    assert len(golden_run.items) == golden["rows"]
    assert len(golden_run.verdicts) == golden["criteria"]
    per_item = [row.score for row in golden_run.items]
    assert per_item == pytest.approx(golden["per_item"], abs=1e-9)
    figures = healthbench_figures(golden_run)
    assert figures.variants["openai-2025"] == pytest.approx(golden["score_clip_after_mean"], abs=1e-9)
    assert figures.variants["clip-per-item"] == pytest.approx(golden["score_clip_per_item"], abs=1e-9)
    assert figures.variants["unclipped"] == pytest.approx(fmean(golden["per_item"]), abs=1e-9)
    assert figures.variants["failure-as-false"] == figures.variants["openai-2025"]
    found = {f"axis:{name}": each for name, each in figures.axes.items()}
    found |= {f"theme:{name}": each for name, each in figures.themes.items()}
    expected = {name: each for name, each in golden["tags"].items() if not name.startswith("level:")}
    assert found.keys() == expected.keys()
    for name, each in expected.items():
        assert found[name].n == each["n"], name
        assert found[name].variants["openai-2025"] == pytest.approx(each["mean"], abs=1e-9), name
    by_tag = summarise(golden_run).by_tag
    for name in ("level:cluster", "level:example"):
        assert by_tag[name].n == golden["tags"][name]["n"]
        assert by_tag[name].mean == pytest.approx(golden["tags"][name]["mean"], abs=1e-9)


def test_the_rules_by_hand(health_run: HealthRun) -> None:
    # Points 5, 3, -4. i0: kind, short a hole: judged 5 / 5 = 1; as false 5 / 8. i1: only rude: -4 / 8.
    run = health_run("a", [[(True, None, False)], [(False, False, True)]])
    variants = healthbench_figures(run).variants
    assert variants["unclipped"] == pytest.approx((1 - 0.5) / 2)
    assert variants["openai-2025"] == pytest.approx(0.25)
    assert variants["clip-per-item"] == pytest.approx((1 + 0) / 2)
    assert variants["failure-as-false"] == pytest.approx((5 / 8 - 0.5) / 2)


def test_a_fault_that_could_not_be_judged_counts_as_not_there_when_failures_are_false(
    health_run: HealthRun,
) -> None:
    # i0: kind and short met, rude a hole: 8 / 8 = 1 either way; i1 never answered: 0 as inspect_evals has it.
    variants = healthbench_figures(health_run("a", [[(True, True, None)], [None]])).variants
    assert (variants["unclipped"], variants["failure-as-false"]) == (1.0, 0.5)


def test_tags_by_the_same_formulas(health_run: HealthRun) -> None:
    # Accuracy: kind 5, rude -4. i0: hole and rude: nothing positive judged, so no score; as false -4 / 5. i1: 5 / 5.
    figures = healthbench_figures(health_run("a", [[(None, True, True)], [(True, False, False)]]))
    accuracy = figures.axes["accuracy"]
    assert accuracy.n == 1
    assert accuracy.variants == {
        "unclipped": 1.0,
        "openai-2025": 1.0,
        "clip-per-item": 1.0,
        "failure-as-false": pytest.approx((1 - 0.8) / 2),
    }
    # The theme takes the item's score: i0 (3 - 4) / 3, i1 5 / 8.
    assert figures.themes["hedging"].variants["unclipped"] == pytest.approx((-1 / 3 + 5 / 8) / 2)
    assert figures.clusters["kind"].n == 1


def test_clipping_is_of_answers_and_draws_are_averaged_first(health_run: HealthRun) -> None:
    # i0 draws: 1 and -0.5 (clipped 0); i1: 1 and 1. Means 0.25 and 1, clipped one by one 0.5 and 1.
    good, bad = (True, True, False), (False, False, True)
    figures = healthbench_figures(health_run("a", [[good, bad], [good, good]]))
    assert figures.variants["unclipped"] == pytest.approx(0.625)
    assert figures.variants["clip-per-item"] == pytest.approx(0.75)
    # Worst of 1: the mean 0.625; worst of 2: (-0.5 + 1) / 2.
    assert figures.worst_at_k == pytest.approx((0.625, 0.25))
    assert figures.worst_n == 2


def test_an_item_with_a_failed_draw_is_in_no_worst_of_k(health_run: HealthRun) -> None:
    good = (True, True, False)
    figures = healthbench_figures(health_run("a", [[good, None], [good, good]]))
    assert (figures.worst_at_k, figures.worst_n) == ((1.0, 1.0), 1)
    assert healthbench_figures(health_run("b", [[good], [good]])).worst_at_k == ()


@given(st.lists(st.lists(st.floats(-2, 1), min_size=4, max_size=4), min_size=1, max_size=5))
def test_worst_of_k_equals_the_mean_over_all_subsets(scores: list[list[float]]) -> None:
    rows = [
        ItemRow(item_id=f"i{number}", draw=draw, prompt_hash="h", score=score)
        for number, draws in enumerate(scores)
        for draw, score in enumerate(draws)
    ]
    found, n = worst_at_k(rows)
    assert n == len(scores)
    for k, value in enumerate(found, start=1):
        mean = fmean(fmean(map(min, itertools.combinations(draws, k))) for draws in scores)
        assert value == pytest.approx(min(max(mean, 0), 1), abs=1e-9)
    assert all(more <= fewer + 1e-12 for fewer, more in itertools.pairwise(found))
