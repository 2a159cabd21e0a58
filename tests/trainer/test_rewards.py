"""Completions -> matrix, through the real judge service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from rvpo.judges import JudgeConfig, JudgeService
from rvpo.trainer.data import read_prompts
from rvpo.trainer.rewards import RubricRewards, judge_identity

WriteRows = Callable[..., Path]
MakeRubric = Callable[..., dict[str, Any]]

SCRIPTED = JudgeConfig.model_validate(
    {
        "judge": "scripted",
        "max_attempts": 1,
        "store": ":memory:",
        "replies": [
            {"contains": "lost", "fail": "timeout"},
            {"contains": "kind", "say": [True]},
            {"say": [False]},
        ],
    }
)


def test_matrix_is_padded_and_tells_holes_from_what_does_not_apply(
    write_rows: WriteRows, rubric: MakeRubric
) -> None:
    rows = [
        {"id": "a", "prompt": "x", "rubric": rubric("has_e", "politeness", "has_o")},
        {"id": "b", "prompt": "y", "rubric": rubric("politeness")},
    ]
    prompts = read_prompts(str(write_rows(rows)), None)
    with JudgeService.open_sync(SCRIPTED) as service:
        rewards = RubricRewards(service, prompts)
        found = rewards.submit([0, 0, 1, 1], ["kind one", "lost", "kind", "lost"]).result()
    assert rewards.names == ("criterion_00", "criterion_01", "criterion_02")
    nan = torch.nan
    expected = torch.tensor([[1, 1, 1], [0, nan, 1], [1, nan, nan], [nan, nan, nan]])
    torch.testing.assert_close(found.rewards_NC, expected, equal_nan=True)
    assert found.applicable_NC.tolist() == [
        [True] * 3,
        [True] * 3,
        [True, False, False],
        [True, False, False],
    ]
    assert found.waited_s >= 0


def test_columns_bear_the_names_of_a_shared_rubric(write_rows: WriteRows, rubric: MakeRubric) -> None:
    rows = [{"id": str(n), "prompt": "x", "rubric": rubric("has_e", "has_o")} for n in range(2)]
    prompts = read_prompts(str(write_rows(rows)), None)
    with JudgeService.open_sync(SCRIPTED) as service:
        assert RubricRewards(service, prompts).names == ("has_e", "has_o")


def test_number_of_completions_must_fit(write_rows: WriteRows, rubric: MakeRubric) -> None:
    prompts = read_prompts(str(write_rows([{"id": "a", "prompt": "x", "rubric": rubric("has_e")}])), None)
    with JudgeService.open_sync(SCRIPTED) as service, pytest.raises(ValueError, match="shorter"):
        RubricRewards(service, prompts).submit([0, 0], ["one"])


def test_identity_is_what_decides_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "judge.yaml"
    path.write_text("judge: rules\nconcurrency: 3\nstore: ':memory:'\n")
    assert judge_identity(str(path)) == judge_identity(JudgeConfig(judge="rules"))
    assert judge_identity(SCRIPTED) != judge_identity(JudgeConfig(judge="rules"))
