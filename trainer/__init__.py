"""trainer: learning from the vector. RewardVector -> advantages -> policy, on TRL's GRPOTrainer."""

from rvpo.trainer.advantages import (
    dr_grpo_advantages,
    explicit_variance_advantages,
    gdpo_advantages,
    grpo_advantages,
    hard_min_advantages,
    rvpo_advantages,
)
from rvpo.trainer.config import TrainConfig, load_train_config
from rvpo.trainer.errors import (
    JudgeDown,
    OtherConfig,
    TrainConfigError,
    TrainerError,
    TrainingCollapsed,
    TrainingDiverged,
    TrainingStopped,
)
from rvpo.trainer.guards import Alarm, Guards
from rvpo.trainer.progress import Progress
from rvpo.trainer.run import TrainResult, make_warm_start, train
from rvpo.trainer.softmin import soft_min

__all__ = [
    "Alarm",
    "Guards",
    "JudgeDown",
    "OtherConfig",
    "Progress",
    "TrainConfig",
    "TrainConfigError",
    "TrainResult",
    "TrainerError",
    "TrainingCollapsed",
    "TrainingDiverged",
    "TrainingStopped",
    "dr_grpo_advantages",
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
