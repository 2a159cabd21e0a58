"""From reward vectors to advantages: RVPO and the baselines it is compared with, as pure functions.

Sources: RVPO (arXiv 2605.05750): A = -(1/k) ln((1/M) sum_j exp(-k Z_j)), whitened over the batch; its ablations
(explicit variance, hard-min); GDPO (arXiv 2601.05242) with the *mean* over criteria, as the RVPO paper writes it (the
sum of GDPO's code differs when rubrics differ in size); GRPO (arXiv 2402.03300) on the sum of the rewards.

Holes. A reward can be absent in two ways: its criterion is not in this prompt's rubric (``applicable`` is False), or
the judge failed (NaN where ``applicable`` is True). Either way it is left out of every mean, deviation, SoftMin and of
M; in GRPO's sum it deviates from its group by nothing, that is, it stands at the group's mean (a sum of what is left
would rank a row by how hard its missing criterion is). A row without any judged criterion gets advantage 0 and stays
out of the statistics of whitening. Nothing absent is ever scored 0.

Pure; torch in, torch out, float64 inside (in float32 the residue of a constant column divided by ``eps`` shows).
Shapes: P prompts, G samples of a prompt (the group), C criteria.
"""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from rvpo.trainer.normalise import deviations, normalise_in_group

Method = Literal["rvpo", "gdpo", "grpo", "explicit_variance", "hard_min"]
Whiten = Literal["batch", "group", "centred", "none"]
WHITENINGS = ("batch", "group", "centred", "none")


class Advantages(NamedTuple):
    """Advantages, and what the logs want to know of how they came about. All float64 or bool."""

    advantages_PG: Tensor  # noqa: N815
    raw_PG: Tensor  # noqa: N815
    """Before whitening."""
    scorable_PG: Tensor  # noqa: N815
    """False where no criterion of the row counts: its advantage is 0."""
    z_PGC: Tensor  # noqa: N815
    valid_PGC: Tensor  # noqa: N815


def soft_min(z: Tensor, k: float, valid: Tensor | None = None, weights: Tensor | None = None) -> Tensor:
    """-(1/k) ln((1/M) sum_j exp(-k z_j)) over the last axis; the mean at k = 0, the minimum at k = inf.

    With weights, 1/M becomes w_j / sum(w), which is our extension: the paper's entries weigh the same.

    Computed as min + -(1/k) log1p(mean(expm1(-k (z - min)))), which keeps full precision for every k: nothing
    overflows for a large one and nothing cancels for a small one.

    Args:
        z: Any shape (..., C).
        k: Risk coefficient, in [0, inf].
        valid: Bool, the shape of ``z``: which entries count, M being their number; all by default.
        weights: The shape of ``z``, relative, at least 0: what an entry weighs; an entry of 0 does not count.

    Returns:
        Shape (...), the dtype of ``z``; 0 where no entry counts.

    Raises:
        ValueError: ``k`` is negative or NaN, or ``z`` has no criterion.
    """
    if not k >= 0:
        raise ValueError(f"k is {k}; expected a number >= 0 (0: mean, inf: minimum)")
    if z.dim() == 0 or z.shape[-1] == 0:
        raise ValueError(f"z has shape {tuple(z.shape)}; expected at least one criterion in the last axis")
    valid = torch.ones_like(z, dtype=torch.bool) if valid is None else valid
    weights = valid.to(z.dtype) if weights is None else torch.where(valid, weights, 0.0)
    total = weights.sum(dim=-1)
    some, total = total > 0, torch.where(total > 0, total, 1.0)
    if k == 0:
        return torch.where(valid, weights * z, 0.0).sum(dim=-1) / total
    counts = weights > 0
    low = torch.where(some, torch.where(counts, z, math.inf).amin(dim=-1), 0.0)
    if math.isinf(k):
        return low
    above = torch.where(counts, z - low.unsqueeze(-1), 0.0)
    return low - torch.log1p((weights * torch.expm1(-k * above)).sum(dim=-1) / total) / k


