"""``python -m rvpo.trainer CONFIG [KEY=VALUE...]``: what ``accelerate launch -m`` and ``torchrun -m`` start on every process."""

import os
import sys

from rvpo.trainer import Progress, load_train_config, train
from rvpo.trainer.leaving import leave_together


def main(arguments: list[str]) -> None:
    """Train by the config, or ``recipe:NAME``, and settings named; the first process prints a line for each step."""
    if not arguments:
        sys.exit("usage: python -m rvpo.trainer CONFIG [KEY=VALUE...]")
    first = os.environ.get("RANK", "0") == "0"
    result = train(load_train_config(arguments[0], arguments[1:]), on_progress=_say if first else None)
    if first:
        print(result.final)  # noqa: T201
    leave_together()


def _say(progress: Progress) -> None:
    figures = " ".join(f"{name} {progress.figures[name]:.4g}" for name in _SHOWN if name in progress.figures)
    print(progress.stage, f"{progress.done}/{progress.total}", figures, progress.message, file=sys.stderr)  # noqa: T201


_SHOWN = ("reward", "loss", "rvpo/k", "step_time")


if __name__ == "__main__":
    main(sys.argv[1:])
