"""When guards ring, when they stop ringing, and that they ring once: pure folds over rows."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import spearmanr

from rvpo.trainer.guards.collapse import CollapseWatch, best_step
from rvpo.trainer.guards.divergence import DivergenceWatch, agreement
from rvpo.trainer.guards.drift import DriftWatch, drift_of
from rvpo.trainer.guards.limits import LimitWatch
from rvpo.trainer.guards.settings import Gold, Guards, HeldOut, Limit, Sentinels
from rvpo.trainer.guards.watchdog import REFUSED, SKIPPED, Watchdog


def rung(watch: Any, figure: str, values: list[float]) -> list[tuple[int, str]]:
    alarms = [
        alarm for step, value in enumerate(values) for alarm in watch.see({"step": step, figure: value})
    ]
    return [(alarm.step, alarm.change) for alarm in alarms]


def test_an_alarm_rings_once_and_ends_further_inside() -> None:
    watch = LimitWatch(Limit(figure="kl", above=1.0, window=1, back=0.1))
    # Over at 1.1; 0.95 is inside the bound but not by a tenth; 0.9 is; then it may ring again.
    assert rung(watch, "kl", [0.5, 1.1, 1.3, 0.95, 1.1, 0.9, 1.2]) == [
        (1, "raised"),
        (5, "over"),
        (6, "raised"),
    ]


def test_a_lower_bound_and_a_window() -> None:
    watch = LimitWatch(Limit(figure="entropy", below=0.2, window=2, back=0.5))
    # Means of two: -, .3, .15 (rings), .2 (not back by a half), .35 (over).
    assert rung(watch, "entropy", [0.4, 0.2, 0.1, 0.3, 0.4]) == [(2, "raised"), (4, "over")]


def test_bounds_may_be_multiples_of_the_start() -> None:
    watch = LimitWatch(Limit(figure="length", above=2.0, below=0.5, of_start=True, window=2))
    # The start is 10: it rings above 20 and below 5.
    assert rung(watch, "length", [8, 12, 18, 22, 24, 4, 4, 4]) == [(4, "raised"), (5, "over"), (6, "raised")]
    assert rung(watch, "other", [100.0] * 5) == []


@given(st.lists(st.floats(0, 2), max_size=40), st.integers(1, 4), st.floats(0, 1))
def test_alarms_alternate(values: list[float], window: int, back: float) -> None:
    changes = [
        change
        for _, change in rung(LimitWatch(Limit(figure="x", above=1, window=window, back=back)), "x", values)
    ]
    assert changes == ["raised", "over"] * (len(changes) // 2) + ["raised"] * (len(changes) % 2)


def test_a_limit_needs_bounds_that_leave_room() -> None:
    with pytest.raises(ValidationError, match="'kl': give above, below or both"):
        Limit(figure="kl")
    with pytest.raises(ValidationError, match="above 1 must be more than below 2"):
        Limit(figure="kl", above=1, below=2)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=30))
def test_rank_correlation_is_spearmans(pairs: list[tuple[int, int]]) -> None:
    scaled = [(a / 4, b / 4) for a, b in pairs]
    train, gold = zip(*scaled, strict=True)
    found = agreement(scaled)
    assert found.gap == pytest.approx(sum(train) / len(train) - sum(gold) / len(gold))
    if len(set(train)) == 1 or len(set(gold)) == 1:
        assert math.isnan(found.rank_correlation)
    else:
        assert found.rank_correlation == pytest.approx(spearmanr(train, gold).statistic)


def pairs_row(step: int, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    return {"step": step, "gold": pairs}


AGREE = [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.4, 0.4)]
REVERSED = [(0.1, 0.4), (0.2, 0.3), (0.3, 0.2), (0.4, 0.1)]
INFLATED = [(train + 0.5, gold) for train, gold in AGREE]


def test_judges_that_come_apart_are_told() -> None:
    watch = DivergenceWatch(Gold(judge="gold.yaml", window=4, rank_drop=0.3, gap_growth=0.1))
    assert watch.see(pairs_row(1, AGREE)) == []
    assert watch.see(pairs_row(2, AGREE)) == []
    (fallen,) = watch.see(pairs_row(3, REVERSED))
    assert (fallen.guard, fallen.change, fallen.threshold) == ("gold/rank_correlation", "raised", 0.3)
    assert fallen.value == pytest.approx(2.0)  # from 1 to -1
    changes = {alarm.guard: alarm.change for alarm in watch.see(pairs_row(4, INFLATED))}
    assert changes == {"gold/rank_correlation": "over", "gold/gap": "raised"}
    assert watch.see({"step": 5}) == []


def test_a_judge_that_says_always_the_same_has_no_rank_correlation() -> None:
    watch = DivergenceWatch(Gold(judge="gold.yaml", window=4))
    flat = [(0.5, gold) for _, gold in AGREE]
    assert [watch.see(pairs_row(step, flat)) for step in range(3)] == [[], [], []]


def test_drift_is_the_mean_difference_of_what_both_times_have() -> None:
    assert drift_of([0.5, 1.0, None], [0.7, None, 0.1]) == pytest.approx(0.2)
    assert drift_of([None], [1.0]) is None
    watch = DriftWatch(Sentinels(data="s.jsonl", drift=0.1))
    rows = [[0.5, 0.5], [0.5, 0.6], [0.5, 0.8], [0.6, 0.6], [0.5, 0.5]]
    # Differences from the first: .05, .15 (rings), .1 (not yet under half), 0 (over).
    found = [watch.see({"step": step, "sentinels": scores}) for step, scores in enumerate(rows)]
    assert [[alarm.change for alarm in alarms] for alarms in found] == [[], [], ["raised"], [], ["over"]]


def test_a_collapse_needs_patience() -> None:
    watch = CollapseWatch(HeldOut(data="h.jsonl", drop=0.1, patience=2))
    scores = [0.4, 0.6, 0.45, 0.58, 0.45, 0.4, 0.6]
    seen = []
    for step, score in enumerate(scores):
        alarms = watch.see({"step": step, "eval_score": score})
        seen.append((watch.collapsed, [alarm.change for alarm in alarms]))
    # Best 0.6, floor 0.5: once below is not enough, twice in a row is.
    quiet: tuple[bool, list[str]] = (False, [])
    assert seen == [quiet, quiet, quiet, quiet, quiet, (True, ["raised"]), (False, ["over"])]


def test_the_best_checkpoint_is_the_earliest_of_equals() -> None:
    rows = [{"step": step, "eval_score": score} for step, score in ((2, 0.5), (4, 0.7), (6, 0.7), (8, 0.1))]
    assert best_step([*rows, {"step": 9}]) == 4
    assert best_step([{"step": 9}]) is None


def test_updates_left_out_in_a_row_end_the_run() -> None:
    watchdog = Watchdog(Guards(limits=(), nonfinite_in_a_row=2))
    (first,) = watchdog.see({"step": 1, REFUSED: 1.0})
    assert (first.guard, first.change, watchdog.decision) == ("nonfinite", "noted", None)
    watchdog.see({"step": 2})
    watchdog.see({"step": 3, REFUSED: 1.0})
    assert watchdog.decision is None
    watchdog.see({"step": 4, REFUSED: 1.0})
    assert watchdog.decision == "diverged"
    (skipped,) = watchdog.see({"step": 5, SKIPPED: 0.8})
    assert (skipped.guard, skipped.value, skipped.threshold) == ("judge_down", 0.8, 0.5)


@pytest.mark.parametrize(
    ("policy", "decision"), [("alarm", None), ("stop", "collapsed"), ("roll_back", "roll_back")]
)
def test_what_a_collapse_does(policy: Any, decision: str | None) -> None:
    watchdog = Watchdog(
        Guards(limits=(), held_out=HeldOut(data="h", drop=0.1, patience=1, on_collapse=policy))
    )
    rows = [{"step": 1, "eval_score": 0.9}, {"step": 2, "eval_score": 0.1}]
    assert [len(watchdog.see(row)) for row in rows] == [0, 1]
    assert watchdog.decision == decision
    continued = Watchdog(
        Guards(limits=(), held_out=HeldOut(data="h", drop=0.1, patience=2, on_collapse=policy))
    )
    continued.replay(rows)
    assert continued.decision is None
    continued.see({"step": 3, "eval_score": 0.1})
    assert continued.decision == decision
