"""Settings under which training silently does nothing: updates too small for the stored weights. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor


class Rounding(NamedTuple):
    """Weights too coarse for the learning rate."""

    dtype: torch.dtype
    share: float
    """Share of the trained weights for which a step of the learning rate's size rounds away to nothing."""
    weights: int
    """How many trained weights are stored so."""


def rounded_away(weights: Iterable[Tensor], learning_rate: float) -> Rounding | None:
    """Find out whether updates are lost to the storage type of the trained weights.

    Adam moves a weight by about the learning rate, whatever its size. Stored in a type of relative precision u
    (bfloat16: 2^-8, float16: 2^-11), a weight w does not change for a step below u * abs(w).

    Args:
        weights: The weights that are trained.
        learning_rate: Peak.

    Returns:
        What is lost, if that is more than half of the weights in the half-precision types; else ``None``.
    """
    half = [weight.detach() for weight in weights if weight.dtype in {torch.bfloat16, torch.float16}]
    if not half:
        return None
    dtype = half[0].dtype
    coarsest = learning_rate / (torch.finfo(dtype).eps / 2)
    lost = sum(int((weight.abs() > coarsest).sum()) for weight in half)
    total = sum(weight.numel() for weight in half)
    return Rounding(dtype, lost / total, total) if lost > total / 2 else None


def rounding_warning(found: Rounding, learning_rate: float) -> str:
    """Say it in words, with the remedy."""
    name = str(found.dtype).removeprefix("torch.")
    return (
        f"{found.share:.0%} of the trained weights are stored as {name} and too large for a step of learning_rate "
        f"{learning_rate:g} to change them: set weights: float32 (bf16 arithmetic stays on), or train a LoRA"
    )
