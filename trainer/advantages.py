"""From reward vectors to advantages: RVPO and the baselines it is compared with, as pure functions.

Sources: RVPO (arXiv 2605.05750): A = -(1/k) ln((1/M) sum_j exp(-k Z_j)), whitened over the batch; its ablations
(explicit variance, hard-min); ours, ``entropic``, which takes the SoftMin before it normalises; GDPO (arXiv 2601.05242), as a mean over criteria, which is how the RVPO paper writes it,
or as the sum of GDPO's code; GRPO (arXiv 2402.03300) on the sum of the rewards; Dr. GRPO (arXiv 2503.20783), which does
not divide by the deviation. What the papers leave open is in ``Conventions``.

Holes. A reward can be absent in two ways: its criterion is not in this prompt's rubric (``applicable`` is False), or
the judge failed (NaN where ``applicable`` is True). Either way it is left out of every mean, deviation, SoftMin and of
M; in GRPO's sum and in the entropic utility it deviates from its group by nothing, that is, it stands at the group's mean (a sum of what is left
would rank a row by how hard its missing criterion is). A row without any judged criterion gets advantage 0 and stays
out of the statistics of whitening. Nothing absent is ever scored 0.

Pure; float64 inside (in float32 the residue of a constant column divided by ``eps`` shows). The short forms take torch
tensors or NumPy arrays and return their like, in the dtype of the rewards; the numbers are the same.
Shapes: P prompts, G samples of a prompt (the group), C criteria.
"""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from rvpo.trainer.arrays import AnyArray, Array, as_tensor, like
from rvpo.trainer.conventions import Conventions, Ddof, Whiten
from rvpo.trainer.normalise import deviations, from_the_others, normalise_in_group
from rvpo.trainer.softmin import check_k, soft_min
from rvpo.trainer.whitening import whiten_advantages

Method = Literal["rvpo", "gdpo", "grpo", "dr_grpo", "explicit_variance", "hard_min", "entropic"]
PAPER = Conventions()


class Advantages(NamedTuple):
    """Advantages, and what the logs want to know of how they came about. All float64 or bool."""

    advantages_PG: Tensor  # noqa: N815
    raw_PG: Tensor  # noqa: N815
    """Before whitening."""
    scorable_PG: Tensor  # noqa: N815
    """False where no criterion of the row counts: its advantage is 0."""
    z_PGC: Tensor  # noqa: N815
    valid_PGC: Tensor  # noqa: N815
    weights_PGC: Tensor | None = None  # noqa: N815
    """What each entry weighed; ``None``: all the same."""


def aggregate(
    rewards_PGC: Tensor,
    method: Method = "rvpo",
    *,
    k: float = 1.0,
    beta_variance: float = 0.5,
    applicable_PGC: Tensor | None = None,
    weights_PGC: Tensor | None = None,
    lengths_PG: Tensor | None = None,
    conventions: Conventions = PAPER,
) -> Advantages:
    """Advantages by any of the methods, with the steps behind them; the functions below are its short forms.

    Args:
        rewards_PGC: Rewards, (P, G, C); NaN is a hole.
        method: Which aggregate.
        k: Risk coefficient of ``rvpo`` and ``entropic``.
        beta_variance: Weight of the variance in ``explicit_variance``.
        applicable_PGC: Bool, (P, G, C): whether a criterion is in the prompt's rubric.
        weights_PGC: What each entry weighs in the mean, the SoftMin or the sum, relative to the others of its row;
            1 by default. The hard minimum asks only whether it is 0.
        lengths_PG: Tokens of each completion, for ``whiten: token``.
        conventions: Deviations, total, whitening. ``grpo``, ``dr_grpo`` and ``entropic`` are whole after the group:
            no whitening.

    Raises:
        ValueError: Rewards, ``k`` or an option are not what they should be; the message gives value and expectation.
    """
    told = conventions
    z_PGC, valid_PGC = normalise_in_group(rewards_PGC, applicable_PGC, told.eps, told.ddof, told.baseline)
    if not told.keep_constant:
        valid_PGC = valid_PGC & (z_PGC != 0).any(dim=1, keepdim=True)
    if weights_PGC is not None:
        valid_PGC = valid_PGC & (weights_PGC > 0)
    scorable_PG = valid_PGC.any(dim=-1)
    if method in {"grpo", "dr_grpo", "entropic"}:
        if method == "entropic":
            summed_PG = _utility(rewards_PGC, applicable_PGC, weights_PGC, k)
        else:
            summed_PG = _summed(rewards_PGC, applicable_PGC, weights_PGC)
        whole_PG = _in_group(summed_PG, scorable_PG, told, divide=method != "dr_grpo")
        return Advantages(whole_PG, whole_PG, scorable_PG, z_PGC, valid_PGC, weights_PGC)
    if method == "explicit_variance":
        mean_PG = soft_min(z_PGC, 0.0, valid_PGC, weights_PGC)
        variance_PG = soft_min((z_PGC - mean_PG.unsqueeze(-1)).square(), 0.0, valid_PGC, weights_PGC)
        raw_PG = mean_PG - beta_variance * variance_PG
    elif method == "gdpo" and told.total == "sum":
        heavy_PGC = z_PGC if weights_PGC is None else z_PGC * weights_PGC
        raw_PG = heavy_PGC.masked_fill(~valid_PGC, 0.0).sum(dim=-1)
    else:
        risk = {"rvpo": k, "gdpo": 0.0, "hard_min": math.inf}[method]
        raw_PG = soft_min(z_PGC, risk, valid_PGC, weights_PGC)
    white_PG = whiten_advantages(
        raw_PG, scorable_PG, told.whiten, told.whiten_eps, told.ddof, told.whiten_eps_in, lengths_PG
    )
    return Advantages(white_PG, raw_PG, scorable_PG, z_PGC, valid_PGC, weights_PGC)


