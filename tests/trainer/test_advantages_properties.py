"""Properties of the advantage functions over random rewards with holes and rubrics of unlike size."""

import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rvpo.trainer.advantages import (
    gdpo_advantages,
    grpo_advantages,
    hard_min_advantages,
    rvpo_advantages,
)
from rvpo.trainer.normalise import normalise_in_group
from rvpo.trainer.softmin import soft_min

scores = st.sampled_from([0.0, 0.0, 1.0, 1.0, 0.5, 0.25, 1 / 3])
risks = st.floats(min_value=1e-3, max_value=50)


class Batch(NamedTuple):
    groups: list[list[list[float | None]]]
    rewards: Tensor
    applicable: Tensor


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    prompts, samples, width = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    groups = []
    applicable = torch.zeros(prompts, samples, width, dtype=torch.bool)
    for prompt in range(prompts):
        size = draw(st.integers(1, width))
        applicable[prompt, :, :size] = True
        cell = st.one_of(scores, scores, scores, st.none())
        row = st.lists(cell, min_size=size, max_size=size)
        groups.append(draw(st.lists(row, min_size=samples, max_size=samples)))
    rewards = torch.full((prompts, samples, width), math.nan, dtype=torch.float64)
    for p, group in enumerate(groups):
        for g, cells in enumerate(group):
            for c, value in enumerate(cells):
                rewards[p, g, c] = math.nan if value is None else value
    return Batch(groups, rewards, applicable)


@settings(deadline=None)
@given(batch=batches(), k=risks, whiten=st.sampled_from(["batch", "group", "none"]))
def test_agrees_with_plain_loops(
    reference: Callable[..., list[list[float]]], batch: Batch, k: float, whiten: str
) -> None:
    for risk, found in (
        (k, rvpo_advantages(batch.rewards, k, batch.applicable, whiten=whiten)),  # type: ignore[arg-type]
        (0.0, gdpo_advantages(batch.rewards, whiten=whiten, applicable_PGC=batch.applicable)),  # type: ignore[arg-type]
        (math.inf, hard_min_advantages(batch.rewards, whiten=whiten, applicable_PGC=batch.applicable)),  # type: ignore[arg-type]
    ):
        expected = torch.tensor(reference(batch.groups, risk, whiten=whiten), dtype=torch.float64)
        torch.testing.assert_close(found, expected, atol=1e-7, rtol=1e-7)
    summed = torch.tensor(reference(batch.groups, 0.0, grpo=True), dtype=torch.float64)
    torch.testing.assert_close(grpo_advantages(batch.rewards, applicable_PGC=batch.applicable), summed)


@settings(deadline=None)
@given(batch=batches(), k=risks, data=st.data())
def test_order_and_level_do_not_matter(batch: Batch, k: float, data: st.DataObject) -> None:
    found = rvpo_advantages(batch.rewards, k, batch.applicable)
    criteria = data.draw(st.permutations(range(batch.rewards.shape[2])))
    samples = data.draw(st.permutations(range(batch.rewards.shape[1])))
    shuffled = rvpo_advantages(
        batch.rewards[:, samples][:, :, criteria], k, batch.applicable[:, samples][:, :, criteria]
    )
    torch.testing.assert_close(shuffled, found[:, samples], atol=1e-9, rtol=1e-9)
    level = torch.tensor(
        data.draw(st.lists(st.integers(-3, 3), min_size=len(criteria), max_size=len(criteria)))
    )
    torch.testing.assert_close(
        rvpo_advantages(batch.rewards + level, k, batch.applicable), found, atol=1e-7, rtol=1e-7
    )


@given(z=st.lists(st.floats(-10, 10), min_size=1, max_size=17), k=risks, factor=st.floats(1, 10))
def test_soft_min_lies_between_minimum_and_mean_and_falls_with_k(
    z: list[float], k: float, factor: float
) -> None:
    values = torch.tensor(z, dtype=torch.float64)
    mean, soft, softer = soft_min(values, 0.0), soft_min(values, k), soft_min(values, k * factor)
    assert values.min() - 1e-9 <= softer <= soft + 1e-9
    assert soft <= mean + 1e-9


@given(z=st.lists(st.floats(-5, 5), min_size=1, max_size=17), k=risks)
def test_gradient_of_soft_min_is_a_distribution_that_favours_the_worst(z: list[float], k: float) -> None:
    values = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    soft_min(values, k).backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    assert values.grad.min() >= -1e-12
    assert values.grad.sum().item() == pytest.approx(1)
    order = values.detach().argsort()
    assert (values.grad[order].diff() <= 1e-9).all()


@given(z=st.lists(st.floats(-3, 3), min_size=2, max_size=8), k=st.floats(1e-6, 1e-2))
def test_second_order_term_is_half_k_times_the_population_variance(z: list[float], k: float) -> None:
    values = torch.tensor(z, dtype=torch.float64)
    taylor = values.mean() - k / 2 * values.var(correction=0)
    # The next term is k^2 / 6 times the third central moment, at most 6^3 here.
    assert abs(soft_min(values, k) - taylor) <= k**2 * 36 * 1.2 + 1e-12


@given(rewards=st.lists(st.floats(-1, 1), min_size=2, max_size=16))
def test_no_score_lies_beyond_the_bound(rewards: list[float]) -> None:
    z, _ = normalise_in_group(torch.tensor(rewards, dtype=torch.float64).view(1, -1, 1))
    assert z.abs().max() <= (len(rewards) - 1) / math.sqrt(len(rewards)) + 1e-9


def test_the_bound_is_reached_by_the_odd_one_out() -> None:
    """1, 0, 0, 0: mean 1/4, std 1/2, so the first lies 1.5 above."""
    z, _ = normalise_in_group(torch.tensor([1.0, 0, 0, 0], dtype=torch.float64).view(1, 4, 1), eps=1e-12)
    assert z.flatten().tolist() == pytest.approx([1.5, -0.5, -0.5, -0.5])
