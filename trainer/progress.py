"""What a training run tells whoever watches it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rvpo.trainer.guards.alarms import Alarm

Stage = Literal["model", "warm_start", "train"]


@dataclass(frozen=True)
class Progress:
    """One sign of life."""

    stage: Stage
    done: int = 0
    """Steps of this stage taken..."""
    total: int = 0
    """...of so many."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """The step's figures, by their names in the log."""
    message: str = ""
    alarms: tuple[Alarm, ...] = ()
    """What the guards have to say of the step."""


OnProgress = Callable[[Progress], None]
