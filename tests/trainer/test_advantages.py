"""Hand-derived values, goldens and refusals of the advantage functions."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from rvpo.trainer.advantages import (
    aggregate,
    explicit_variance_advantages,
    gdpo_advantages,
    grpo_advantages,
    hard_min_advantages,
    rvpo_advantages,
)
from rvpo.trainer.conventions import Conventions, Whiten
from rvpo.trainer.softmin import soft_min
from rvpo.trainer.whitening import whiten_advantages

NAN = math.nan
Reference = Callable[..., list[list[float]]]


def double(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize(
    ("z", "k", "expected"),
    [
        # -ln((e^-1 + 1) / 2) and -ln((e + 1) / 2): a dead second criterion damps good news more than bad.
        ((1.0, 0.0), 1.0, 0.379885),
        ((-1.0, 0.0), 1.0, -0.620115),
        # -ln((e^-2 + 1) / 2) / 2 and -ln((e^2 + 1) / 2) / 2
        ((1.0, 0.0), 2.0, 0.283110),
        ((-1.0, 0.0), 2.0, -0.716890),
        # -ln(cosh k) / k, beside Taylor's -k / 2: good only while k times the spread is below about 1
        ((1.0, -1.0), 0.5, -0.240229),
        ((1.0, -1.0), 1.0, -0.433781),
        ((1.0, -1.0), 2.0, -0.662501),
        ((1.0, -1.0), 5.0, -0.861380),
    ],
)
def test_soft_min_hand_values(z: tuple[float, float], k: float, expected: float) -> None:
    assert soft_min(double(z), k).item() == pytest.approx(expected, abs=2e-6)


def test_soft_min_is_mean_and_minimum_at_its_ends() -> None:
    z = double([[3.0, -1.0, 4.0], [0.0, 0.0, 6.0]])
    assert soft_min(z, 0.0).tolist() == [2.0, 2.0]
    assert soft_min(z, math.inf).tolist() == [-1.0, 0.0]


@pytest.mark.parametrize("k", [1e-300, 1e-12, 1e-6, 1e6, 1e300])
def test_soft_min_keeps_its_precision_for_every_k(k: float) -> None:
    z = double([0.25, -1.5, 0.75])
    mean, variance = z.mean().item(), z.var(correction=0).item()
    expected = mean - k / 2 * variance if k < 1 else -1.5 + math.log(3) / k
    assert soft_min(z, k).item() == pytest.approx(expected, rel=1e-11)


def test_soft_min_leaves_out_what_is_not_valid() -> None:
    z = double([[1.0, -9.0, 0.0], [5.0, 5.0, 5.0]])
    valid = torch.tensor([[True, False, True], [False, False, False]])
    assert soft_min(z, 1.0, valid).tolist() == pytest.approx([0.379885, 0.0], abs=2e-6)


@pytest.mark.parametrize("k", [-1.0, -1e-9, NAN, -math.inf])
def test_soft_min_refuses_a_bad_k(k: float) -> None:
    with pytest.raises(ValueError, match=rf"k is {k}; expected a number >= 0"):
        soft_min(double([1.0, 0.0]), k)


def test_refusals_name_value_and_expectation() -> None:
    with pytest.raises(ValueError, match=r"z has shape \(2, 0\); expected at least one criterion"):
        soft_min(torch.zeros(2, 0), 1.0)
    with pytest.raises(ValueError, match=r"rewards have shape \(2, 3\); expected \(P, G, C\)"):
        rvpo_advantages(torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"shape \(2, 3, 0\); every axis"):
        gdpo_advantages(torch.zeros(2, 3, 0))
    with pytest.raises(ValueError, match=r"torch.int64; expected a floating type"):
        grpo_advantages(torch.zeros(2, 3, 1, dtype=torch.long))
    with pytest.raises(ValueError, match="infinity"):
        hard_min_advantages(double([[[1.0], [math.inf]]]))
    with pytest.raises(ValueError, match=r"applicable is torch.bool of shape \(1, 2, 2\)"):
        rvpo_advantages(torch.zeros(1, 2, 1), applicable_PGC=torch.ones(1, 2, 2, dtype=torch.bool))
    with pytest.raises(
        ValueError, match="whiten is 'all'; expected one of batch, token, group, centred, none"
    ):
        rvpo_advantages(torch.zeros(1, 2, 1), whiten="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ddof is 2"):
        rvpo_advantages(torch.zeros(1, 2, 1), ddof=2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="eps is 0"):
        rvpo_advantages(torch.zeros(1, 2, 1), eps=0)


def test_a_masked_sample_stays_out_of_the_baseline() -> None:
    """NeMo-RL #3467: rewards 1, 1, 0, 0 with the second masked; over the rest the mean is 1/3 and the std 1/sqrt 3."""
    rewards = double([[[1.0], [NAN], [0.0], [0.0]]])
    found = rvpo_advantages(rewards, 1.0, whiten="none", eps=1e-12)
    assert found[0].tolist() == pytest.approx([1.154701, 0.0, -0.577350, -0.577350], abs=1e-6)
    assert grpo_advantages(rewards, eps=1e-12)[0].tolist() == pytest.approx(found[0].tolist())


