"""What happens beside TRL's loop: the log, the guards, the completeness of checkpoints, signs of life."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from rvpo.trainer.folder import StepLog, keep_newest, mark_whole
from rvpo.trainer.guards.alarms import Alarm
from rvpo.trainer.guards.collapse import best_step
from rvpo.trainer.guards.updates import UpdateGuard
from rvpo.trainer.guards.watchdog import HOLED, REFUSED, SKIPPED, Watchdog
from rvpo.trainer.progress import OnProgress, Progress
from rvpo.trainer.telemetry.course import Course

TIMES = ("eval_runtime", "eval_samples_per_second", "eval_steps_per_second")
"""What the clock decides of an examination; left out of its row."""

Sight = Callable[[int], dict[str, Any]]
"""What is seen of a step beside its figures, by the step: the rows' ``gold`` and ``sentinels``."""


class RunFolderCallback(TrainerCallback):
    """Keeps the run folder truthful and shows every row to the guards; only the first process writes.

    It must stand before the reporters: what it adds to the figures is then reported too.
    """

    def __init__(
        self,
        out: Path,
        keep_checkpoints: int | None,
        on_progress: OnProgress,
        *,
        watchdog: Watchdog,
        updates: UpdateGuard,
        sight: Sight,
    ) -> None:
        self._out = out
        self._log, self._held_out = StepLog(out / "log.jsonl"), StepLog(out / "held_out.jsonl")
        self._keep = keep_checkpoints
        self._on_progress = on_progress
        self._watchdog = watchdog
        self._updates = updates
        self._sight = sight
        self._course = Course()

    def continue_from(self, step: int, *, first: bool) -> None:
        """Stand where the run stood at ``step``: forget what comes after it, take in what came before."""
        for log in (self._log, self._held_out):
            if first:
                log.forget_after(step)
        rows = [row for row in self._log.rows() if row["step"] <= step]
        examined = [row for row in self._held_out.rows() if row["step"] <= step]
        self._course.replay(rows)
        self._watchdog.replay(sorted([*rows, *examined], key=lambda row: int(row["step"])))

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write the row of a step or of an examination; the summary after the last step is neither."""
        if logs is None or "train_runtime" in logs:
            return
        examined = any(name.startswith("eval_") for name in logs)
        sight = {} if examined else self._sight(state.global_step)
        if not examined:
            logs |= self._course.see(_numbers(logs))
            if self._updates.refused:
                logs[REFUSED] = 1.0
            if self._updates.skipped:
                logs[SKIPPED] = self._updates.skipped
            if self._updates.holed:
                logs[HOLED] = self._updates.holed
        row = {"step": state.global_step, **_numbers(logs), **sight}
        alarms = self._watchdog.see(row)
        if not examined:
            logs["guards/alarms"] = float(sum(alarm.change == "raised" for alarm in alarms))
        control.should_training_stop = control.should_training_stop or self._watchdog.decision is not None
        if state.is_world_process_zero:
            log = self._held_out if examined else self._log
            log.append(row | _spoken(alarms))
            self._on_progress(
                Progress("train", state.global_step, args.max_steps, _numbers(logs), alarms=tuple(alarms))
            )

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Declare the checkpoint complete, once all processes have written their part."""
        from accelerate import PartialState

        del args, control
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            mark_whole(self._out / f"checkpoint-{state.global_step}")
            keep_newest(self._out, self._keep, best_step(self._held_out.rows()))


def _spoken(alarms: Sequence[Alarm]) -> dict[str, Any]:
    return {"alarms": [alarm.as_json() for alarm in alarms]} if alarms else {}


def _numbers(logs: dict[str, Any]) -> dict[str, float]:
    return {
        name: value
        for name, value in logs.items()
        if isinstance(value, int | float) and math.isfinite(value) and name not in TIMES
    }
