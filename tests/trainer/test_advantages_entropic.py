"""The entropic utility: the SoftMin of the rewards themselves, normalised in the group."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rvpo.trainer.advantages import aggregate

NAN = math.nan


def entropic(rewards: Tensor, k: float) -> Tensor:
    return aggregate(rewards, "entropic", k=k).advantages_PG


def test_by_hand() -> None:
    """Two criteria, k = ln 4: exp(-k R) is 1 for R = 0 and 1/4 for R = 1.

    U of (1,1) is -ln(1/4)/ln 4 = 1; of (1,0) and (0,1) -ln(5/8)/ln 4 = 0.33904; of (0,0) 0. Mean 0.41952, squares
    0.33696 + 2 * 0.00648 + 0.17600 = 0.52591, sample deviation sqrt(0.52591 / 3) = 0.41869.
    """
    rewards = torch.tensor([[[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    wanted = [0.58048 / 0.41869, -0.08048 / 0.41869, -0.08048 / 0.41869, -0.41952 / 0.41869]
    assert entropic(rewards, math.log(4.0))[0].tolist() == pytest.approx(wanted, abs=1e-4)


def test_a_seldom_met_criterion_lifts_a_reply_that_meets_all() -> None:
    """Seven of eight meet the easy one, one of eight the hard one: who meets both, and who meets neither?

    z-scores put failing the easy one at -2.5 and meeting the hard one at +2.5, and the SoftMin of z looks at the -2.5;
    the utility looks at the rewards, where failing both is little worse than failing one.
    """
    group = [[1.0, 1.0], *[[1.0, 0.0]] * 6, [0.0, 0.0]]
    rewards = torch.tensor([group])
    best, worst = entropic(rewards, 5.0)[0, [0, -1]].tolist()
    assert best > 2.4
    assert -1.0 < worst < 0
    z_best, z_worst = aggregate(rewards, "rvpo", k=5.0).advantages_PG[0, [0, -1]].tolist()
    assert z_worst < -2.2
    assert z_best < best / 2


REWARDS = st.lists(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=3, max_size=3), min_size=4, max_size=8
)


@given(REWARDS)
def test_the_limits(group: list[list[float]]) -> None:
    """k = 0 is the mean, which is GRPO's sum but for eps; k = inf is the lowest reward."""
    rewards = torch.tensor([group], dtype=torch.float64)
    grpo = aggregate(rewards, "grpo").advantages_PG
    torch.testing.assert_close(entropic(rewards, 0.0), grpo, atol=1e-4, rtol=0)
    lowest = rewards.amin(dim=-1, keepdim=True)
    torch.testing.assert_close(entropic(rewards, math.inf), aggregate(lowest, "grpo").advantages_PG)


def test_a_hole_stands_at_its_criterions_mean() -> None:
    holed = torch.tensor([[[1.0, 1.0], [1.0, NAN], [0.0, 1.0], [0.0, 0.0]]])
    filled = holed.clone()
    filled[0, 1, 1] = 2 / 3
    torch.testing.assert_close(entropic(holed, 3.0), entropic(filled, 3.0))


def test_what_nobody_was_judged_on_and_who_was_not_judged_at_all() -> None:
    rewards = torch.tensor([[[1.0, NAN], [0.0, NAN], [1.0, NAN], [NAN, NAN]]])
    found = aggregate(rewards, "entropic", k=3.0)
    assert found.scorable_PG.tolist() == [[True, True, True, False]]
    assert found.advantages_PG[0, 3] == 0
    torch.testing.assert_close(
        found.advantages_PG[:, :3], aggregate(rewards[:, :3, :1], "entropic", k=3.0).advantages_PG
    )


def test_an_entry_that_does_not_apply_does_not_count() -> None:
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]])
    applicable = torch.tensor([[[True, False]] * 3])
    found = aggregate(rewards, "entropic", k=3.0, applicable_PGC=applicable).advantages_PG
    torch.testing.assert_close(found, entropic(rewards[:, :, :1], 3.0))
