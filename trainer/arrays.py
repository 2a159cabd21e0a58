"""NumPy arrays and torch tensors at the edge of pure functions: torch in, torch out; NumPy in, NumPy out."""

from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

AnyArray = Tensor | NDArray[Any]
Array = TypeVar("Array", Tensor, NDArray[Any])


def as_tensor(values: AnyArray) -> Tensor:
    """The values as a tensor: a tensor as it is, an array copied (it may be read-only)."""
    return values if isinstance(values, Tensor) else torch.tensor(np.ascontiguousarray(values))


def like(model: Array, values: Tensor) -> Array:
    """The values in the kind and dtype of ``model``."""
    if isinstance(model, Tensor):
        return values.to(model.dtype)
    return values.cpu().numpy().astype(model.dtype)