def whiten_advantages(
    raw_PG: Tensor, scorable_PG: Tensor, whiten: Whiten, eps: float = 1e-6, ddof: int = 1
) -> Tensor:
    """Re-normalise aggregated advantages.

    ``batch``: over all scorable rows, GDPO's third step. ``group``: within each group. ``centred``: each group is
    centred first, then the batch is scaled; this takes away the push that whole prompts get for the size of their
    rubric. ``none``: as they are, but SoftMin is below the mean, so nearly every row is pushed down.

    Raises:
        ValueError: ``whiten`` is none of these.
    """
    if whiten not in WHITENINGS:
        raise ValueError(f"whiten is {whiten!r}; expected one of {', '.join(WHITENINGS)}")
    if whiten == "none":
        return torch.where(scorable_PG, raw_PG, 0.0)
    if whiten == "batch":
        return _standardise(raw_PG.reshape(1, -1), scorable_PG.reshape(1, -1), eps, ddof).reshape(
            raw_PG.shape
        )
    if whiten == "group":
        return _standardise(raw_PG, scorable_PG, eps, ddof)
    centred_PG = _centre(raw_PG, scorable_PG)
    return _standardise(centred_PG.reshape(1, -1), scorable_PG.reshape(1, -1), eps, ddof).reshape(
        raw_PG.shape
    )


def _centre(rows: Tensor, counted: Tensor) -> Tensor:
    rows = torch.where(counted, rows, 0.0)
    mean = rows.sum(dim=-1, keepdim=True) / counted.sum(dim=-1, keepdim=True).clamp(min=1)
    return torch.where(counted, rows - mean, 0.0)


def _standardise(rows: Tensor, counted: Tensor, eps: float, ddof: int) -> Tensor:
    centred = _centre(rows, counted)
    degrees = (counted.sum(dim=-1, keepdim=True) - ddof).clamp(min=1)
    return centred / ((centred.square().sum(dim=-1, keepdim=True) / degrees).sqrt() + eps)


def aggregate(
    rewards_PGC: Tensor,
    method: Method = "rvpo",
    *,
    k: float = 1.0,
    beta_variance: float = 0.5,
    applicable_PGC: Tensor | None = None,
    eps: float = 1e-6,
    ddof: int = 1,
    whiten: Whiten = "batch",
    keep_constant: bool = True,
    weights_PGC: Tensor | None = None,
) -> Advantages:
    """Advantages by any of the methods, with the steps behind them; the functions below are its short forms.

    Args:
        rewards_PGC: Rewards, (P, G, C); NaN is a hole.
        method: Which aggregate.
        k: Risk coefficient of ``rvpo``.
        beta_variance: Weight of the variance in ``explicit_variance``.
        applicable_PGC: Bool, (P, G, C): whether a criterion is in the prompt's rubric.
        eps: Added to every standard deviation.
        ddof: 1 for sample, 0 for population standard deviations.
        whiten: See ``whiten_advantages``; ``grpo`` is normalised in its group and takes none.
        keep_constant: Whether a criterion that does not vary in a group stays in M with Z = 0 (the formula as it
            stands: it damps positive and not negative signal), or is left out.
        weights_PGC: What each entry weighs in the mean, the SoftMin or the sum, relative to the others of its row;
            1 by default. The hard minimum asks only whether it is 0.

    Raises:
        ValueError: Rewards, ``k`` or an option are not what they should be; the message gives value and expectation.
    """
    z_PGC, valid_PGC = normalise_in_group(rewards_PGC, applicable_PGC, eps, ddof)
    if not keep_constant:
        valid_PGC = valid_PGC & (z_PGC != 0).any(dim=1, keepdim=True)
    if weights_PGC is not None:
        valid_PGC = valid_PGC & (weights_PGC > 0)
    scorable_PG = valid_PGC.any(dim=-1)
    if method == "grpo":
        deviations_PGC = deviations(rewards_PGC, applicable_PGC)[0]
        summed_PG = (deviations_PGC if weights_PGC is None else deviations_PGC * weights_PGC).sum(dim=-1)
        raw_PG = _standardise(summed_PG, scorable_PG, eps, ddof)
        return Advantages(raw_PG, raw_PG, scorable_PG, z_PGC, valid_PGC)
    if method == "explicit_variance":
        mean_PG = soft_min(z_PGC, 0.0, valid_PGC, weights_PGC)
        variance_PG = soft_min((z_PGC - mean_PG.unsqueeze(-1)).square(), 0.0, valid_PGC, weights_PGC)
        raw_PG = mean_PG - beta_variance * variance_PG
    else:
        risk = {"rvpo": k, "gdpo": 0.0, "hard_min": math.inf}[method]
        raw_PG = soft_min(z_PGC, risk, valid_PGC, weights_PGC)
    return Advantages(
        whiten_advantages(raw_PG, scorable_PG, whiten, eps, ddof), raw_PG, scorable_PG, z_PGC, valid_PGC
    )


