"""What the log says of a step."""

import math

import pytest
import torch

from rvpo.trainer.advantages import aggregate
from rvpo.trainer.metrics import bottleneck_shares, step_metrics

NAN = math.nan


def test_figures_of_a_batch_worked_by_hand() -> None:
    """One group alive, one dead, one row unjudged, one column of the second group not in its rubric."""
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 0.0], [NAN, NAN]], [[1.0, NAN], [1.0, NAN], [1.0, NAN]]])
    applicable = torch.tensor([[[True, True]] * 3, [[True, False]] * 3])
    found = aggregate(rewards, "rvpo", k=1.0, applicable_PGC=applicable, whiten="none")
    figures = step_metrics(rewards, applicable, found, ["a", "b"])
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


def test_ties_are_shared() -> None:
    rewards = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]])
    shares = bottleneck_shares(aggregate(rewards, "rvpo"))
    # Row 1: the third, alone; row 2: the first two, half each.
    assert shares.tolist() == pytest.approx([0.25, 0.25, 0.5])


def test_what_nothing_was_judged_for_is_left_out() -> None:
    rewards = torch.full((1, 2, 1), NAN)
    applicable = torch.ones_like(rewards, dtype=torch.bool)
    figures = step_metrics(rewards, applicable, aggregate(rewards, "rvpo", applicable_PGC=applicable), ["a"])
    assert figures == {
        "rvpo/coverage": 0,
        "rvpo/unjudged_rows": 1,
        "rvpo/dead_groups": 1,
        "rvpo/advantage_std": 0,
    }