def test_one_judged_sample_has_nothing_to_be_compared_with() -> None:
    """OpenRLHF #1239: 100 and 1, the first masked."""
    for method in (rvpo_advantages, gdpo_advantages, grpo_advantages, hard_min_advantages):
        assert method(double([[[NAN], [1.0]]])).tolist() == [[0.0, 0.0]]


def test_group_of_one_has_no_advantage() -> None:
    assert rvpo_advantages(double([[[0.3, 0.9]], [[1.0, 0.0]]])).tolist() == [[0.0], [0.0]]


def test_constant_criterion_stays_in_m_or_is_dropped() -> None:
    """G = 2, rewards 1 and 0: Z = +-sqrt(1/2). Kept, the constant one puts a 0 beside each."""
    rewards = double([[[1.0, 0.1], [0.0, 0.1]]])
    z = math.sqrt(0.5)
    kept = rvpo_advantages(rewards, 1.0, whiten="none", eps=1e-12)
    halves = [-math.log((math.exp(-side * z) + 1) / 2) for side in (1, -1)]
    assert kept[0].tolist() == pytest.approx(halves)
    dropped = rvpo_advantages(rewards, 1.0, whiten="none", eps=1e-12, keep_constant=False)
    assert dropped[0].tolist() == pytest.approx([z, -z])


def test_rounding_residue_is_no_signal() -> None:
    """0.1 + 0.2 and 0.3 differ by 6e-17; float32 thirds of ten differ by one ulp. Neither is a spread."""
    residue = double([[[0.1 + 0.2], [0.3], [0.3]]])
    assert aggregate(residue, "rvpo").z_PGC.abs().max() == 0
    third = torch.tensor(10 / 3)
    nearby = torch.stack([third, torch.nextafter(third, torch.tensor(9.0)), third]).view(1, 3, 1)
    assert aggregate(nearby, "rvpo").z_PGC.abs().max() == 0
    assert aggregate(nearby, conventions=Conventions(keep_constant=False)).scorable_PG.sum() == 0


def test_explicit_variance_is_mean_minus_beta_times_population_variance() -> None:
    """G = 2: Z rows are (s, -s) and (-s, s) with s = sqrt(1/2): mean 0, population variance 1/2."""
    rewards = double([[[1.0, 0.0], [0.0, 1.0]]])
    found = explicit_variance_advantages(rewards, 0.6, whiten="none", eps=1e-12)
    assert found[0].tolist() == pytest.approx([-0.3, -0.3])


def test_grpo_does_not_rank_a_row_by_the_criterion_its_judge_lost() -> None:
    """All rows fail the second criterion; the third row's verdict on it is lost, and it ranks with its equals."""
    rewards = double([[[1.0, 0.0], [1.0, 0.0], [1.0, NAN], [0.0, 0.0]]])
    found = grpo_advantages(rewards)[0]
    assert found[2].item() == pytest.approx(found[0].item())
    # Deviations of the first criterion: 1/4 three times and -3/4; sample std 1/2.
    assert found.tolist() == pytest.approx([0.5, 0.5, 0.5, -1.5], rel=1e-5)