def rvpo_advantages(  # noqa: PLR0917  the order is part of the interface
    rewards_PGC: Tensor,
    k: float = 1.0,
    applicable_PGC: Tensor | None = None,
    eps: float = 1e-6,
    ddof: int = 1,
    whiten: Whiten = "batch",
    *,
    keep_constant: bool = True,
) -> Tensor:
    """RVPO's advantages, (P, G), in the dtype of the rewards; arguments and errors as in ``aggregate``."""
    found = aggregate(
        rewards_PGC,
        "rvpo",
        k=k,
        applicable_PGC=applicable_PGC,
        eps=eps,
        ddof=ddof,
        whiten=whiten,
        keep_constant=keep_constant,
    )
    return found.advantages_PG.to(rewards_PGC.dtype)


def gdpo_advantages(
    rewards_PGC: Tensor,
    eps: float = 1e-6,
    ddof: int = 1,
    whiten: Whiten = "batch",
    applicable_PGC: Tensor | None = None,
) -> Tensor:
    """GDPO's advantages, (P, G): the mean of the z-scores, whitened. RVPO at k = 0."""
    return rvpo_advantages(rewards_PGC, 0.0, applicable_PGC, eps, ddof, whiten)


def hard_min_advantages(
    rewards_PGC: Tensor,
    eps: float = 1e-6,
    ddof: int = 1,
    whiten: Whiten = "batch",
    applicable_PGC: Tensor | None = None,
) -> Tensor:
    """Advantages by the worst criterion alone, (P, G). RVPO at k = inf."""
    return rvpo_advantages(rewards_PGC, math.inf, applicable_PGC, eps, ddof, whiten)


def grpo_advantages(
    rewards_PGC: Tensor, eps: float = 1e-6, ddof: int = 1, applicable_PGC: Tensor | None = None
) -> Tensor:
    """GRPO's advantages, (P, G): the criteria summed, then normalised in the group."""
    found = aggregate(rewards_PGC, "grpo", applicable_PGC=applicable_PGC, eps=eps, ddof=ddof)
    return found.advantages_PG.to(rewards_PGC.dtype)


def explicit_variance_advantages(
    rewards_PGC: Tensor,
    beta: float,
    *,
    applicable_PGC: Tensor | None = None,
    eps: float = 1e-6,
    ddof: int = 1,
    whiten: Whiten = "batch",
) -> Tensor:
    """RVPO's ablation, (P, G): mean minus ``beta`` times the population variance of the row's z-scores."""
    found = aggregate(
        rewards_PGC,
        "explicit_variance",
        beta_variance=beta,
        applicable_PGC=applicable_PGC,
        eps=eps,
        ddof=ddof,
        whiten=whiten,
    )
    return found.advantages_PG.to(rewards_PGC.dtype)
