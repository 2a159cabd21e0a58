"""The guards of one run, put in their places: around the judge, beside the trainer, after the last step."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rvpo.judges import JudgeService
from rvpo.trainer.callbacks import RunFolderCallback
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.data import PromptSet, read_prompts
from rvpo.trainer.errors import TrainingCollapsed, TrainingDiverged
from rvpo.trainer.folder import StepLog, whole_checkpoints
from rvpo.trainer.guards.collapse import best_step
from rvpo.trainer.guards.outage import Patience
from rvpo.trainer.guards.sentinels import SentinelJudge
from rvpo.trainer.guards.updates import UpdateGuard
from rvpo.trainer.guards.watchdog import Watchdog
from rvpo.trainer.progress import OnProgress, Progress
from rvpo.trainer.rewards import Asking, RubricRewards, Submits


class Guarded:
    """What ``config.guards`` asks for.

    Raises:
        TrainConfigError: The sentinels cannot be judged.
        SourceError: Held-out prompts or sentinels cannot be read.
    """

    def __init__(self, config: TrainConfig, on_progress: OnProgress) -> None:
        self._config = config
        self._out = Path(config.out)
        self._on_progress = on_progress
        self._watchdog = Watchdog(config.guards)
        self._folder: RunFolderCallback | None = None
        sentinels, held_out = config.guards.sentinels, config.guards.held_out
        self._sentinels = None
        if sentinels is not None:
            self._sentinels = SentinelJudge(sentinels, config.judge, config.rubric)
        self.held_out: PromptSet | None = None
        """Prompts that are never trained on."""
        if held_out is not None:
            prompts = read_prompts(held_out.data, config.rubric, form=config.format)
            self.held_out = prompts.keep(range(len(prompts.rows))[: held_out.prompts])

    @contextmanager
    def rewards(self, service: Submits, prompts: PromptSet, process: int) -> Iterator[RubricRewards]:
        """Rewards by a judge, the gold judge open beside it."""
        guards, gold = self._config.guards, self._config.guards.gold
        patience = Patience(guards, lambda words: self._on_progress(Progress("train", message=words)))
        asking = Asking(self._config.seed, process, patience, guards.rubric_dropout)
        if gold is None:
            yield RubricRewards(service, prompts, self._config.view, asking)
            return
        with JudgeService.open_sync(gold.judge) as better:
            asking = Asking(self._config.seed, process, patience, guards.rubric_dropout, better, gold.share)
            yield RubricRewards(service, prompts, self._config.view, asking)

    def attach(self, trainer: Any) -> None:
        """Put the callbacks before the reporters, so that what they add is reported too."""
        updates = UpdateGuard(self._config.guards, lambda: trainer.unreached, lambda: trainer.missing)
        self._folder = RunFolderCallback(
            self._out,
            self._config.keep_checkpoints,
            self._on_progress,
            watchdog=self._watchdog,
            updates=updates,
            sight=lambda step: self._sight(trainer, step),
        )
        trainer.callback_handler.callbacks[:0] = [updates, self._folder]

    def continue_from(self, step: int, *, first: bool) -> None:
        """Stand where the run stood at ``step``; the ``first`` process forgets what came after it."""
        assert self._folder is not None
        self._folder.continue_from(step, first=first)

    def outcome(self, trainer: Any) -> dict[str, Any]:
        """What the guards made of the run: facts for its final model.

        Raises:
            TrainingDiverged: Too many updates in a row were refused.
            TrainingCollapsed: The held-out score fell, and the policy is to stop.
        """
        decision = self._watchdog.decision
        best = best_step(StepLog(self._out / "held_out.jsonl").rows())
        step = trainer.state.global_step
        if decision == "diverged":
            raise TrainingDiverged(
                f"stopped at step {step}: {self._config.guards.nonfinite_in_a_row} updates in a row had a NaN or an "
                "infinity in their gradient; lower learning_rate or max_grad_norm, or set bf16: false"
            )
        if decision == "collapsed":
            raise TrainingCollapsed(
                f"stopped at step {step}: the held-out score fell and stayed low; "
                f"the best one was that of {self._out / f'checkpoint-{best}'}"
            )
        if decision != "roll_back" or best is None:
            return {}
        folder = dict(whole_checkpoints(self._out))[best]
        self._on_progress(Progress("train", message=f"collapsed at step {step}: the final model is {folder}"))
        trainer._load_from_checkpoint(str(folder))  # noqa: SLF001  as the trainer itself continues
        return {"rolled_back_to": best}

    def _sight(self, trainer: Any, step: int) -> dict[str, Any]:
        """What a step's row holds beside figures."""
        seen: dict[str, Any] = {}
        pairs, trainer.gold_pairs = trainer.gold_pairs, []
        if pairs:
            seen["gold"] = pairs
        settings = self._config.guards.sentinels
        due = settings is not None and (step == 1 or step % settings.every_steps == 0)
        if due and self._sentinels is not None and trainer.is_world_process_zero():
            seen["sentinels"] = list(self._sentinels.scores())
        return seen
