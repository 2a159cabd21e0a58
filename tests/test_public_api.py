"""What outsiders hold on to: every room's names are sorted, real, and those the design promises."""

import importlib
import inspect

import pytest

PROMISED = {
    "rubrics": {"Criterion", "Rubric", "load_rubric", "rubric_from_healthbench", "score_rubric"},
    "rubrics.tool_calls": {"toolrl_rewards"},
    "judges": {"JudgeRequest", "JudgeService", "RewardVector", "Verdict"},
    "trainer": {"gdpo_advantages", "grpo_advantages", "rvpo_advantages", "soft_min", "train"},
    "harness": {"Exam", "EndpointSampler", "TransformersSampler", "run_exam"},
    "results": {"compare", "open_run"},
}
ROOMS = ("harness", "judges", "results", "rubrics", "trainer")


@pytest.mark.parametrize("module", PROMISED)
def test_promised_names_are_there(module: str) -> None:
    loaded = importlib.import_module(f"rvpo.{module}")
    assert [name for name in sorted(PROMISED[module]) if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_all_is_sorted_and_complete(room: str) -> None:
    loaded = importlib.import_module(f"rvpo.{room}")
    assert list(loaded.__all__) == sorted(loaded.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(loaded, name) for name in loaded.__all__)


def test_advantages_take_the_documented_arguments() -> None:
    from rvpo.trainer import gdpo_advantages, grpo_advantages, rvpo_advantages

    signature = inspect.signature(rvpo_advantages)
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    for name, value in {"k": 1.0, "applicable_PGC": None, "eps": 1e-6, "ddof": 1, "whiten": "batch"}.items():
        assert defaults[name] == value
    assert {"eps", "ddof", "whiten"} <= set(inspect.signature(gdpo_advantages).parameters)
    assert {"eps", "ddof"} <= set(inspect.signature(grpo_advantages).parameters)
