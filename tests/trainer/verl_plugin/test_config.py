"""What the plug-in refuses, before anything is spent."""

import copy
from typing import Any

import pytest

from rvpo.rubrics import SourceError
from rvpo.trainer.errors import TrainConfigError, UnsupportedVerl
from rvpo.trainer.verl_plugin.settings import check_run
from rvpo.trainer.verl_plugin.version import check_verl

GOOD: dict[str, Any] = {
    "rvpo": {"k": {"schedule": "linear", "start": 0.5, "end": 2.0}, "judge": {"judge": "rules"}},
    "algorithm": {"adv_estimator": "rvpo", "use_kl_in_reward": False, "filter_groups": None},
    "reward": {"reward_manager": {"name": "rvpo"}, "reward_model": {"enable": False}},
    "actor_rollout_ref": {"rollout": {"n": 4}},
}


def test_a_good_config_is_read() -> None:
    settings = check_run(GOOD)
    assert settings.judge.judge == "rules"
    assert settings.conventions.whiten == "batch"


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("rvpo", None, "no section rvpo"),
        ("algorithm.adv_estimator", "grpo", "algorithm.adv_estimator is 'grpo', should be 'rvpo'"),
        ("algorithm.use_kl_in_reward", True, "never reaches a reward vector"),
        ("algorithm.filter_groups", {"enable": True}, "drops groups that differ in single criteria"),
        ("reward.reward_manager.name", "naive", "it is what asks the judges"),
        ("reward.reward_model.enable", True, "would ask that model"),
        ("actor_rollout_ref.rollout.n", 1, "at least 2"),
    ],
)
def test_what_would_be_ignored_is_refused(place: str, value: Any, expected: str) -> None:
    config = copy.deepcopy(GOOD)
    *path, last = place.split(".")
    inner = config
    for step in path:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(TrainConfigError, match=expected) as raised:
        check_run(config)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"methd": "rvpo", "judge": {"judge": "rules"}}, "method"),
        ({"judge": {"judge": "scripted", "replies": [{"say": [True]}]}}, "rvpo serve"),
        ({"k": -1, "judge": {"judge": "rules"}}, "rvpo: k"),
        (
            {"k": {"schedule": "adaptive", "start": 1, "low": 0.5, "high": 0.7}, "judge": {"judge": "rules"}},
            "adaptive k is kept in the trainer's checkpoints",
        ),
    ],
)
def test_a_section_is_closed(section: dict[str, Any], expected: str) -> None:
    with pytest.raises(SourceError, match=expected):
        check_run({**GOOD, "rvpo": section})


@pytest.mark.parametrize("version", ["0.9.1", "0.9.2", "0.9.14.post1"])
def test_supported_versions(version: str) -> None:
    check_verl(version)


@pytest.mark.parametrize("version", ["0.9.0", "0.8.9", "0.10.0", "0.10.0.dev0", "1.0", "unknown"])
def test_other_versions_are_refused_in_one_line(version: str) -> None:
    with pytest.raises(UnsupportedVerl, match=r"needs verl>=0\.9\.1,<0\.10"):
        check_verl(version)
