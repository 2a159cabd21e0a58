"""What happens beside TRL's loop: the log, the completeness of checkpoints, signs of life."""

import math
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from rvpo.trainer.folder import StepLog, keep_newest, mark_whole
from rvpo.trainer.progress import OnProgress, Progress


class RunFolderCallback(TrainerCallback):
    """Keeps the run folder truthful; only the first process writes."""

    def __init__(
        self, out: Path, log: StepLog, keep_checkpoints: int | None, on_progress: OnProgress
    ) -> None:
        self._out = out
        self._log = log
        self._keep = keep_checkpoints
        self._on_progress = on_progress

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write the step's row; the summary that comes after the last step is not one."""
        del control
        if not state.is_world_process_zero or logs is None or "train_runtime" in logs:
            return
        figures = {name: value for name, value in logs.items() if _is_number(value)}
        self._log.append({"step": state.global_step, **figures})
        self._on_progress(Progress("train", state.global_step, args.max_steps, figures))

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Declare the checkpoint complete, once all processes have written their part."""
        from accelerate import PartialState

        del args, control
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            mark_whole(self._out / f"checkpoint-{state.global_step}")
            keep_newest(self._out, self._keep)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
