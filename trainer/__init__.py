"""trainer: learning from the vector. RewardVector -> advantages -> policy, on TRL's GRPOTrainer."""

from rvpo.trainer.advantages import (
    explicit_variance_advantages,
    gdpo_advantages,
    grpo_advantages,
    hard_min_advantages,
    rvpo_advantages,
    soft_min,
)
from rvpo.trainer.config import TrainConfig, load_train_config
from rvpo.trainer.errors import OtherConfig, TrainConfigError, TrainerError, TrainingStopped
from rvpo.trainer.progress import Progress
from rvpo.trainer.run import TrainResult, make_warm_start, train

__all__ = [
    "OtherConfig",
    "Progress",
    "TrainConfig",
    "TrainConfigError",
    "TrainResult",
    "TrainerError",
    "TrainingStopped",
    "explicit_variance_advantages",
    "gdpo_advantages",
    "grpo_advantages",
    "hard_min_advantages",
    "load_train_config",
    "make_warm_start",
    "rvpo_advantages",
    "soft_min",
    "train",
]
