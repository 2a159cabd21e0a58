"""What the log of a step says about its rewards and advantages. Pure."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from rvpo.trainer.advantages import Advantages


def step_metrics(
    rewards_PGC: Tensor, applicable_PGC: Tensor, found: Advantages, names: Sequence[str]
) -> dict[str, float]:
    """Figures of one batch; a figure that nothing was judged for is left out.

    Args:
        rewards_PGC: Rewards, NaN where inapplicable or not judged.
        applicable_PGC: Bool: in the prompt's rubric.
        found: The advantages made from them.
        names: Of the C columns.
    """
    rewards_PGC = rewards_PGC.double()
    judged_PGC = ~rewards_PGC.isnan() & applicable_PGC
    row_PG = rewards_PGC.nanmean(dim=-1)
    spread_PG = torch.where(found.scorable_PG.any(dim=1), found.raw_PG.abs().amax(dim=1), 0.0)
    raw = found.raw_PG[found.scorable_PG]
    figures = {
        "reward": row_PG.nanmean(),
        "reward_std": _nanstd(row_PG),
        "rvpo/coverage": judged_PGC.sum() / applicable_PGC.sum().clamp(min=1),
        "rvpo/unjudged_rows": (~judged_PGC.any(dim=-1)).double().mean(),
        "rvpo/dead_groups": (spread_PG == 0).double().mean(),
        "rvpo/raw_advantage_mean": raw.mean(),
        "rvpo/raw_advantage_positive": (raw > 0).double().mean(),
        "rvpo/advantage_std": found.advantages_PG.std(),
    }
    for name, column_PG in zip(names, rewards_PGC.unbind(dim=-1), strict=True):
        figures[f"rewards/{name}/mean"] = column_PG.nanmean()
        figures[f"rewards/{name}/std"] = _nanstd(column_PG)
    for name, share in zip(names, bottleneck_shares(found), strict=True):
        figures[f"rvpo/bottleneck/{name}"] = share
    return {name: float(value) for name, value in figures.items() if not math.isnan(float(value))}


def bottleneck_shares(found: Advantages) -> Tensor:
    """How often each criterion is the row's worst, (C,), summing to 1; ties are shared.

    Rows in which nothing varies have no worst criterion and are left out; NaN if all are.
    """
    z_PGC = found.z_PGC.masked_fill(~found.valid_PGC, torch.inf)
    worst_PGC = (z_PGC == z_PGC.amin(dim=-1, keepdim=True)) & found.valid_PGC
    telling_PG = found.scorable_PG & (found.z_PGC != 0).any(dim=-1)
    shares_PGC = worst_PGC / worst_PGC.sum(dim=-1, keepdim=True).clamp(min=1)
    return shares_PGC[telling_PG].mean(dim=0)


def _nanstd(values: Tensor) -> Tensor:
    known = values[~values.isnan()]
    return known.std() if len(known) > 1 else torch.tensor(torch.nan)
