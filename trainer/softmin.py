"""The SoftMin of RVPO (arXiv 2605.05750), the mean and the minimum being its ends. Pure; torch in, torch out."""

import math

import torch
from torch import Tensor


def check_k(k: float) -> None:
    """Refuse what is no risk coefficient.

    Raises:
        ValueError: ``k`` is negative or NaN.
    """
    if not k >= 0:
        raise ValueError(f"k is {k}; expected a number >= 0 (0: mean, inf: minimum)")


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
    check_k(k)
    if z.dim() == 0 or z.shape[-1] == 0:
        raise ValueError(f"z has shape {tuple(z.shape)}; expected at least one criterion in the last axis")
    valid = torch.ones_like(z, dtype=torch.bool) if valid is None else valid
    weights = valid.to(z.dtype) if weights is None else weights.masked_fill(~valid, 0.0)
    absent = weights <= 0
    total = weights.sum(dim=-1)
    none = total <= 0
    total = total.masked_fill(none, 1.0)
    if k == 0:
        return (weights * z).masked_fill(absent, 0.0).sum(dim=-1) / total
    low = z.masked_fill(absent, math.inf).amin(dim=-1).masked_fill(none, 0.0)
    if math.isinf(k):
        return low
    above = (z - low.unsqueeze(-1)).masked_fill(absent, 0.0)
    return low - torch.log1p((weights * torch.expm1(-k * above)).sum(dim=-1) / total) / k
