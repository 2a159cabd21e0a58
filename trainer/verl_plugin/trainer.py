"""verl's trainer ``rvpo_sync``: its ``sync`` with our advantages. Needs verl when it is made.

One method is overridden. verl's trainer shows an estimator nothing but the token rewards; the reward vectors stay in
TransferQueue, in each row's ``extra_fields``. ``_compute_advantage`` reads them there, makes the advantages, and lets verl's
own method do all the rest (rollout correction, writing back); the estimator ``rvpo`` only hands over what was made.
"""

# pyright: reportMissingImports=false

from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rvpo.trainer.errors import TrainerError
from rvpo.trainer.verl_plugin.reply import KEY, read_reply
from rvpo.trainer.verl_plugin.settings import check_run
from rvpo.trainer.verl_plugin.step import Sample, step_of
from rvpo.trainer.verl_plugin.version import check_verl

MODE = "rvpo_sync"
_MADE: ContextVar[Tensor | None] = ContextVar("rvpo_advantages", default=None)


def estimate(*, response_mask: Tensor, **_: Any) -> tuple[Tensor, Tensor]:
    """The estimator ``rvpo``: each row's advantage on each of its tokens.

    Raises:
        TrainerError: No reward vectors are at hand, because another trainer is at work.
    """
    advantages_N = _MADE.get()
    if advantages_N is None:
        raise TrainerError(
            f"algorithm.adv_estimator=rvpo needs trainer.use_v1=true and trainer.v1.trainer_mode={MODE}: "
            "no other trainer of verl hands the reward vectors on"
        )
    advantages_NT = advantages_N.to(response_mask.device).unsqueeze(-1) * response_mask
    return advantages_NT, advantages_NT


class LearnsFromVectors:
    """The trainer but for verl's base class."""

    global_steps: int
    total_training_steps: int

    def __init__(self, config: Any) -> None:
        import verl
        from omegaconf import OmegaConf, open_dict

        check_verl(verl.__version__)
        self.settings = check_run(OmegaConf.to_container(config, resolve=True))
        with open_dict(config):
            # verl asks in seven places whether the mode is "sync": replay buffer, refill, checkpoints.
            config.trainer.v1.trainer_mode = "sync"
        super().__init__(config)  # type: ignore[call-arg]

    @property
    def progress(self) -> float:
        """0 at the first step, 1 at the last."""
        return (self.global_steps - 1) / max(self.total_training_steps - 1, 1)

    def _compute_advantage(self, batch: Any, metrics: dict[str, Any]) -> Any:
        import transfer_queue

        rows = transfer_queue.kv_batch_get(
            keys=batch.keys, partition_id=batch.partition_id, select_fields=["extra_fields", "response_mask"]
        )
        sessions = sessions_of(batch.keys, batch.tags)
        tokens = [int(mask.sum()) for mask in rows["response_mask"].unbind()]
        extra = rows.pop("extra_fields").tolist()
        samples = [
            Sample(
                session.group,
                read_reply(extra[session.rows[-1]].get("reward_extra_info", {}).get(KEY)),
                sum(tokens[row] for row in session.rows),
            )
            for session in sessions
        ]
        step = step_of(samples, self.settings, self.progress)
        metrics.update(step.figures)
        advantages_N = torch.zeros(len(batch.keys))
        for session, advantage in zip(sessions, step.advantages_N.float(), strict=True):
            advantages_N[list(session.rows)] = advantage
        token = _MADE.set(advantages_N)
        try:
            return super()._compute_advantage(batch, metrics)  # type: ignore[misc]
        finally:
            _MADE.reset(token)


class Session(NamedTuple):
    """One sampling of one prompt, and the rows it left, in order."""

    group: str
    rows: tuple[int, ...]


def sessions_of(keys: list[str], tags: list[dict[str, Any]]) -> list[Session]:
    """Sort a batch's rows into sessions; rows that verl made up to fill the batch belong to none.

    Args:
        keys: ``{uid}_{session}_{index}`` each.
        tags: Of the rows.

    Raises:
        TrainerError: A key has another form, or every row is made up.
    """
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row, (key, tag) in enumerate(zip(keys, tags, strict=True)):
        if tag.get("is_padding", False):
            continue
        parts = key.rsplit("_", 2)
        if len(parts) != 3 or not parts[2].isdigit():
            raise TrainerError(f"verl's key {key!r} is not of the form uid_session_index")
        found.setdefault((parts[0], parts[1]), []).append((int(parts[2]), row))
    if not found:
        raise TrainerError("verl's batch holds no sample, only rows that fill it up")
    return [Session(group, tuple(row for _, row in sorted(rows))) for (group, _), rows in found.items()]


@cache
def trainer_class() -> type:
    """The trainer that verl takes."""
    from verl.trainer.ppo.v1.trainer_sync import PPOTrainerSync

    return type(
        "RVPOTrainerSync", (LearnsFromVectors, PPOTrainerSync), {"__doc__": __doc__, "__module__": __name__}
    )