def _summed(rewards_PGC: Tensor, applicable_PGC: Tensor | None, weights_PGC: Tensor | None) -> Tensor:
    """Each row's weighted sum, less its group's mean; what is absent stands at the mean."""
    apart_PGC, _ = deviations(rewards_PGC, applicable_PGC)
    return (apart_PGC if weights_PGC is None else apart_PGC * weights_PGC).sum(dim=-1)


def _utility(
    rewards_PGC: Tensor, applicable_PGC: Tensor | None, weights_PGC: Tensor | None, k: float
) -> Tensor:
    """Each row's entropic utility -(1/k) ln((1/M) sum_j exp(-k R_j)) of the rewards themselves; a hole is at the mean."""
    apart_PGC, valid_PGC = deviations(rewards_PGC, applicable_PGC)
    known_PGC = rewards_PGC.double().masked_fill(~valid_PGC, 0.0)
    count_P1C = valid_PGC.sum(dim=1, keepdim=True)
    mean_P1C = known_PGC.sum(dim=1, keepdim=True) / count_P1C.clamp(min=1)
    counts_PGC = (count_P1C > 0).expand_as(valid_PGC)
    if applicable_PGC is not None:
        counts_PGC = counts_PGC & applicable_PGC
    return soft_min(mean_P1C + apart_PGC, k, counts_PGC, weights_PGC)


def _in_group(summed_PG: Tensor, scorable_PG: Tensor, told: Conventions, *, divide: bool) -> Tensor:
    """GRPO's normalisation of one number a row, in its group."""
    column_PG1 = summed_PG.masked_fill(~scorable_PG, torch.nan).unsqueeze(-1)
    if divide:
        return normalise_in_group(column_PG1, None, told.eps, told.ddof, told.baseline)[0].squeeze(-1)
    apart_PG1, valid_PG1 = deviations(column_PG1)
    if told.baseline == "leave_one_out":
        apart_PG1 = from_the_others(apart_PG1, valid_PG1.sum(dim=1, keepdim=True))
    return apart_PG1.squeeze(-1)


def attention_weights(found: Advantages, k: float) -> Tensor:
    """How much each criterion counts in its row's SoftMin: its derivative by z_j, softmax(-k z)_j.

    With weights it is w_j exp(-k z_j) over its sum. It is even at k = 0 and all on the worst at k = inf, ties shared.

    Returns:
        (P, G, C), float64, summing to 1 over the criteria; 0 where one does not count and in rows without any.

    Raises:
        ValueError: ``k`` is negative or NaN.
    """
    check_k(k)
    z_PGC = found.z_PGC.masked_fill(~found.valid_PGC, math.inf)
    low_PG1 = z_PGC.amin(dim=-1).masked_fill(~found.scorable_PG, 0.0).unsqueeze(-1)
    above_PGC = (z_PGC - low_PG1).masked_fill(~found.valid_PGC, 0.0)
    pull_PGC = (above_PGC == 0).to(z_PGC.dtype) if math.isinf(k) else torch.exp(-k * above_PGC)
    if found.weights_PGC is not None:
        pull_PGC = pull_PGC * found.weights_PGC
    pull_PGC = pull_PGC.masked_fill(~found.valid_PGC, 0.0)
    total_PG1 = pull_PGC.sum(dim=-1, keepdim=True)
    return pull_PGC / total_PG1.masked_fill(total_PG1 <= 0, 1.0)


