"""Z-scores of each criterion within the group of samples of one prompt.

Source: GDPO (arXiv 2601.05242), step 1, which RVPO (arXiv 2605.05750) takes over: sample standard deviation plus
an ``eps`` of 1e-6, as the verl code of GDPO's authors has it. Departures: a hole (NaN) is left out of its
criterion's mean and deviation instead of counting as 0, and a criterion that does not vary in a group gets exactly
Z = 0 there, decided by its relative spread, so that rounding residue divided by ``eps`` cannot pass for a signal.

Pure; torch in, torch out. Shapes: P prompts, G samples of a prompt, C criteria.
"""

import torch
from torch import Tensor

from rvpo.trainer.conventions import Baseline

SPREAD_FLOOR = 1e-6
"""A criterion varies in a group if some sample is further from the mean than this share of the magnitudes there."""


def check_rewards(rewards_PGC: Tensor, applicable_PGC: Tensor | None) -> None:
    """Refuse what is not a reward tensor.

    Raises:
        ValueError: Wrong rank, an empty axis, whole numbers, or a mask of another shape or type.
    """
    shape = tuple(rewards_PGC.shape)
    if rewards_PGC.dim() != 3:
        raise ValueError(
            f"rewards have shape {shape}; expected (P, G, C): prompts, samples of a prompt, criteria"
        )
    if 0 in shape:
        raise ValueError(f"rewards have shape {shape}; every axis of (P, G, C) must hold at least one")
    if not rewards_PGC.is_floating_point():
        raise ValueError(f"rewards are {rewards_PGC.dtype}; expected a floating type, with NaN for a hole")
    if applicable_PGC is not None and (
        applicable_PGC.shape != rewards_PGC.shape or applicable_PGC.dtype != torch.bool
    ):
        found = f"{applicable_PGC.dtype} of shape {tuple(applicable_PGC.shape)}"
        raise ValueError(f"applicable is {found}; expected torch.bool of the rewards' shape {shape}")


def deviations(rewards_PGC: Tensor, applicable_PGC: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Subtract from each reward its criterion's mean in the group.

    Args:
        rewards_PGC: Rewards, (P, G, C); NaN is a hole.
        applicable_PGC: Bool, (P, G, C): whether a criterion is in the prompt's rubric; all of them by default.

    Returns:
        ``deviations_PGC``, float64, exactly 0 where the criterion does not count or does not vary in the group; and
        ``valid_PGC``, bool: where it counts, being applicable and judged.

    Raises:
        ValueError: The rewards are not a reward tensor (see ``check_rewards``), or one is infinite.
    """
    check_rewards(rewards_PGC, applicable_PGC)
    absent_PGC = rewards_PGC.isnan()
    if applicable_PGC is not None:
        absent_PGC |= ~applicable_PGC
    valid_PGC = ~absent_PGC
    rewards_PGC = rewards_PGC.double().masked_fill(absent_PGC, 0.0)
    mean_P1C = rewards_PGC.sum(dim=1, keepdim=True) / valid_PGC.sum(dim=1, keepdim=True).clamp(min=1)
    if not mean_P1C.isfinite().all():
        raise ValueError("rewards hold an infinity; expected finite numbers, or NaN for a hole")
    deviations_PGC = (rewards_PGC - mean_P1C).masked_fill_(absent_PGC, 0.0)
    furthest_P1C = deviations_PGC.abs().amax(dim=1, keepdim=True)
    varies_P1C = furthest_P1C > SPREAD_FLOOR * (furthest_P1C + mean_P1C.abs())
    return deviations_PGC * varies_P1C, valid_PGC


def normalise_in_group(
    rewards_PGC: Tensor,
    applicable_PGC: Tensor | None = None,
    eps: float = 1e-6,
    ddof: int = 1,
    baseline: Baseline = "group",
) -> tuple[Tensor, Tensor]:
    """Return each criterion's z-scores within its group, and where they count.

    Args:
        rewards_PGC: Rewards, (P, G, C); NaN is a hole.
        applicable_PGC: Bool, (P, G, C): whether a criterion is in the prompt's rubric; all of them by default.
        eps: Added to the standard deviation.
        ddof: 1 divides by n - 1 (sample), 0 by n (population).
        baseline: Measure a sample by its whole group, or by the others in it (see ``_leave_one_out``).

    Returns:
        ``z_PGC``, float64, exactly 0 where a criterion does not count or does not vary; and ``valid_PGC``, bool.
        With one valid sample Z is 0.

    Raises:
        ValueError: As for ``deviations``; or ``eps`` or ``ddof`` is out of range.
    """
    if ddof not in {0, 1}:
        raise ValueError(f"ddof is {ddof}; expected 1 (sample) or 0 (population)")
    if not 0 < eps < float("inf"):
        raise ValueError(f"eps is {eps}; expected a small number > 0")
    deviations_PGC, valid_PGC = deviations(rewards_PGC, applicable_PGC)
    count_P1C = valid_PGC.sum(dim=1, keepdim=True)
    squares_P1C = deviations_PGC.square().sum(dim=1, keepdim=True)
    if baseline == "leave_one_out":
        return _leave_one_out(deviations_PGC, squares_P1C, count_P1C, eps, ddof), valid_PGC
    std_P1C = (squares_P1C / (count_P1C - ddof).clamp(min=1)).sqrt()
    return deviations_PGC / (std_P1C + eps), valid_PGC


def from_the_others(deviations_PGC: Tensor, count_P1C: Tensor) -> Tensor:
    """Turn deviations from the group's mean into those from the mean of the n - 1 others: n / (n - 1) times as far."""
    return deviations_PGC * (count_P1C / (count_P1C - 1).clamp(min=1))


def _leave_one_out(
    deviations_PGC: Tensor, squares_P1C: Tensor, count_P1C: Tensor, eps: float, ddof: int
) -> Tensor:
    """Z by the mean and the deviation of the others, as NeMo-RL takes it; undivided where the others do not vary.

    With d the deviation from the group's mean, the others' squares about their own mean are S - d^2 n / (n - 1).
    """
    distance_PGC = from_the_others(deviations_PGC, count_P1C)
    others_PGC = squares_P1C - deviations_PGC * distance_PGC
    degrees_P1C = count_P1C - 1 - ddof
    alike_PGC = (others_PGC <= SPREAD_FLOOR**2 * squares_P1C) | (degrees_P1C <= 0)
    std_PGC = (others_PGC.clamp_(min=0.0) / degrees_P1C.clamp(min=1)).sqrt()
    return distance_PGC / (std_PGC + eps).masked_fill_(alike_PGC, 1.0)
