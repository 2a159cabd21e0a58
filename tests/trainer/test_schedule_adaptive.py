"""The adaptive schedule: what it looks at, where it rests, which way it moves; and that a resumed run goes on with it."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rvpo.trainer.advantages import Advantages, aggregate, attended_share, attention_weights
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.schedule import Adaptive, k_at
from rvpo.trainer.softmin import soft_min

SCHEDULE = Adaptive(schedule="adaptive", start=1.0, low=0.5, high=0.7, gain=0.5, least=0.1, most=4.0)
shares = st.floats(0.01, 1)
ks = st.floats(0.1, 4)


def found_of(rewards: list[list[float]]) -> Advantages:
    return aggregate(torch.tensor([rewards], dtype=torch.float64), conventions=Conventions(eps=1e-12))


def batch(seed: int = 0) -> Advantages:
    generator = torch.Generator().manual_seed(seed)
    return aggregate((torch.rand(16, 8, 6, generator=generator) < 0.5).double())


def test_attention_by_hand() -> None:
    """G = 2: z is +-s with s = sqrt(1/2). Row (s, -s) at k = 2: e^-2s and e^2s over their sum."""
    found = found_of([[1.0, 0.0], [0.0, 1.0]])
    s = math.sqrt(0.5)
    low, high = math.exp(-2 * s), math.exp(2 * s)
    expected = [low / (low + high), high / (low + high)]
    assert attention_weights(found, 2.0)[0, 0].tolist() == pytest.approx(expected)
    assert attention_weights(found, 0.0)[0].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert attention_weights(found, math.inf)[0].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    # Two criteria, weights a and 1 - a: an effective number of 1 / (a^2 + (1 - a)^2), of 2.
    assert attended_share(found, 2.0) == pytest.approx(0.5 / sum(a**2 for a in expected))


def test_attention_leaves_out_holes_and_refuses_a_bad_k() -> None:
    found = found_of([[1.0, math.nan, 0.0], [0.0, 1.0, 1.0], [math.nan] * 3])
    weights = attention_weights(found, 1.0)
    assert weights[0, 0, 1] == 0
    torch.testing.assert_close(weights.sum(dim=-1), torch.tensor([[1.0, 1.0, 0.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match="k is -1"):
        attention_weights(found, -1.0)


@given(k=st.floats(1e-3, 20))
def test_attention_is_the_gradient_of_the_aggregate(k: float) -> None:
    """With weights and holes: moving one z moves the SoftMin by its attention."""
    z = torch.tensor([0.3, -1.2, 0.9, 5.0], dtype=torch.float64, requires_grad=True)
    valid = torch.tensor([True, True, True, False])
    weights = torch.tensor([1.0, 0.5, 2.0, 1.0], dtype=torch.float64)
    soft_min(z, k, valid, weights).backward()  # type: ignore[no-untyped-call]
    shaped = [tensor.detach().view(1, 1, 4) for tensor in (z, valid, weights)]
    nothing = torch.zeros(1, 1, dtype=torch.float64)
    found = Advantages(nothing, nothing, torch.tensor([[True]]), *shaped)
    assert z.grad is not None
    torch.testing.assert_close(attention_weights(found, k).flatten(), z.grad)


def test_the_share_falls_from_one_as_k_rises() -> None:
    found = batch()
    course = [attended_share(found, k) for k in (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 50.0)]
    assert course[0] == pytest.approx(1.0)
    assert all(after < before for before, after in pairwise(course))
    assert course[-1] > 1 / 6


def test_rows_without_a_choice_say_nothing() -> None:
    """All alike, one criterion, none: each k is the same to them."""
    assert math.isnan(attended_share(found_of([[1.0, 1.0], [1.0, 1.0]]), 1.0))
    assert math.isnan(attended_share(found_of([[1.0], [0.0]]), 1.0))
    assert math.isnan(attended_share(found_of([[math.nan], [math.nan]]), 1.0))
    assert SCHEDULE.after(1.3, math.nan) == 1.3


@given(k=ks, share=st.floats(0.5, 0.7))
def test_within_the_range_k_rests(k: float, share: float) -> None:
    assert SCHEDULE.after(k, share) == pytest.approx(k)


@given(k=ks, one=shares, other=shares)
def test_the_response_is_monotone_and_bounded(k: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.1 <= SCHEDULE.after(k, low) <= SCHEDULE.after(k, high) <= 4.0
    if high < 0.5:
        assert SCHEDULE.after(k, high) <= k
    if low > 0.7:
        assert SCHEDULE.after(k, low) >= k


def test_a_step_by_hand() -> None:
    """0.9 is 0.2 above the range: k grows by e^(0.5 * 0.2). 0.3 is 0.2 below."""
    assert SCHEDULE.after(1.0, 0.9) == pytest.approx(math.exp(0.1))
    assert SCHEDULE.after(1.0, 0.3) == pytest.approx(math.exp(-0.1))


@pytest.mark.parametrize("start", [0.1, 4.0])
def test_it_comes_to_rest_in_its_range_from_both_sides(start: float) -> None:
    found, k = batch(), start
    for _ in range(300):
        k = SCHEDULE.after(k, attended_share(found, k))
    assert 0.5 - 0.01 <= attended_share(found, k) <= 0.7 + 0.01
    assert SCHEDULE.after(k, attended_share(found, k)) == pytest.approx(k, rel=1e-2)


def test_it_starts_where_it_is_told() -> None:
    assert k_at(SCHEDULE, 0.0) == k_at(SCHEDULE, 0.9) == 1.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"low": 0.8, "high": 0.7}, "low 0.8 is above high 0.7"),
        ({"start": 9.0}, "start 9 is not within least 0.05 and most 5"),
        ({"gain": 0.0}, "greater than 0"),
        ({"high": 1.5}, "less than or equal to 1"),
    ],
)
def test_refusals(fields: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Adaptive.model_validate({"schedule": "adaptive", **fields})