def attended_share(found: Advantages, k: float) -> float:
    """The share of a row's criteria that its SoftMin attends to, averaged over the rows that have a choice.

    The effective number of criteria is 1 / sum_j a_j^2 (inverse Simpson index) of the attention weights a; it is taken
    relative to that at k = 0, which is M where all weigh the same. So the share is 1 at k = 0 and falls as k rises, and
    it means the same for rubrics of 2 and of 17 criteria.

    Returns:
        In (0, 1]; NaN if no row has two criteria with unlike scores, as every k is the same to those.
    """
    high_PG = found.z_PGC.masked_fill(~found.valid_PGC, -math.inf).amax(dim=-1)
    low_PG = found.z_PGC.masked_fill(~found.valid_PGC, math.inf).amin(dim=-1)
    choice_PG = found.scorable_PG & (high_PG > low_PG)
    attended_PG, even_PG = (attention_weights(found, risk).square().sum(dim=-1) for risk in (k, 0.0))
    return float((even_PG / attended_PG)[choice_PG].mean())


def _short(
    rewards_PGC: Array,
    method: Method,
    conventions: Conventions,
    applicable_PGC: AnyArray | None,
    *,
    k: float = 1.0,
    beta_variance: float = 0.5,
) -> Array:
    """``aggregate`` for tensors and arrays: only the advantages, of the rewards' own kind and dtype."""
    found = aggregate(
        as_tensor(rewards_PGC),
        method,
        k=k,
        beta_variance=beta_variance,
        applicable_PGC=None if applicable_PGC is None else as_tensor(applicable_PGC),
        conventions=conventions,
    )
    return like(rewards_PGC, found.advantages_PG)


def rvpo_advantages(  # noqa: PLR0917  the order is part of the interface
    rewards_PGC: Array,
    k: float = 1.0,
    applicable_PGC: AnyArray | None = None,
    eps: float = 1e-6,
    ddof: Ddof = 1,
    whiten: Whiten = "batch",
    *,
    keep_constant: bool = True,
) -> Array:
    """RVPO's advantages, (P, G); arguments and errors as in ``aggregate`` and ``Conventions``."""
    told = Conventions(ddof=ddof, eps=eps, keep_constant=keep_constant, whiten=whiten, whiten_eps=eps)
    return _short(rewards_PGC, "rvpo", told, applicable_PGC, k=k)


def gdpo_advantages(
    rewards_PGC: Array,
    eps: float = 1e-6,
    ddof: Ddof = 1,
    whiten: Whiten = "batch",
    applicable_PGC: AnyArray | None = None,
) -> Array:
    """GDPO's advantages, (P, G): the mean of the z-scores, whitened. RVPO at k = 0."""
    return rvpo_advantages(rewards_PGC, 0.0, applicable_PGC, eps, ddof, whiten)


def hard_min_advantages(
    rewards_PGC: Array,
    eps: float = 1e-6,
    ddof: Ddof = 1,
    whiten: Whiten = "batch",
    applicable_PGC: AnyArray | None = None,
) -> Array:
    """Advantages by the worst criterion alone, (P, G). RVPO at k = inf."""
    return rvpo_advantages(rewards_PGC, math.inf, applicable_PGC, eps, ddof, whiten)


def grpo_advantages(
    rewards_PGC: Array, eps: float = 1e-6, ddof: Ddof = 1, applicable_PGC: AnyArray | None = None
) -> Array:
    """GRPO's advantages, (P, G): the criteria summed, then normalised in the group."""
    return _short(rewards_PGC, "grpo", Conventions(ddof=ddof, eps=eps), applicable_PGC)


def dr_grpo_advantages(rewards_PGC: Array, applicable_PGC: AnyArray | None = None) -> Array:
    """Dr. GRPO's advantages, (P, G): the criteria summed, less the mean of the group, and not divided."""
    return _short(rewards_PGC, "dr_grpo", PAPER, applicable_PGC)


def explicit_variance_advantages(
    rewards_PGC: Array,
    beta: float,
    *,
    applicable_PGC: AnyArray | None = None,
    eps: float = 1e-6,
    ddof: Ddof = 1,
    whiten: Whiten = "batch",
) -> Array:
    """RVPO's ablation, (P, G): mean minus ``beta`` times the population variance of the row's z-scores."""
    told = Conventions(ddof=ddof, eps=eps, whiten=whiten, whiten_eps=eps)
    return _short(rewards_PGC, "explicit_variance", told, applicable_PGC, beta_variance=beta)
