"""judges: what a response earned. Rubric + response -> RewardVector; cache, single flight, limits, I/O at the edge."""

from rvpo.judges.blocking import BlockingJudgeService
from rvpo.judges.config import JudgeConfig, ScriptedReply, load_judge_config
from rvpo.judges.errors import CallFailed, JudgeConfigError, JudgeError, StoreError
from rvpo.judges.records import (
    JudgeIdentity,
    JudgeRequest,
    JudgeStats,
    RewardVector,
    Status,
    Usage,
    Verdict,
)
from rvpo.judges.service import JudgeService

__all__ = [
    "BlockingJudgeService",
    "CallFailed",
    "JudgeConfig",
    "JudgeConfigError",
    "JudgeError",
    "JudgeIdentity",
    "JudgeRequest",
    "JudgeService",
    "JudgeStats",
    "RewardVector",
    "ScriptedReply",
    "Status",
    "StoreError",
    "Usage",
    "Verdict",
    "load_judge_config",
]
