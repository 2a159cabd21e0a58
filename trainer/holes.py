"""What is done about verdicts that a judge failed to give, before rewards become advantages. Pure.

A hole is an entry that applies and has no reward (NaN). Up to a share of the reply's points it stays masked, or is filled
with what the group's other replies got there; beyond it, the reply is left out of its group. Which is the rubric's to
say (``on_invalid``). A group that has lost too many replies is not learnt from, and a step that has lost too many
points is no update (``guards.max_missing``). docs/design/holes.md has the measurements behind the defaults. Nothing
missing is ever scored 0.
"""

from typing import Final, NamedTuple

import torch
from torch import Tensor

from rvpo.rubrics import Rubric

LEAST_SIBLINGS: Final = 2
"""Replies of the group that must have a reward for an entry's mean to be taken."""

LEAST_JUDGED: Final = 0.5
"""Share of a group's replies, and two at least, that must be left for the group to be learnt from."""


class HolePolicy(NamedTuple):
    """A rubric's ``on_invalid`` as numbers, so that it can be gathered over processes beside the rewards."""

    max_missing: float
    fill: float
    """1: fill scattered holes with the group's mean."""
    drop: float
    """1: leave a reply with more missing out of the group."""

    @classmethod
    def of(cls, rubric: Rubric) -> "HolePolicy":
        """The policy of a rubric."""
        policy = rubric.on_invalid
        return cls(
            policy.max_missing,
            float(policy.scattered == "group_mean"),
            float(policy.otherwise == "drop_sample"),
        )


class Mended(NamedTuple):
    """Rewards as they are learnt from."""

    rewards_PGC: Tensor  # noqa: N815
    """NaN where there is still none."""
    filled_PGC: Tensor  # noqa: N815
    """Bool: a hole that was filled."""
    dropped_PG: Tensor  # noqa: N815
    """Bool: a reply that was left out."""
    skipped_P: Tensor  # noqa: N815
    """Bool: a group too few of whose replies were left; none of it is learnt from."""


def mend_holes(rewards_PGC: Tensor, applicable_PGC: Tensor, missing_PG: Tensor, policy_PG3: Tensor) -> Mended:
    """Fill scattered holes, leave out replies with too many, and groups with too few replies left.

    Args:
        rewards_PGC: Rewards, (P, G, C); NaN is a hole where ``applicable_PGC``.
        applicable_PGC: Bool: whether an entry applies.
        missing_PG: Share of each reply's points that was not judged, in [0, 1].
        policy_PG3: ``HolePolicy`` of each reply's rubric.
    """
    max_missing_PG, fill_PG, drop_PG = policy_PG3.unbind(dim=-1)
    much_PG = missing_PG > max_missing_PG + 1e-9
    dropped_PG = much_PG & (drop_PG > 0)
    valid_PGC = applicable_PGC & ~rewards_PGC.isnan() & ~dropped_PG.unsqueeze(-1)
    siblings_P1C = valid_PGC.sum(dim=1, keepdim=True)
    sums_P1C = torch.where(valid_PGC, rewards_PGC, 0.0).sum(dim=1, keepdim=True)
    means_P1C = sums_P1C / siblings_P1C.clamp(min=1)
    mendable_PG1 = (~much_PG & (fill_PG > 0)).unsqueeze(-1)
    holes_PGC = applicable_PGC & rewards_PGC.isnan()
    filled_PGC = holes_PGC & mendable_PG1 & (siblings_P1C >= LEAST_SIBLINGS)
    mended_PGC = torch.where(filled_PGC, means_P1C, rewards_PGC).masked_fill(
        dropped_PG.unsqueeze(-1), torch.nan
    )
    skipped_P = _too_few_left(applicable_PGC, applicable_PGC & ~mended_PGC.isnan())
    mended_PGC = mended_PGC.masked_fill(skipped_P[:, None, None], torch.nan)
    return Mended(mended_PGC, filled_PGC & ~skipped_P[:, None, None], dropped_PG, skipped_P)


def _too_few_left(applicable_PGC: Tensor, valid_PGC: Tensor) -> Tensor:
    """Groups of which fewer than two replies, or than ``LEAST_JUDGED``, have a reward, because of the judge: (P,)."""
    judgeable_P = applicable_PGC.any(dim=-1).sum(dim=1)
    left_P = valid_PGC.any(dim=-1).sum(dim=1)
    least_P = (LEAST_JUDGED * judgeable_P).clamp(min=2)
    return (left_P < judgeable_P) & (left_P < least_P)
