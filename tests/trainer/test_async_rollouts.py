"""TRL's own ``_score_group`` with our advantages, on a group made by hand: sampling itself needs vLLM."""

import asyncio
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeService
from rvpo.rubrics import Rubric
from rvpo.trainer import async_rollouts
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.learning import Learning
from rvpo.trainer.verl_plugin.task import Task, rubric_text, write_task

REPLIES = ["a kind one", "kinder still, oh", "lost", "none"]
JUDGE = {
    "judge": "scripted",
    "store": ":memory:",
    "max_attempts": 1,
    "replies": [
        {"contains": "lost", "fail": "timeout"},
        {"contains": "kind", "say": [True]},
        {"say": [False]},
    ],
}


@pytest.fixture(scope="module")
def theirs() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("trl.experimental.async_grpo.async_rollout_worker")


def group_of(theirs: Any, task: str) -> Any:
    """Four replies; the second left two training rows."""
    sequences = [
        [theirs.TrainingSequence([1, 2, 3], [0, 1, 1], [0.0, -1.0, -1.0], str(place))] * (1 + (place == 1))
        for place in range(len(REPLIES))
    ]
    return theirs.RolloutGroup(
        prompts=[[{"role": "user", "content": "q"}]] * 4,
        reward_kwargs={"extra_info": [{"rvpo": task}] * 4},
        completions=[[{"role": "assistant", "content": text}] for text in REPLIES],
        completions_ids=[[2, 3]] * 4,
        completions_sequences=sequences,
        tool_call_counts=[0] * 4,
        tool_failure_counts=[0] * 4,
        model_version=5,
        group_id=0,
        env_rewards=[None] * 4,
        rollout_rewards=[None] * 4,
    )


def test_a_group_is_scored_by_its_vectors(
    theirs: Any, rubric: Callable[..., dict[str, Any]], reference: Callable[..., list[list[float]]]
) -> None:
    from accelerate import PartialState

    PartialState()  # TRL's loop logs through it
    read = Rubric.model_validate({**rubric("politeness", "has_o"), "on_invalid": {"max_missing": 0.6}})
    task = write_task(Task(id="t", rubric=rubric_text(read), labels=("politeness", "has_o")))
    learning = Learning.model_validate(
        {"k": {"schedule": "linear", "start": 0.5, "end": 2.0}, "whiten": "none"}
    )
    loop = object.__new__(async_rollouts.RVPORolloutLoop)
    loop.reward_funcs, loop.reward_func_names = [async_rollouts.rubric_score], ["rubric_score"]
    loop._env_reward_types, loop._provides_rollout_reward = [], False
    with JudgeService.open_sync(JudgeConfig.model_validate(JUDGE)) as service:
        loop.prepare(service, learning, 11)
        rows = asyncio.run(loop._score_group(group_of(theirs, task)))
    # "lost" has no verdict on politeness, and the letter o; version 5 of 11 is half way: k = 1.25.
    (expected,) = reference([[[1, 1], [1, 1], [None, 1], [0, 1]]], 1.25, whiten="none")
    owners = [0, 1, 1, 2, 3]
    assert [row.advantage for row in rows] == pytest.approx([expected[owner] for owner in owners], abs=1e-9)
    assert rows[0].metrics["rvpo/k"] == 1.25
    assert rows[0].metrics["holes/timeout"] == pytest.approx(1 / 8)
    assert rows[3].metrics["rewards/rubric_score"] == 1.0  # over what was judged


def test_the_sampling_process_finds_the_loop(theirs: Any) -> None:
    loop = async_rollouts.RVPORolloutLoop
    assert pickle.loads(pickle.dumps(loop)) is loop
    assert async_rollouts.RVPORolloutWorker._loop_cls is loop
    assert issubclass(async_rollouts.RVPORolloutWorker, theirs.AsyncRolloutWorker)


def test_a_whitening_over_a_batch_is_refused() -> None:
    with pytest.raises(TrainConfigError, match=r"'batch'; .* group \| none"):
        async_rollouts.check_whitening(Learning())
    async_rollouts.check_whitening(Learning.model_validate({"method": "grpo"}))


def test_nothing_else_is_offered() -> None:
    with pytest.raises(AttributeError, match="no attribute Loop"):
        _ = async_rollouts.Loop
