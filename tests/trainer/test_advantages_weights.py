"""Weights of entries: an entry of weight 2 is an entry that stands there twice."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rvpo.trainer.advantages import aggregate
from rvpo.trainer.softmin import soft_min

numbers = st.floats(-3, 3)


@given(z=st.lists(numbers, min_size=3, max_size=3), k=st.sampled_from([0.0, 0.5, 2.0, math.inf]))
def test_soft_min_with_an_entry_twice(z: list[float], k: float) -> None:
    twice = soft_min(torch.tensor([*z, z[0]], dtype=torch.float64), k)
    weighted = soft_min(
        torch.tensor(z, dtype=torch.float64), k, weights=torch.tensor([2.0, 1.0, 1.0]).double()
    )
    assert weighted.item() == pytest.approx(twice.item(), abs=1e-9)


def test_soft_min_by_hand() -> None:
    """Weights 3 and 1 at k = 1: -ln(3/4 e^-1 + 1/4 e^1)."""
    found = soft_min(torch.tensor([1.0, -1.0]).double(), 1.0, weights=torch.tensor([3.0, 1.0]).double())
    assert found.item() == pytest.approx(-math.log(0.75 / math.e + 0.25 * math.e))


def test_an_entry_without_weight_does_not_count() -> None:
    z = torch.tensor([1.0, -5.0])
    for k in (0.0, 1.0, math.inf):
        assert soft_min(z, k, weights=torch.tensor([1.0, 0.0])).item() == 1.0
    assert soft_min(z, 1.0, weights=torch.zeros(2)).item() == 0.0


@pytest.mark.parametrize("method", ["rvpo", "gdpo", "grpo", "hard_min", "explicit_variance"])
def test_equal_weights_change_nothing(method: Any) -> None:
    rewards = torch.rand(2, 4, 3, generator=torch.Generator().manual_seed(0)).double()
    rewards[0, 1, 2] = math.nan
    plain, weighted = (
        aggregate(rewards, method, weights_PGC=weights).advantages_PG
        for weights in (None, torch.ones_like(rewards))
    )
    torch.testing.assert_close(plain, weighted, atol=0, rtol=0)


@pytest.mark.parametrize("method", ["rvpo", "gdpo", "grpo", "explicit_variance"])
def test_weights_turn_the_ranking(method: Any) -> None:
    """Two samples, each best on one criterion: the heavier criterion decides."""
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    weights = torch.tensor([1.5, 0.5]).expand_as(rewards)
    [first, second] = aggregate(rewards, method, weights_PGC=weights).advantages_PG[0].tolist()
    assert first > second
