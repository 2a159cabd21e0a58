"""The examples: scripts run, files are accepted by what reads them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rvpo.judges import load_judge_config
from rvpo.results import open_run
from rvpo.results.draws import item_scores
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


def test_the_headline_items_have_the_moments_that_the_page_tells(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLES / "headline.py"), str(tmp_path)], check=True)
    runs = [item_scores(open_run(tmp_path / name)) for name in ("gdpo", "rvpo", "rvpo-again")]
    scores = np.array([[run[item] for item in sorted(run)] for run in runs])
    assert scores.shape == (3, 5_000)
    assert scores.mean(axis=1) == pytest.approx([0.215, 0.261, 0.247], abs=1e-4)
    assert scores.std(axis=1) == pytest.approx([0.3] * 3, abs=2e-3)
    assert -0.5 <= scores.min() < scores.max() <= 1
    # 0.65 between the normals; mapping both to near-symmetric Betas moves it by about .01, 5 000 items by .01
    assert np.corrcoef(scores)[np.triu_indices(3, 1)] == pytest.approx([0.65] * 3, abs=0.03)
