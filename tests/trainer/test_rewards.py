"""Completions -> matrix, through the real judge service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from rvpo.judges import JudgeConfig, JudgeService
from rvpo.trainer.data import read_prompts
from rvpo.trainer.rewards import RubricRewards, judge_identity
from rvpo.trainer.telemetry.batch import Facts

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
    assert rewards.names == ("has_e", "politeness", "has_o")
    nan = torch.nan
    expected = torch.tensor([[1, 1, 1], [0, nan, 1], [nan, 1, nan], [nan, nan, nan]])
    torch.testing.assert_close(found.rewards_NC, expected, equal_nan=True)
    assert found.applicable_NC.tolist() == [
        [True] * 3,
        [True] * 3,
        [False, True, False],
        [False, True, False],
    ]
    assert found.weights_NC.tolist() == found.applicable_NC.float().tolist()
    assert found.missing_N.tolist() == pytest.approx([0, 1 / 3, 0, 1])
    assert found.policy_N3.tolist() == [[pytest.approx(0.2), 0.0, 1.0]] * 4
    assert found.waited_s >= 0


def test_columns_bear_the_names_of_a_shared_rubric(write_rows: WriteRows, rubric: MakeRubric) -> None:
    rows = [{"id": str(n), "prompt": "x", "rubric": rubric("has_e", "has_o")} for n in range(2)]
    prompts = read_prompts(str(write_rows(rows)), None)
    with JudgeService.open_sync(SCRIPTED) as service:
        assert RubricRewards(service, prompts).names == ("has_e", "has_o")


def test_axes_are_columns_over_rubrics_of_all_sizes(write_rows: WriteRows) -> None:
    """HealthBench rows: the second rubric has one axis of the first and one of its own."""

    def row(name: str, *axes: str) -> dict[str, Any]:
        criteria = [
            {
                "id": f"c{n}",
                "criterion": "x",
                "points": 3,
                "kind": "contains",
                "rule": {"texts": [text]},
                "tags": [axis],
            }
            for n, (text, axis) in enumerate(zip("abc", axes, strict=False))
        ]
        return {"id": name, "prompt": "x", "rubric": {"id": name, "criteria": criteria}}

    rows = [row("p", "axis:one", "axis:two", "axis:two"), row("q", "axis:two", "axis:three")]
    prompts = read_prompts(str(write_rows(rows)), None)
    with JudgeService.open_sync(SCRIPTED) as service:
        rewards = RubricRewards(service, prompts, "axes")
        found = rewards.submit([0, 1], ["a b", "b"]).result()
    assert rewards.names == ("axis:one", "axis:two", "axis:three")
    expected = torch.tensor([[1, 0.5, torch.nan], [torch.nan, 0, 1]])
    torch.testing.assert_close(found.rewards_NC, expected, equal_nan=True)


def test_many_different_rubrics_share_columns_by_place(write_rows: WriteRows) -> None:
    def row(n: int) -> dict[str, Any]:
        criteria = [{"id": f"row{n}_{name}", "criterion": "x"} for name in "ab"]
        return {"id": str(n), "prompt": "x", "rubric": {"id": f"r{n}", "criteria": criteria}}

    prompts = read_prompts(str(write_rows([row(n) for n in range(20)])), None)
    with JudgeService.open_sync(SCRIPTED) as service:
        assert RubricRewards(service, prompts).names == ("criterion_00", "criterion_01")


def test_weights_by_points(write_rows: WriteRows, rubric: MakeRubric) -> None:
    made = rubric("has_e", "has_o")
    made["criteria"][0]["points"] = 3
    rows = [{"id": "a", "prompt": "x", "rubric": {**made, "aggregate": {"weights": "points"}}}]
    prompts = read_prompts(str(write_rows(rows)), None)
    with JudgeService.open_sync(SCRIPTED) as service:
        found = RubricRewards(service, prompts).submit([0], ["e"]).result()
    # 3 and 1 of 4 points, where 1 is ordinary.
    assert found.weights_NC.tolist() == [[1.5, 0.5]]


def test_number_of_completions_must_fit(write_rows: WriteRows, rubric: MakeRubric) -> None:
    prompts = read_prompts(str(write_rows([{"id": "a", "prompt": "x", "rubric": rubric("has_e")}])), None)
    with JudgeService.open_sync(SCRIPTED) as service, pytest.raises(ValueError, match="shorter"):
        RubricRewards(service, prompts).submit([0, 0], ["one"])


def test_identity_is_what_decides_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "judge.yaml"
    path.write_text("judge: rules\nconcurrency: 3\nstore: ':memory:'\n")
    assert judge_identity(str(path)) == judge_identity(JudgeConfig(judge="rules"))
    assert judge_identity(SCRIPTED) != judge_identity(JudgeConfig(judge="rules"))
    together = JudgeConfig(judge="ensemble", judges=(str(path), SCRIPTED))
    path.write_text("judge: scripted\nreplies: [{say: [true]}]\n")
    before = judge_identity(together)
    path.write_text("judge: scripted\nreplies: [{say: [false]}]\n")
    assert judge_identity(together) != before


@pytest.mark.parametrize(
    "settings",
    [{}, {"verdict": "dunno"}, {"verdict": '{"explanation": "", "answer": "n/a"}'}, {"faults": [["400", 2]]}],
    ids=["judged", "unparseable", "not applicable", "refused"],
)
def test_every_reply_that_came_in_is_paid_for(
    write_rows: WriteRows, scripted_server: Any, settings: dict[str, Any]
) -> None:
    """Also one without a verdict in it, and one that says the criterion does not apply; as the service counts."""
    asks = {
        "id": "warm",
        "criterion": "Contains the word kind",
        "options": ["no", "yes", {"label": "n/a", "na": True}],
    }
    prompts = read_prompts(
        str(write_rows([{"id": "a", "prompt": "x", "rubric": {"id": "r", "criteria": [asks]}}])), None
    )
    config = {
        "model": "gpt-4.1-mini",
        "base_url": scripted_server.url,
        "store": ":memory:",
        "max_attempts": 1,
    }
    judge = JudgeConfig.model_validate({"judge": "openai-compatible", **config})
    scripted_server.script(**settings)
    with JudgeService.open_sync(judge) as service:
        found = RubricRewards(service, prompts).submit([0, 0], ["so kind", "no"]).result()
        spent = service.stats().usd
    assert spent is not None
    usd = Facts(*found.facts_NF.unbind(dim=1)).usd
    assert float(usd.sum()) == pytest.approx(spent)
    assert (spent > 0) == ("faults" not in settings)
