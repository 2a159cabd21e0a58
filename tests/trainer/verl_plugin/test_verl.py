"""The plug-in at work in the installed verl: its trainer, TransferQueue and reward worker on a local Ray. No model."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.trainer.verl_plugin.export import export_rows
from rvpo.trainer.verl_plugin.reply import KEY, Reply

pytestmark = pytest.mark.timeout(600)
GROUPS: list[list[list[float | None]]] = [
    [[1, 0, 1, 0, 1], [0, 0, 1, 1, 1], [1, 1, None, 0, 0], [0, 1, 0, 0, 1]],
    [[1, 0], [0, 1], [None, 1]],
    [[0.5, 0.25, 1], [None, None, None], [1, 0, 0], [0, 1, 0.5]],
]
TOKENS = 4


def rows_of(reply: Callable[[Sequence[float | None]], Reply]) -> list[dict[str, Any]]:
    """Every sample as verl stores it; one session left two rows, and one row is made up to fill the batch."""
    rows = [
        {
            "key": f"p{number}_{session}_0",
            "tag": {"status": "success"},
            "tokens": TOKENS,
            "info": {KEY: reply(scores).text()},
        }
        for number, group in enumerate(GROUPS)
        for session, scores in enumerate(group)
    ]
    made_up = {**rows[0], "key": "pad_0_0", "tag": {"is_padding": True}}
    return [*rows, {**rows[0], "key": "p0_0_1"}, made_up]


@pytest.fixture(scope="module")
def answers(
    in_verl: Callable[..., Any], reply: Callable[[Sequence[float | None]], Reply]
) -> dict[str, dict[str, Any]]:
    rows = rows_of(reply)
    tools = {"recipe": "tools-1.5b", "step": 1, "steps": 10, "rows": rows}
    plain = ["rvpo.whiten=batch", "rvpo.whiten_eps=1e-6", "rvpo.whiten_eps_in=std"]
    no_vector = [{**row, "info": {}} for row in rows]
    cases = {
        "batch": {**tools, "overrides": [*plain, "rvpo.k=2.0"]},
        "schedule": {
            **tools,
            "recipe": "rubrics-7b",
            "overrides": ["rvpo.whiten=none"],
            "step": 6,
            "steps": 11,
        },
        "gdpo": {**tools, "overrides": [*plain, "rvpo.method=gdpo"]},
        "grpo": {**tools, "recipe": "rubrics-14b", "overrides": ["rvpo.method=grpo"]},
        "hard_min": {
            **tools,
            "recipe": "tools-3b",
            "overrides": ["rvpo.method=hard_min", "rvpo.whiten=none"],
        },
        "no vector": {**tools, "overrides": [], "rows": no_vector},
        "kl in reward": {**tools, "overrides": ["algorithm.use_kl_in_reward=true"]},
        "other trainer": {**tools, "overrides": ["trainer.v1.trainer_mode=sync"]},
        "misspelt": {**tools, "overrides": ["+rvpo.whitten=batch"]},
    }
    return dict(zip(cases, in_verl("through_verl.py", list(cases.values())), strict=True))


@pytest.mark.parametrize(
    ("case", "k", "how"),
    [
        ("batch", 2.0, {}),
        ("schedule", 1.25, {"whiten": "none"}),
        ("gdpo", 0.0, {}),
        ("grpo", 0.0, {"grpo": True}),
        ("hard_min", math.inf, {"whiten": "none"}),
    ],
)
def test_what_is_written_back_equals_the_reference(
    answers: dict[str, dict[str, Any]],
    reference: Callable[..., list[list[float]]],
    case: str,
    k: float,
    how: dict[str, Any],
) -> None:
    expected = [each for group in reference(GROUPS, k, **how) for each in group]
    *written, second_row, made_up = answers[case]["advantages"]
    assert [row[0] for row in written] == pytest.approx(expected, abs=1e-6)
    assert all(row == [row[0]] * TOKENS for row in written)
    assert second_row == written[0]
    assert made_up == [0.0] * TOKENS


def test_figures_reach_verls_metrics(answers: dict[str, dict[str, Any]]) -> None:
    figures = answers["schedule"]["metrics"]
    assert figures["rvpo/k"] == pytest.approx(1.25)
    assert figures["rvpo/coverage"] == pytest.approx(33 / 38)
    assert figures["rewards/c0/mean"] == pytest.approx(0.5)


def test_verl_keeps_the_buffer_of_its_synchronous_mode(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["batch"]["buffer"] == "ReplayBuffer"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("no vector", "reward.reward_manager.name must be rvpo"),
        ("kl in reward", "never reaches a reward vector"),
        ("other trainer", "trainer_mode=rvpo_sync"),
        ("misspelt", "whiten"),
    ],
)
def test_a_wrong_set_up_fails_loudly(answers: dict[str, dict[str, Any]], case: str, expected: str) -> None:
    assert expected in answers[case]["error"]


@pytest.fixture
def two_rubrics(
    tmp_path: Path, write_rows: Callable[..., Path], rubric: Callable[..., dict[str, Any]]
) -> Path:
    rows = [
        {"id": "a", "prompt": "x", "rubric": rubric("has_e", "politeness", "has_o")},
        {"id": "b", "prompt": "y", "rubric": rubric("politeness")},
    ]
    out = tmp_path / "train.parquet"
    assert export_rows(str(write_rows(rows)), out) == 2
    return out


def test_the_reward_worker_asks_a_served_judge(
    in_verl: Callable[..., Any], served_judge: str, two_rubrics: Path, tiny_model: Path
) -> None:
    judge = [f"rvpo.judge.base_url={served_judge}", "+rvpo.judge.max_attempts=1"]
    model = [f"actor_rollout_ref.model.path={tiny_model}", "data.filter_overlong_prompts=false"]
    given = {
        "recipe": "rubrics-7b",
        "overrides": judge + model,
        "data": str(two_rubrics),
        "replies": ["a kind one", "lost"],
    }
    found = in_verl("ask_through_verl.py", given)
    first, second = (answer["reward_extra_info"] for answer in found["answers"])
    vector = json.loads(first[KEY])
    assert vector["rewards"] == [1, 1, 1]
    assert vector["labels"] == ["has_e", "politeness", "has_o"]
    assert (first["holes"], first["coverage"]) == (0, 1.0)
    # The judge failed: a hole with its cause, no number, and NaN in verl's own figures.
    assert json.loads(second[KEY])["rewards"] == [None]
    assert (second["holes"], second["coverage"]) == (1, 0.0)
    assert math.isnan(found["answers"][1]["reward_score"])
    assert found["validation"]["rows"]["holes"]["mean@1"] == 0.5
    assert KEY not in found["validation"]["rows"]
