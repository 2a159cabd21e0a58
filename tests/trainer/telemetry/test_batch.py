"""What the log says of a step's batch, worked by hand."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from rvpo.trainer.advantages import Method, aggregate
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.telemetry.batch import CAUSES, Batch, Facts, batch_figures, bottlenecks, unreached_share

NAN = math.nan
RAW = Conventions(whiten="none")


def batch_of(rewards: Tensor, labels: Tensor, applicable: Tensor | None = None, **facts: Any) -> Batch:
    rows = rewards.shape[0] * rewards.shape[1]
    told = {name: torch.zeros(rows, dtype=torch.float64) for name in Facts._fields}
    told |= {name: torch.tensor(values, dtype=torch.float64) for name, values in facts.items()}
    return Batch(
        rewards,
        labels >= 0 if applicable is None else applicable,
        labels,
        torch.zeros(rows, len(CAUSES), dtype=torch.float64),
        Facts(**told),
        torch.arange(rows, dtype=torch.float32).view(rewards.shape[:2]),
    )


def test_figures_of_a_batch_worked_by_hand() -> None:
    """One group alive, one dead, one row unjudged, one column of the second group not in its rubric."""
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 0.0], [NAN, NAN]], [[1.0, NAN], [1.0, NAN], [1.0, NAN]]])
    labels = torch.tensor([[[0, 1]] * 3, [[0, -1]] * 3])
    batch = batch_of(rewards, labels)
    found = aggregate(rewards, "rvpo", k=1.0, applicable_PGC=batch.applicable_PGC, conventions=RAW)
    figures = batch_figures(batch, found, ["a", "b"])
    # Row means: 1/2, 0, -, 1, 1, 1.
    assert figures["reward"] == pytest.approx(0.7)
    assert figures["reward_std"] == pytest.approx(math.sqrt((0.04 + 0.49 + 3 * 0.09) / 4))
    assert figures["rewards/a/mean"] == pytest.approx(0.8)
    assert figures["rewards/b/mean"] == 0
    # 9 cells apply, 2 of them are holes; 1 row of 6 is unjudged; 1 group of 2 is dead.
    assert figures["rvpo/coverage"] == pytest.approx(7 / 9)
    assert figures["rvpo/unjudged_rows"] == pytest.approx(1 / 6)
    assert figures["rvpo/dead_groups"] == 0.5
    # Of five scorable rows one lies above 0.
    assert figures["rvpo/raw_advantage_positive"] == pytest.approx(0.2)
    assert figures["rvpo/raw_advantage_mean"] == pytest.approx(found.raw_PG.sum().item() / 5)
    # Row 1: Z = (+, 0), worst is b; row 2: Z = (-, 0), worst is a; the dead group has no worst.
    assert figures["rvpo/bottleneck/a"] == figures["rvpo/bottleneck/b"] == 0.5
    # a varies in one of two groups and is met by all in the other; b is met by none in its only one.
    assert figures["rewards/a/all_met"] == 0.5
    assert figures["rewards/a/all_failed"] == 0
    assert figures["rewards/b/all_failed"] == 1
    # Variance of (1, 0) is 1/2, of (1, 1, 1) it is 0.
    assert figures["rewards/a/group_variance"] == pytest.approx(0.25)


def test_attention_is_the_softmin_weight_and_the_penalty_what_it_takes_from_the_mean() -> None:
    """Two samples, two criteria that disagree: Z is (+s, -s) and (-s, +s) with s = 1/sqrt(2)."""
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    batch = batch_of(rewards, torch.tensor([[[0, 1], [0, 1]]]))
    found = aggregate(rewards, "rvpo", k=2.0, conventions=RAW)
    figures = batch_figures(batch, found, ["a", "b"], "rvpo", 2.0)
    s = 1 / math.sqrt(2)
    high = math.exp(2 * s) / (math.exp(2 * s) + math.exp(-2 * s))
    assert figures["rewards/a/attention"] == pytest.approx(0.5)  # high on one sample, low on the other
    entropy = -(high * math.log(high) + (1 - high) * math.log(1 - high))
    assert figures["rvpo/attended"] == pytest.approx(math.exp(entropy), rel=1e-5)
    # mean(Z) = 0, A = -(1/2) ln cosh(2 s).
    assert figures["rvpo/variance_penalty"] == pytest.approx(math.log(math.cosh(2 * s)) / 2, rel=1e-5)
    assert "rewards/a/attention" not in batch_figures(batch, found, ["a", "b"], "grpo")


def test_length_correlation_is_that_within_groups() -> None:
    """Reward rises with length in both groups, though the longer group has the lower rewards."""
    rewards = torch.tensor([[[0.8], [0.9], [1.0]], [[0.0], [0.1], [0.2]]])
    batch = batch_of(rewards, torch.zeros(2, 3, 1, dtype=torch.int64))
    figures = batch_figures(batch, aggregate(rewards), ["a"])
    assert figures["rewards/a/length_correlation"] == pytest.approx(1.0)
    batch = batch._replace(lengths_PG=torch.ones(2, 3))
    assert "rewards/a/length_correlation" not in batch_figures(batch, aggregate(rewards), ["a"])


def test_entries_are_counted_under_their_label_wherever_they_stand() -> None:
    rewards = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]])
    batch = batch_of(rewards, torch.tensor([[[0, 1], [0, 1]], [[1, 0], [1, 0]]]))
    figures = batch_figures(batch, aggregate(rewards), ["a", "b"])
    assert figures["rewards/a/mean"] == 0.75  # 1, 1 of the first prompt; 1, 0 of the second
    assert figures["rewards/a/pass_rate"] == 0.75
    assert figures["rewards/b/mean"] == 0


def test_failures_by_cause_and_what_the_judge_cost() -> None:
    rewards = torch.tensor([[[1.0, NAN], [0.0, NAN]]])
    batch = batch_of(
        rewards,
        torch.tensor([[[0, 1], [0, 1]]]),
        criteria=[2, 2],
        asked=[2, 2],
        cached=[1, 0],
        usd=[0.5, 0.25],
        waited_s=[1.0, 3.0],
    )
    causes = batch.causes_NS.clone()
    causes[0, CAUSES.index("timeout")] = causes[1, CAUSES.index("refusal")] = 1
    batch = batch._replace(causes_NS=causes)
    figures = batch_figures(batch, aggregate(rewards), ["a", "b"])
    assert figures["holes/timeout"] == figures["holes/refusal"] == 0.25
    assert {name for name in figures if name.startswith("holes/")} == {"holes/timeout", "holes/refusal"}
    assert (figures["judge/cached"], figures["judge/usd"], figures["judge/asked"]) == (0.25, 0.75, 4)
    assert figures["rvpo/judge_wait_s"] == 3.0
    assert unreached_share(batch) == 0.25  # a refusal is an answer


def test_an_unknown_price_is_no_price() -> None:
    rewards = torch.tensor([[[1.0], [0.0]]])
    batch = batch_of(rewards, torch.zeros(1, 2, 1, dtype=torch.int64), asked=[1, 1], usd=[0.5, NAN])
    assert "judge/usd" not in batch_figures(batch, aggregate(rewards), ["a"])


def test_ties_are_shared() -> None:
    rewards = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]])
    shares = bottlenecks(aggregate(rewards, "rvpo"))
    # Row 1: the third, alone; row 2: the first two, half each.
    assert shares.tolist() == [[[0, 0, 1], [0.5, 0.5, 0]]]


def test_what_nothing_was_judged_for_is_left_out() -> None:
    rewards = torch.full((1, 2, 1), NAN)
    batch = batch_of(rewards, torch.zeros(1, 2, 1, dtype=torch.int64), score=[NAN, NAN])
    figures = batch_figures(batch, aggregate(rewards, "rvpo", applicable_PGC=batch.applicable_PGC), ["a"])
    assert figures == {
        "rvpo/k": 1,
        "rvpo/coverage": 0,
        "rvpo/unjudged_rows": 1,
        "rvpo/dead_groups": 1,
        "rvpo/advantage_std": 0,
        "rvpo/judge_wait_s": 0,
        "judge/asked": 0,
        "judge/usd": 0,
    }


def test_what_applies_to_nobody_is_neither_covered_nor_unjudged() -> None:
    """Every judge said n/a: nothing was missed."""
    rewards = torch.full((1, 2, 1), NAN)
    batch = batch_of(rewards, torch.zeros(1, 2, 1, dtype=torch.int64), applicable=torch.zeros(1, 2, 1).bool())
    figures = batch_figures(batch, aggregate(rewards, applicable_PGC=batch.applicable_PGC), ["a"])
    assert "rvpo/coverage" not in figures
    assert figures["rvpo/unjudged_rows"] == 0


@pytest.mark.parametrize(
    "method", ["rvpo", "hard_min", "explicit_variance", "gdpo", "grpo", "dr_grpo", "entropic"]
)
def test_k_and_its_penalty_belong_to_the_methods_that_have_them(method: Method) -> None:
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]])
    batch = batch_of(rewards, torch.tensor([[[0, 1]] * 3]))
    figures = batch_figures(batch, aggregate(rewards, method, k=2.0), ["a", "b"], method, 2.0)
    assert figures.get("rvpo/k") == (2.0 if method in {"rvpo", "entropic"} else None)
    assert ("rvpo/variance_penalty" in figures) == (method in {"rvpo", "hard_min", "explicit_variance"})
