"""Methods through their training runs: opened, pooled, compared, told."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy import stats

from rvpo.harness.cli import main
from rvpo.results import Comparison, DifferentExams, ItemRow, ResultsError, Run, compare
from rvpo.results.methods import Method, complete_items, open_method, pooled
from rvpo.results.report import to_csv, to_latex, to_markdown, to_text
from rvpo.results.report.words import direction
from rvpo.results.stats import ONE_RUN, compare_methods
from rvpo.results.stats.over_runs import FLAT, compare_over_runs

MakeRun = Callable[..., Run]
MakeItem = Callable[..., ItemRow]
N, DRAWS = 40, 2


@pytest.fixture
def trained(make_run: MakeRun, item: MakeItem) -> Callable[..., Run]:
    """``trained("rvpo-s0", 3, 0.05)``: 40 items drawn twice; criteria x and y, whose mean is the score; a tag."""

    def make(name: str, seed: int, shift: float, *, hole: bool = False) -> Run:
        rng = np.random.default_rng(seed)
        run_effect = rng.normal(0, 0.02)
        rows = []
        for n in range(N):
            for draw in range(DRAWS):
                x, y = 0.3 + n / 100 + shift + run_effect + rng.normal(0, 0.05, 2)
                score = None if hole and n == 7 else (x + y) / 2
                rows.append(item(f"i{n:02d}", score, draw=draw, values={"x": x, "y": y}, tags={"t": x}))
        return make_run(name, rows)

    return make


@pytest.fixture
def arms(trained: Callable[..., Run]) -> tuple[Method, Method]:
    a = tuple(trained(f"gdpo/s{k}", k, 0.0) for k in range(3))
    b = tuple(trained(f"rvpo/s{k}", 10 + k, 0.06) for k in range(4))
    return Method(name="GDPO", runs=a), Method(name="RVPO", runs=b)


def table(method: Method) -> np.ndarray:
    """Item means of every run, worked out from the rows."""
    return np.array(
        [np.reshape([row.score or 0.0 for row in run.items], (N, DRAWS)).mean(axis=1) for run in method.runs]
    )


def test_the_training_run_is_the_unit(arms: tuple[Method, Method]) -> None:
    c = compare_over_runs(*arms, resamples=500, flips=99)
    a, b = table(arms[0]), table(arms[1])
    welch = stats.ttest_ind(b.mean(axis=1), a.mean(axis=1), equal_var=False)
    ends = welch.confidence_interval()
    assert (c.low, c.high, c.p_value) == pytest.approx((ends.low, ends.high, welch.pvalue))
    assert (c.mean_a, c.mean_b) == pytest.approx((a.mean(), b.mean()))
    assert c.difference == pytest.approx(c.mean_b - c.mean_a)
    assert (c.n_items, c.draws_a, c.draws_b, c.spread) == (N, DRAWS, DRAWS, None)
    assert c.unit == "training runs of the two methods, examined on these items"
    training = c.training
    assert training is not None
    assert (training.runs_a, training.runs_b) == (3, 4)
    found = compare_methods(a, b, 500, np.random.default_rng(0))
    assert found.both is not None
    assert found.run_sd == pytest.approx(training.run_sd)
    assert (training.both_low, training.both_p) == pytest.approx((found.both.low, found.both.p_value))
    assert training.hierarchical_low < c.difference < training.hierarchical_high
    regrouped = stats.permutation_test(
        (b.mean(axis=1), a.mean(axis=1)),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        alternative="greater",
    )
    # 3 of 7 runs can be chosen in 35 ways.
    assert (training.p_randomised, training.p_randomised_floor) == pytest.approx((regrouped.pvalue, 1 / 35))
    # With the runs fixed, luck of the runs does not count: the interval is the narrowest.
    assert training.items_high - training.items_low < c.high - c.low


def test_criteria_and_tags_are_compared_over_runs(arms: tuple[Method, Method]) -> None:
    c = compare_over_runs(*arms, resamples=500, flips=99)
    means = [
        [np.mean([row.values["x"] or 0.0 for row in run.items]) for run in method.runs] for method in arms
    ]
    welch = stats.ttest_ind(means[1], means[0], equal_var=False)
    x = c.by_criterion[0]
    assert (x.name, x.interval) == ("x", "Welch t over run means")
    assert (x.difference, x.p_value) == pytest.approx((np.mean(means[1]) - np.mean(means[0]), welch.pvalue))
    assert c.by_tag[0].p_value == pytest.approx(x.p_value)  # the tag's score is x
    assert (x.p_holm or 0) >= x.p_value


def test_runs_that_share_a_seed_are_paired(arms: tuple[Method, Method]) -> None:
    a, b = arms[0], Method(name="B", runs=arms[1].runs[:3])
    c = compare_over_runs(a, b, resamples=500, flips=99, paired_runs=True)
    t = stats.ttest_rel(table(b).mean(axis=1), table(a).mean(axis=1))
    assert c.p_value == pytest.approx(t.pvalue)
    with pytest.raises(ResultsError, match="paired runs: 3 of A and 4 of B"):
        compare_over_runs(*arms, paired_runs=True)


def test_one_run_in_an_arm_leaves_the_items_as_the_unit(arms: tuple[Method, Method]) -> None:
    a, b = Method(name="A", runs=arms[0].runs[:1]), Method(name="B", runs=arms[1].runs[:1])
    c, items = compare_over_runs(a, b, flips=999), compare(a.runs[0], b.runs[0], flips=999)
    assert (c.low, c.high, c.p_value, c.spread) == (items.low, items.high, items.p_value, items.spread)
    assert (c.training, c.notes[-1]) == (None, ONE_RUN)
    three = compare_over_runs(a, arms[1], flips=99)
    assert (three.training, three.spread) == (None, None)  # four runs are not four draws
    assert three.mean_b == pytest.approx(table(arms[1]).mean())


def test_an_item_that_a_run_lacks_is_left_out_of_all(
    arms: tuple[Method, Method], trained: Callable[..., Run]
) -> None:
    a = Method(name="A", runs=(*arms[0].runs[:2], trained("gdpo/hole", 9, 0.0, hole=True)))
    c = compare_over_runs(a, arms[1], resamples=500, flips=99)
    assert (c.n_items, c.dropped_a, c.dropped_b) == (N - 1, 1, 1)
    assert "i07" not in complete_items((a, arms[1]))


def test_runs_that_are_all_alike_show_nothing(scored: MakeRun) -> None:
    a = Method(name="A", runs=tuple(scored(f"a{k}", [0.1, 0.2, 0.3]) for k in range(2)))
    b = Method(name="B", runs=tuple(scored(f"b{k}", [0.2, 0.3, 0.4]) for k in range(2)))
    c = compare_over_runs(a, b, resamples=200, flips=99)
    assert (c.p_value, direction(c)) == (1.0, 0)
    assert FLAT in c.notes
    assert msgspec.json.decode(msgspec.json.encode(c), type=Comparison) == c


def test_pooled_runs_keep_every_answer_apart(arms: tuple[Method, Method]) -> None:
    run = pooled(arms[0], DRAWS)
    assert {row.draw for row in run.items} == set(range(3 * DRAWS))
    assert len(run.verdicts) == sum(len(each.verdicts) for each in arms[0].runs)
    second = [row for row in run.items if row.draw == DRAWS]
    assert second[0].score == arms[0].runs[1].items[0].score
    assert (run.name, run.sealed) == ("GDPO", True)


def test_places_are_folders_patterns_and_lists(
    arms: tuple[Method, Method], tmp_path: Path, scored: MakeRun
) -> None:
    by_folder = open_method(f"GDPO={tmp_path}/gdpo")
    assert (by_folder.name, len(by_folder.runs)) == ("GDPO", len(arms[0].runs))
    assert len(open_method(f"{tmp_path}/rvpo/s[0-1]").runs) == 2
    two = open_method(f"A={tmp_path}/gdpo/s0,{tmp_path}/gdpo/s2")
    assert [run.folder.name for run in two.runs] == ["s0", "s2"]
    with pytest.raises(ResultsError, match="nowhere: no run folder there"):
        open_method(f"A={tmp_path}/nowhere")
    with pytest.raises(ResultsError, match="named twice"):
        open_method(f"A={tmp_path}/gdpo,{tmp_path}/gdpo/s1")
    with pytest.raises(ResultsError, match="no place"):
        open_method("A=")
    scored("gdpo/other", [0.1], task="another")
    with pytest.raises(DifferentExams):
        open_method(f"A={tmp_path}/gdpo")


def test_every_form_tells_the_runs(arms: tuple[Method, Method]) -> None:
    c = compare_over_runs(*arms, resamples=500, flips=99)
    for form in (to_text([c], width=100), to_markdown([c]), to_latex([c])):
        told = " ".join(form.split())
        assert "Regrouping whole runs gives" in told
        assert "too sure about the methods" in told
        assert "3 and 4 training runs" in told or "\\begin{tabular}" in told
    rows = list(csv.DictReader(StringIO(to_csv([c]))))
    assert (rows[0]["runs_a"], rows[0]["runs_b"], rows[0]["interval"]) == ("3", "4", "Welch t over run means")
    others = [row for row in rows if row["family"] == "training runs"]
    assert [row["interval"] for row in others][1] == "hierarchical bootstrap"
    assert c.training is not None
    assert float(others[1]["low"]) == c.training.hierarchical_low


def test_the_command_takes_arms(
    arms: tuple[Method, Method], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--arm", f"GDPO={tmp_path}/gdpo", "--arm", f"RVPO={tmp_path}/rvpo/s*"]
    assert main(["compare", *given, "--json", "--html", f"{tmp_path}/r.html"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["a"], printed["b"]) == tuple(method.name for method in arms)
    assert printed["training"]["runs_b"] == 4
    page = (tmp_path / "r.html").read_text()
    assert "t over training runs" in page
    assert "RVPO, run 4" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--arm", "a"], "at least one other --arm; got --arm a"),
        (["a", "--arm", "b"], "compare takes runs or --arm, not both"),
        (["a", "b", "--paired-runs"], "--paired-runs is about training runs of arms"),
        ([], "a baseline and at least one other run; got none"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *arguments]) == 2
    assert message in capsys.readouterr().err
