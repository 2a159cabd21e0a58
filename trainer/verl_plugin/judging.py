"""One reply -> what it earned, by the judge service. The only file of this folder that talks to judges."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from time import perf_counter
from typing import Any, NamedTuple

from rvpo.judges import JudgeRequest, RewardVector
from rvpo.trainer.pending import Layout, PendingRewards
from rvpo.trainer.rewards import Submits
from rvpo.trainer.telemetry.batch import Facts
from rvpo.trainer.verl_plugin.reply import Reply
from rvpo.trainer.verl_plugin.task import Task, entries_of


class Earned(NamedTuple):
    """Of one reply."""

    reply: Reply
    score: float
    """The rubric's score; NaN where nothing could be judged, for a failed judge scores nothing."""
    coverage: float


async def judge_reply(
    service: Submits, task: Task, messages: Sequence[Mapping[str, Any]], response: str
) -> Earned:
    """Judge one reply.

    Args:
        service: The judges.
        task: How to judge it.
        messages: The prompt.
        response: The reply.

    Raises:
        JudgeError: The service cannot be asked this, or has a fault; what a judge fails to answer is a hole instead.
        RubricError: The task's rubric is none, or asks for a field that the task lacks.
    """
    entries = entries_of(task.rubric, task.view)
    prompt = [{"role": turn["role"], "content": turn["content"]} for turn in messages]
    request = JudgeRequest(
        rubric=entries.rubric, prompt=prompt, response=response, id=task.id, fields=task.fields
    )
    started = perf_counter()
    (vector,) = await asyncio.wrap_future(service.submit([request]))
    places = list(range(len(entries.view.names)))
    layout = Layout(entries.view, places, places, entries.policy)
    row = PendingRewards(lambda: _done(vector), [layout], len(places)).result()
    row.facts_NF[:, Facts._fields.index("waited_s")] = perf_counter() - started
    score = float("nan") if vector.scalar is None else vector.scalar
    return Earned(Reply.of(row, task.labels), score, vector.coverage)


def _done(vector: RewardVector) -> "Future[list[RewardVector]]":
    future: Future[list[RewardVector]] = Future()
    future.set_result([vector])
    return future
