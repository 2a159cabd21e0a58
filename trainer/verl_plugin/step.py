"""The samples of one verl step -> one advantage each, and the step's figures. Pure.

verl's groups may be ragged (a sample that failed is not there) and in any order, and a session may have left several rows.
What is given here is one sample a session; rows that pad a group apply to nothing, and so count nowhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rvpo.trainer.advantages import aggregate
from rvpo.trainer.holes import mend_holes
from rvpo.trainer.learning import Learning
from rvpo.trainer.schedule import k_at
from rvpo.trainer.telemetry.batch import Batch, Facts, batch_figures, unjudged_rows
from rvpo.trainer.verl_plugin.reply import Reply, stack


class Sample(NamedTuple):
    """One sampled reply."""

    group: str
    """Of the prompt's sampling: verl's ``uid``."""
    reply: Reply
    tokens: int
    """That the loss counts."""


class Step(NamedTuple):
    """What a step learns from."""

    advantages_N: Tensor  # noqa: N815
    """float64, in the order of the samples."""
    figures: dict[str, float]


def step_of(samples: Sequence[Sample], learning: Learning, progress: float) -> Step:
    """Make the advantages of one step.

    Args:
        samples: One for each session.
        learning: The method.
        progress: 0 at the first step of the run, 1 at the last.

    Raises:
        FloatingPointError: An advantage is not finite.
    """
    rows = stack([sample.reply for sample in samples])
    places_PG = _places([sample.group for sample in samples])
    there_PG = places_PG >= 0
    at_PG = places_PG.clamp(min=0)
    rewards_PGC = rows.rewards_NC[at_PG].masked_fill(~there_PG.unsqueeze(-1), torch.nan)
    applicable_PGC = rows.applicable_NC[at_PG] & there_PG.unsqueeze(-1)
    weights_PGC = rows.weights_NC[at_PG]
    lengths_PG = torch.tensor([sample.tokens for sample in samples])[at_PG] * there_PG
    mended = mend_holes(rewards_PGC, applicable_PGC, rows.missing_N[at_PG], rows.policy_N3[at_PG])
    k = k_at(learning.k, progress)
    found = aggregate(
        mended.rewards_PGC,
        learning.method,
        k=k,
        beta_variance=learning.beta_variance,
        applicable_PGC=applicable_PGC,
        weights_PGC=weights_PGC,
        lengths_PG=lengths_PG,
        conventions=learning.conventions,
    )
    if not found.advantages_PG.isfinite().all():
        raise FloatingPointError("advantages are not finite")
    advantages_N = torch.zeros(len(samples), dtype=torch.float64)
    advantages_N[places_PG[there_PG]] = found.advantages_PG[there_PG]
    labels_PGC = rows.labels_NC[at_PG].masked_fill(~there_PG.unsqueeze(-1), -1)
    batch = Batch(
        rewards_PGC, applicable_PGC, labels_PGC, rows.causes_NS, Facts(*rows.facts_NF.unbind(-1)), lengths_PG
    )
    figures = batch_figures(batch, found, rows.labels, learning.method, k)
    unjudged_PG = unjudged_rows(rewards_PGC, applicable_PGC)
    figures |= {
        "rvpo/advantage_std": float(found.advantages_PG[there_PG].std()),
        "rvpo/unjudged_rows": float(unjudged_PG[there_PG].double().mean()),
        "rvpo/filled": float(mended.filled_PGC.sum() / applicable_PGC.sum().clamp(min=1)),
        "rvpo/dropped_rows": float(mended.dropped_PG[there_PG].double().mean()),
    }
    return Step(advantages_N, {name if "/" in name else f"rvpo/{name}": figures[name] for name in figures})


def _places(groups: Sequence[str]) -> Tensor:
    """Where each group's samples stand, (P, G); -1 pads."""
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    most = max(len(each) for each in members.values())
    return torch.tensor([each + [-1] * (most - len(each)) for each in members.values()])
