"""Advantages beyond the paper's defaults: sums, whitening by token, Dr. GRPO, NumPy."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rvpo.trainer.advantages import (
    aggregate,
    dr_grpo_advantages,
    explicit_variance_advantages,
    gdpo_advantages,
    grpo_advantages,
    hard_min_advantages,
    rvpo_advantages,
)
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.whitening import whiten_advantages

SUM = Conventions(total="sum", whiten="none")
NAN = math.nan


def rewards_of(seed: int = 0) -> torch.Tensor:
    rewards = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(seed)).double()
    rewards[0, 1, 2] = rewards[2, 3] = NAN
    return rewards


def test_the_sum_is_the_mean_times_the_number_of_judged_criteria() -> None:
    rewards = rewards_of()
    mean = aggregate(rewards, "gdpo", conventions=Conventions(whiten="none")).advantages_PG
    judged = (~rewards.isnan()).sum(dim=-1)
    torch.testing.assert_close(aggregate(rewards, "gdpo", conventions=SUM).advantages_PG, mean * judged)


def test_the_sum_takes_weights_as_they_are() -> None:
    """G = 2: z is +-sqrt(1/2); weights 3 and 1 on opposite criteria leave 2 of it."""
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]).double()
    weights = torch.tensor([3.0, 1.0]).double().expand_as(rewards)
    found = aggregate(rewards, "gdpo", weights_PGC=weights, conventions=SUM).advantages_PG
    assert found[0].tolist() == pytest.approx([2 * math.sqrt(0.5), -2 * math.sqrt(0.5)], rel=1e-5)


def test_dr_grpo_is_the_sum_less_its_mean() -> None:
    """Sums 3, 1, 0, 0 have mean 1; nothing is divided, nothing whitened."""
    rewards = torch.tensor([[[1.0, 2.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]])
    assert dr_grpo_advantages(rewards).tolist() == [[2.0, 0.0, -1.0, -1.0]]
    rloo = aggregate(rewards, "dr_grpo", conventions=Conventions(baseline="leave_one_out"))
    # 3 less the others' mean 1/3, 1 less 1, 0 less 4/3
    assert rloo.advantages_PG[0].tolist() == pytest.approx([8 / 3, 0, -4 / 3, -4 / 3])


def test_a_long_completion_counts_as_often_as_it_has_tokens() -> None:
    """Advantages 1 (three tokens) and -3 (one): the tokens' mean is 0, their sample variance (3 + 9) / 3 = 4."""
    raw = torch.tensor([[1.0, -3.0]]).double()
    both = torch.ones(1, 2, dtype=torch.bool)
    lengths = torch.tensor([[3, 1]])
    found = whiten_advantages(raw, both, "token", eps=0.0, lengths_PG=lengths)
    assert found[0].tolist() == pytest.approx([0.5, -1.5])
    inside = whiten_advantages(raw, both, "token", eps=5.0, eps_in="variance", lengths_PG=lengths)
    assert inside[0].tolist() == pytest.approx([1 / 3, -1.0])
    unscored = whiten_advantages(raw, torch.tensor([[True, False]]), "token", lengths_PG=lengths)
    assert unscored.tolist() == [[0.0, 0.0]]


@given(length=st.integers(2, 40))
def test_completions_of_one_length_whiten_alike(length: int) -> None:
    """But for Bessel's correction, which counts tokens."""
    raw = torch.randn(4, 4, generator=torch.Generator().manual_seed(1)).double()
    everyone = torch.ones(4, 4, dtype=torch.bool)
    token = whiten_advantages(raw, everyone, "token", 0.0, 0, lengths_PG=torch.full((4, 4), length))
    torch.testing.assert_close(token, whiten_advantages(raw, everyone, "batch", 0.0, 0))


def test_whitening_by_token_needs_lengths() -> None:
    told = Conventions(whiten="token")
    with pytest.raises(ValueError, match=r"lengths are None; whiten: token needs them, of shape \(3, 4\)"):
        aggregate(rewards_of(), conventions=told)
    with pytest.raises(ValueError, match=r"lengths are of shape \(4, 3\)"):
        aggregate(rewards_of(), lengths_PG=torch.ones(4, 3), conventions=told)


def test_nothing_is_divided_by_a_spread_of_nought() -> None:
    alike = torch.full((2, 2), 0.7).double()
    everyone = torch.ones(2, 2, dtype=torch.bool)
    assert whiten_advantages(alike, everyone, "batch", eps=0.0).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "method",
    [
        rvpo_advantages,
        gdpo_advantages,
        hard_min_advantages,
        grpo_advantages,
        dr_grpo_advantages,
        lambda rewards, **rest: explicit_variance_advantages(rewards, 0.5, **rest),
    ],
)
def test_numpy_in_numpy_out_with_the_same_numbers(method: Any, dtype: Any) -> None:
    array = rewards_of().numpy().astype(dtype)
    applicable = np.ones(array.shape, dtype=bool)
    applicable[1, :, 3:] = False
    array.flags.writeable = False
    found = method(array, applicable_PGC=applicable)
    assert isinstance(found, np.ndarray)
    assert found.dtype == dtype
    expected = method(torch.tensor(array), applicable_PGC=torch.tensor(applicable))
    assert isinstance(expected, torch.Tensor)
    np.testing.assert_array_equal(found, expected.numpy())


def test_numpy_arrays_are_refused_as_tensors_are() -> None:
    with pytest.raises(ValueError, match=r"rewards have shape \(2, 3\)"):
        rvpo_advantages(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="expected a floating type"):
        rvpo_advantages(np.zeros((1, 2, 3), dtype=int))