def test_inapplicable_is_not_there_whatever_stands_in_its_place(reference: Reference) -> None:
    rewards = double([[[1.0, 7.0], [0.0, -7.0], [0.5, 0.0]]])
    applicable = torch.tensor([True, False]).expand(1, 3, 2)
    alone = [[[1.0], [0.0], [0.5]]]
    for k in (0.0, 1.0, math.inf):
        found = rvpo_advantages(rewards, k, applicable)
        assert found[0].tolist() == pytest.approx(reference(alone, k)[0])
    assert grpo_advantages(rewards, applicable_PGC=applicable)[0].tolist() == pytest.approx(
        reference(alone, 0.0, grpo=True)[0]
    )


def test_unjudged_row_gets_nothing_and_moves_nobody() -> None:
    judged = double([[[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]])
    hole = double([[NAN, NAN]]).expand(2, 1, 2)
    with_hole = torch.cat([judged, hole], dim=1)
    whitenings: tuple[Whiten, ...] = ("batch", "group", "centred", "none")
    for whiten in whitenings:
        found = rvpo_advantages(with_hole, 2.0, whiten=whiten)
        without = rvpo_advantages(judged, 2.0, whiten=whiten)
        assert found[:, 3].tolist() == [0.0, 0.0]
        torch.testing.assert_close(found[:, :3], without)


def test_whitenings() -> None:
    raw = double([[1.0, 3.0], [10.0, 14.0]])
    everyone = torch.ones(2, 2, dtype=torch.bool)
    batch = whiten_advantages(raw, everyone, "batch")
    assert batch.mean().item() == pytest.approx(0, abs=1e-12)
    assert batch.std().item() == pytest.approx(1, rel=1e-5)
    group = whiten_advantages(raw, everyone, "group")
    assert group.flatten().tolist() == pytest.approx([-math.sqrt(0.5), math.sqrt(0.5)] * 2, rel=1e-5)
    # Centred: -1, 1, -2, 2; their sample std is sqrt(10 / 3).
    centred = whiten_advantages(raw, everyone, "centred")
    assert (centred * math.sqrt(10 / 3)).flatten().tolist() == pytest.approx([-1, 1, -2, 2], rel=1e-5)


def test_rubrics_of_unlike_size_push_whole_prompts_unless_groups_are_centred() -> None:
    generator = torch.Generator().manual_seed(0)
    rewards = (torch.rand(64, 16, 17, generator=generator) < 0.5).double()
    applicable = torch.ones_like(rewards, dtype=torch.bool)
    applicable[::2, :, 5:] = False
    batch = rvpo_advantages(rewards, 2.0, applicable)
    assert batch[::2].mean() > 0.1 > -0.1 > batch[1::2].mean()
    centred = rvpo_advantages(rewards, 2.0, applicable, whiten="centred")
    assert centred.mean(dim=1).abs().max() < 1e-9


def test_raw_advantages_sink_as_k_rises() -> None:
    """17 independent fair criteria, G = 16. E Z^2 = 15/16, so the variance over criteria is 15/16 x 16/17 = 0.88 and
    Taylor puts the mean at -k/2 x 0.88 = -0.22 for k = 0.5."""
    generator = torch.Generator().manual_seed(1)
    rewards = (torch.rand(512, 16, 17, generator=generator) < 0.5).double()
    means = [rvpo_advantages(rewards, k, whiten="none").mean().item() for k in (0.0, 0.5, 1.0, 2.0, 5.0)]
    assert means[0] == pytest.approx(0, abs=1e-9)
    assert means[1] == pytest.approx(-0.22, abs=0.015)
    assert means == sorted(means, reverse=True)
    assert (rvpo_advantages(rewards, 5.0, whiten="none") > 0).double().mean() < 0.01


def test_keeps_the_dtype_of_the_rewards() -> None:
    rewards = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        assert rvpo_advantages(rewards.to(dtype)).dtype is dtype
