"""What to do about verdicts that a judge failed to give: the error in the advantages under each policy.

    python bench/holes.py

Prompts with rubrics of 5 to 17 criteria of 1 to 10 points, G = 8 replies of unlike quality, yes-or-no verdicts. The
advantages with every verdict known are the truth; then verdicts are lost, scattered or reply by reply, and each policy
makes what it can of the rest. Printed: the root mean square error over the groups that lost something, and the shift of
the replies that did, for RVPO (k = 1) and GDPO, whitened over the batch. Then, for the group's threshold: what is left of
the truth in a group of 8 of which only so many replies were judged; and for the step's: in a batch that lost so much.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rvpo.trainer.advantages import Method, aggregate
from rvpo.trainer.holes import mend_holes

PROMPTS, GROUP, WIDEST, ROUNDS = 64, 8, 17, 40
SHARES = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 1.0))

Policy = Callable[[Tensor, Tensor, Tensor], Tensor]
Losses = Callable[[tuple[int, ...], torch.Generator], Tensor]


def batch(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Rewards, applicability and points of one batch."""
    sizes_P = torch.randint(5, WIDEST + 1, (PROMPTS,), generator=generator)
    applicable_PGC = (torch.arange(WIDEST) < sizes_P[:, None])[:, None, :].expand(-1, GROUP, -1)
    points_PGC = (
        torch.randint(1, 11, (PROMPTS, 1, WIDEST), generator=generator).double().expand(-1, GROUP, -1)
    )
    ease_P1C = torch.randn(PROMPTS, 1, WIDEST, generator=generator) * 1.5
    quality_PG1 = torch.randn(PROMPTS, GROUP, 1, generator=generator)
    chance_PGC = torch.sigmoid(ease_P1C + quality_PG1)
    rewards_PGC = (torch.rand(chance_PGC.shape, generator=generator) < chance_PGC).double()
    return rewards_PGC.masked_fill(~applicable_PGC, torch.nan), applicable_PGC, points_PGC * applicable_PGC


def fixed(max_missing: float, *, fill: bool, drop: bool) -> Policy:
    """A policy of the product, with its settings."""

    def mend(rewards_PGC: Tensor, applicable_PGC: Tensor, missing_PG: Tensor) -> Tensor:
        settings = torch.tensor([max_missing, float(fill), float(drop)]).expand(PROMPTS, GROUP, 3)
        return mend_holes(rewards_PGC, applicable_PGC, missing_PG, settings).rewards_PGC

    return mend


def not_met(rewards_PGC: Tensor, applicable_PGC: Tensor, _missing_PG: Tensor) -> Tensor:
    """What most systems do: a judge failure is a 0."""
    return torch.where(applicable_PGC & rewards_PGC.isnan(), 0.0, rewards_PGC)


POLICIES: dict[str, Policy] = {
    "count as not met": not_met,
    "leave the hole out": fixed(1.0, fill=False, drop=False),
    "mean of the siblings": fixed(1.0, fill=True, drop=False),
    "leave the reply out": fixed(0.0, fill=False, drop=True),
    "siblings to 20 %, else out": fixed(0.2, fill=True, drop=True),
    "hole out to 20 %, else reply": fixed(0.2, fill=False, drop=True),
}


