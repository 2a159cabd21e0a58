"""Trains for a step and prints as JSON what the plan said of memory and what the process took beyond its libraries.

A program, because the most that a process ever took can only be asked of a fresh one: ``peak_memory.py CONFIG.json``.
"""

import json
import resource
import sys
from pathlib import Path

import torch

import rvpo.trainer.engine  # noqa: F401 - the libraries count as there before
from rvpo.harness.train_plan import make_plan
from rvpo.trainer import TrainConfig, train


def main(path: str) -> None:
    torch.set_num_threads(1)
    config = TrainConfig.model_validate_json(Path(path).read_text(encoding="utf-8"))
    plan = make_plan(config)
    assert plan.memory is not None
    before = most_ever()
    train(config)
    taken = most_ever() - before
    sys.stdout.write(json.dumps({"planned": plan.memory.peak, "taken": taken}) + "\n")


def most_ever() -> int:
    """Bytes of memory that the process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1])
