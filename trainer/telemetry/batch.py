"""What the log of a step says about its rewards, its advantages and its judge. Pure."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

import torch
from torch import Tensor

from rvpo.judges.records import Status
from rvpo.trainer.advantages import Advantages, Method, attention_weights
from rvpo.trainer.softmin import soft_min
from rvpo.trainer.telemetry.criteria import Cells, criterion_figures

CAUSES: Final = tuple(status for status in get_args(Status) if status not in {"ok", "not_applicable"})
"""Why a criterion has no verdict, by the judges' names."""
UNREACHED: Final = frozenset({"timeout", "rate_limited", "transport"})
"""Those that say nothing of the answer, only that the judge could not be reached."""


RISKY: Final = frozenset({"rvpo", "entropic"})
"""Methods that have a risk coefficient."""
PENALISED: Final = frozenset({"rvpo", "hard_min", "explicit_variance"})
"""Methods that take something from the mean of the z-scores; the others' aggregates are not on its scale."""


class Facts(NamedTuple):
    """What is known of each completion beside its rewards, one figure a completion; NaN is unknown."""

    criteria: Tensor
    """Criteria that apply."""
    asked: Tensor
    """Of them, those that a judge was asked, not a rule."""
    cached: Tensor
    """Of them, those answered from the store."""
    usd: Tensor
    """Price of the verdicts."""
    score: Tensor
    """The rubric's score."""
    gold: Tensor
    """The gold judge's score, where it was asked."""
    waited_s: Tensor
    """How long its process stood waiting for the judge."""
    down_s: Tensor
    """How much of that because the judge was down."""


class Batch(NamedTuple):
    """One batch as it was judged, over all processes."""

    rewards_PGC: Tensor  # noqa: N815
    """NaN where inapplicable or not judged."""
    applicable_PGC: Tensor  # noqa: N815
    labels_PGC: Tensor  # noqa: N815
    """Place of each entry's label; -1 where there is none."""
    causes_NS: Tensor  # noqa: N815
    """Criteria without a verdict, by ``CAUSES``."""
    facts: Facts
    lengths_PG: Tensor  # noqa: N815
    """Tokens of each completion."""


def batch_figures(
    batch: Batch, found: Advantages, labels: Sequence[str], method: Method = "rvpo", k: float = 1.0
) -> dict[str, float]:
    """Figures of one batch; a figure that nothing was judged for is left out.

    Args:
        batch: The batch.
        found: The advantages made from it.
        labels: Names of the labels.
        method: How the advantages were made.
        k: Risk coefficient they were made with.
    """
    rewards_PGC = batch.rewards_PGC.double()
    judged_PGC = ~rewards_PGC.isnan() & batch.applicable_PGC
    row_PG = torch.where(judged_PGC, rewards_PGC, 0.0).sum(dim=-1) / judged_PGC.sum(dim=-1)
    figures = {
        "reward": row_PG.nanmean(),
        "reward_std": _nanstd(row_PG),
        "score": batch.facts.score.nanmean(),
        "rvpo/coverage": judged_PGC.sum() / batch.applicable_PGC.sum(),
        "rvpo/unjudged_rows": unjudged_rows(rewards_PGC, batch.applicable_PGC).double().mean(),
        **_advantage_figures(found),
        **_judge_figures(batch),
    }
    if method in RISKY:
        figures["rvpo/k"] = torch.tensor(k, dtype=torch.float64)
    if method in PENALISED:
        mean_PG = soft_min(found.z_PGC, 0.0, found.valid_PGC, found.weights_PGC)
        figures["rvpo/variance_penalty"] = (mean_PG - found.raw_PG)[found.scorable_PG].mean()
    risk = {"rvpo": k, "gdpo": 0.0, "hard_min": math.inf}.get(method)
    attention_PGC = None if risk is None else attention_weights(found, risk)
    telling_PG = found.scorable_PG & (found.z_PGC != 0).any(dim=-1)
    if attention_PGC is not None:
        log_PGC = torch.where(attention_PGC > 0, attention_PGC, 1.0).log()
        attended_PG = (-(attention_PGC * log_PGC).sum(dim=-1)).exp()
        figures["rvpo/attended"] = attended_PG[telling_PG].mean()
    floats = {name: float(value) for name, value in figures.items() if not math.isnan(float(value))}
    return floats | criterion_figures(
        Cells(rewards_PGC, batch.labels_PGC),
        attention_PGC=attention_PGC,
        bottleneck_PGC=bottlenecks(found),
        telling_PG=telling_PG,
        lengths_PG=batch.lengths_PG,
        labels=labels,
    )


def unjudged_rows(rewards_PGC: Tensor, applicable_PGC: Tensor) -> Tensor:
    """Completions that have no reward although a criterion applies to them: bool, (P, G)."""
    return applicable_PGC.any(dim=-1) & rewards_PGC.isnan().logical_or(~applicable_PGC).all(dim=-1)


def unreached_share(batch: Batch) -> float:
    """Share of what the judge was asked that it could not be reached for."""
    places = [place for place, cause in enumerate(CAUSES) if cause in UNREACHED]
    return float(batch.causes_NS[:, places].sum() / batch.facts.asked.sum().clamp(min=1))


def bottlenecks(found: Advantages) -> Tensor:
    """How far each criterion is its row's worst, (P, G, C): 1 for the worst, ties shared, 0 in rows without any."""
    z_PGC = found.z_PGC.masked_fill(~found.valid_PGC, torch.inf)
    worst_PGC = (z_PGC == z_PGC.amin(dim=-1, keepdim=True)) & found.valid_PGC
    return worst_PGC / worst_PGC.sum(dim=-1, keepdim=True).clamp(min=1)


def _advantage_figures(found: Advantages) -> dict[str, Tensor]:
    """Before whitening: mean and positive share; after it: the spread of the prompts' means."""
    raw = found.raw_PG[found.scorable_PG]
    spread_PG = torch.where(found.scorable_PG.any(dim=1), found.raw_PG.abs().amax(dim=1), 0.0)
    scorable_P = found.scorable_PG.sum(dim=1)
    prompt_P = (torch.where(found.scorable_PG, found.advantages_PG, 0.0).sum(dim=1) / scorable_P)[
        scorable_P > 0
    ]
    return {
        "rvpo/dead_groups": (spread_PG == 0).double().mean(),
        "rvpo/raw_advantage_mean": raw.mean(),
        "rvpo/raw_advantage_positive": (raw > 0).double().mean(),
        "rvpo/prompt_mean_spread": _nanstd(prompt_P),
        "rvpo/advantage_std": _nanstd(found.advantages_PG),
    }


def _judge_figures(batch: Batch) -> dict[str, Tensor]:
    """Waiting, price and failures; a cause is given where it occurs."""
    facts = batch.facts
    asked, criteria = facts.asked.sum(), facts.criteria.sum().clamp(min=1)
    causes_S = batch.causes_NS.sum(dim=0) / criteria
    return {
        "rvpo/judge_wait_s": facts.waited_s.max(),
        "judge/asked": asked,
        "judge/cached": facts.cached.sum() / asked if asked else torch.tensor(torch.nan),
        "judge/usd": facts.usd.sum(),
        **({"guards/judge_down_s": facts.down_s.max()} if facts.down_s.max() > 0 else {}),
        **{f"holes/{cause}": share for cause, share in zip(CAUSES, causes_S, strict=True) if share > 0},
    }


def _nanstd(values: Tensor) -> Tensor:
    known = values[~values.isnan()]
    return known.std() if len(known) > 1 else torch.tensor(torch.nan)