def scattered(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Each verdict is lost with 5 %."""
    return torch.rand(shape, generator=generator) < 0.05


def whole(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Each reply is lost with 5 %."""
    return (torch.rand(shape[:2], generator=generator) < 0.05)[..., None].expand(shape)


def share_lost(low: float, high: float) -> Losses:
    """The first reply of each group loses each verdict with a chance between ``low`` and ``high``."""

    def lose(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        chance_P11 = low + (high - low) * torch.rand((shape[0], 1, 1), generator=generator)
        lost_PGC = torch.rand(shape, generator=generator) < chance_P11
        lost_PGC[:, 1:] = False
        return lost_PGC

    return lose


def measure(lose: Losses, method: Method, policy: Policy) -> tuple[float, float]:
    """Root mean square error in the groups hit, and mean shift of the replies hit."""
    generator = torch.Generator().manual_seed(0)
    errors, shifts = [], []
    for _ in range(ROUNDS):
        rewards_PGC, applicable_PGC, points_PGC = batch(generator)
        lost_PGC = lose(tuple(rewards_PGC.shape), generator) & applicable_PGC
        missing_PG = (points_PGC * lost_PGC).sum(-1) / points_PGC.sum(-1)
        truth_PG = aggregate(rewards_PGC, method, applicable_PGC=applicable_PGC).advantages_PG
        mended_PGC = policy(rewards_PGC.masked_fill(lost_PGC, torch.nan), applicable_PGC, missing_PG)
        found = aggregate(mended_PGC, method, applicable_PGC=applicable_PGC)
        learnt_PG = found.scorable_PG  # a reply that was left out is not learnt from: it has no error
        hit_PG = lost_PGC.any(-1)
        error_PG = found.advantages_PG - truth_PG
        errors.append(error_PG[hit_PG.any(-1, keepdim=True) & learnt_PG])
        shifts.append(error_PG[hit_PG & learnt_PG])
    shift = torch.cat(shifts)
    return torch.cat(errors).square().mean().sqrt().item(), shift.mean().item() if len(shift) else 0.0


def left_of_a_group(left: int) -> tuple[float, float]:
    """Root mean square error of the replies left, and their correlation with the truth, in groups of ``left`` of 8."""

    def lose(shape: tuple[int, ...], _generator: torch.Generator) -> Tensor:
        lost_PGC = torch.zeros(shape, dtype=torch.bool)
        lost_PGC[: PROMPTS // 8, left:] = (
            True  # one group in eight, as a judge fails for a prompt that is too long
        )
        return lost_PGC

    return agreement(lose, slice(0, PROMPTS // 8))


def lost_of_a_batch(share: float) -> tuple[float, float]:
    """The same over a whole batch of which this share of the verdicts was lost, reply by reply."""

    def lose(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return (torch.rand(shape[:2], generator=generator) < share)[..., None].expand(shape)

    return agreement(lose, slice(None))


def agreement(lose: Losses, groups: slice) -> tuple[float, float]:
    """Error and correlation of RVPO's advantages, over the replies judged of these groups."""
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(ROUNDS):
        rewards_PGC, applicable_PGC, _ = batch(generator)
        lost_PGC = lose(tuple(rewards_PGC.shape), generator) & applicable_PGC
        truth_PG = aggregate(rewards_PGC, applicable_PGC=applicable_PGC).advantages_PG
        found = aggregate(rewards_PGC.masked_fill(lost_PGC, torch.nan), applicable_PGC=applicable_PGC)
        kept_PG = found.scorable_PG[groups]
        pairs.append(torch.stack([truth_PG[groups][kept_PG], found.advantages_PG[groups][kept_PG]]))
    both = torch.cat(pairs, dim=1)
    return (both[0] - both[1]).square().mean().sqrt().item(), torch.corrcoef(both)[0, 1].item()


def main() -> None:
    """Print the tables."""
    kinds: dict[str, Losses] = {"scattered, 5 %": scattered, "whole replies, 5 %": whole}
    kinds |= {f"one reply, {low:.0%} to {high:.0%} lost": share_lost(low, high) for low, high in SHARES}
    for name, lose in kinds.items():
        print(f"\n{name:34}  RVPO rmse  shift    GDPO rmse  shift")
        for label, policy in POLICIES.items():
            rvpo, gdpo = (measure(lose, method, policy) for method in ("rvpo", "gdpo"))
            print(f"  {label:32}  {rvpo[0]:9.3f}  {rvpo[1]:+.3f}   {gdpo[0]:9.3f}  {gdpo[1]:+.3f}")
    print("\nreplies left of 8, in one group of eight   RVPO rmse  correlation")
    for left in range(7, 1, -1):
        error, correlation = left_of_a_group(left)
        print(f"  {left:<38}  {error:9.3f}  {correlation:11.3f}")
    print("\nreplies lost of the batch                  RVPO rmse  correlation")
    for share in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5):
        error, correlation = lost_of_a_batch(share)
        print(f"  {share:<38.0%}  {error:9.3f}  {correlation:11.3f}")


if __name__ == "__main__":
    main()
