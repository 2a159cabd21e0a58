"""Which updates are not made: with a NaN or an infinity in the gradient, without a judge, or with too many holes.

The gradient is taken away before the optimiser sees it, so that neither weights nor moments change; the learning rate
and the step count go on. Under DeepSpeed the gradient is out of reach here, and its own overflow check is what there is.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from rvpo.trainer.guards.settings import Guards


def is_finite(gradients: Iterable[Tensor]) -> bool:
    """Whether no gradient holds a NaN or an infinity; none at all is finite."""
    held = [gradient for gradient in gradients if gradient.numel()]
    if not held:
        return True
    norm: Any = torch.nn.utils.get_total_norm(held)
    norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm
    return bool(norm.isfinite())


class UpdateGuard(TrainerCallback):
    """Leaves updates out.

    Args:
        guards: The policy.
        unreached: Share of what the judge was asked about the batch at hand that it could not be reached for.
        missing: Share of that batch's points that was not judged, for whatever cause.
    """

    def __init__(
        self, guards: Guards, unreached: Callable[[], float], missing: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._guards = guards
        self._unreached = unreached
        self._missing = missing
        self.refused = False
        """Whether the last update was left out for its gradient."""
        self.skipped = 0.0
        """If it was left out for want of a judge: the share that was not reached."""
        self.holed = 0.0
        """If it was left out for its holes: the share of points that was not judged."""

    def on_pre_optimizer_step(
        self, args: Any, state: Any, control: Any, model: Any = None, optimizer: Any = None, **_: Any
    ) -> None:
        """Look at the gradient, clipped by now, and take it away if need be."""
        del args, state, control
        share = self._unreached()
        down = self._guards.on_judge_down == "skip" and share >= self._guards.judge_down_share
        self.skipped = share if down else 0.0
        missing = self._missing()
        holed = missing > self._guards.max_missing + 1e-9
        self.holed = missing if holed else 0.0
        gradients = (weight.grad for weight in model.parameters() if weight.grad is not None)
        self.refused = self._guards.refuse_nonfinite and not is_finite(gradients)
        if self.refused or down or holed:
            optimizer.zero_grad(set_to_none=True)
