"""The examples: scripts run, files are accepted by what reads them."""

import subprocess
import sys
from pathlib import Path

from rvpo.judges import load_judge_config
from rvpo.trainer import load_train_config

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_reward_vectors_are_those_that_the_rules_give() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "reward_vectors.py")], capture_output=True, text=True, check=True
    )
    vectors = [line.partition("]")[0] + "]" for line in done.stdout.splitlines()[1:]]
    # right call; wrong tool, so nothing of its arguments counts; wrong value; a sentence where a call was wanted
    assert vectors == [
        "[1. 1. 1. 1. 1. 1.]",
        "[1. 1. 0. 0. 0. 1.]",
        "[1. 1. 1. 1. 0. 1.]",
        "[0. 0. 0. 0. 0. 1.]",
    ]


def test_the_judge_file_and_the_train_config_are_accepted() -> None:
    assert load_judge_config(EXAMPLES / "judge.yaml").model == "my-judge"
    config = load_train_config(EXAMPLES / "train_tools.yaml")
    assert (config.group_size, config.completions_per_step) == (4, 512)
