"""Limits as declared in a judge file, against a real server."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import CallFailed, JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.client import ChatClient
from rvpo.rubrics import Criterion, Rubric

LONG = "Count to ten. " * 600
"""8 400 letters, about 2 100 tokens."""
QUESTION = [{"role": "user", "content": "hello"}]


def config(server: Any, **fields: Any) -> JudgeConfig:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": ":memory:"}
    return JudgeConfig.model_validate(settings | fields)


def client(server: Any, **fields: Any) -> ChatClient:
    return ChatClient(server.url, limits=config(server, **fields).limits())


@pytest.mark.parametrize(
    ("leader_first", "prompt", "peak", "rounds"),
    [
        (False, LONG, 5, 1),
        (True, "Count.", 4, 2),
        ("auto", "Count.", 5, 1),
        ("auto", LONG, 4, 2),
        (None, LONG, 4, 2),
    ],
)
def test_leader_first(
    scripted_server: Any, leader_first: bool | str | None, prompt: str, peak: int, rounds: int
) -> None:
    """Five questions on one response: all at once, or one and then four; left out, as with ``auto``."""
    scripted_server.script(latency_s=0.3)
    words = ("one", "two", "three", "four", "five")
    rubric = Rubric(
        id="r", criteria=tuple(Criterion(id=word, criterion=f"Mentions {word}", points=1) for word in words)
    )
    settings = config(scripted_server, **({} if leader_first is None else {"leader_first": leader_first}))
    with JudgeService.open_sync(settings) as service:
        started = time.monotonic()
        (vector,) = service.judge_sync([JudgeRequest(rubric=rubric, prompt=prompt, response="one two")])
        took_s = time.monotonic() - started
    assert vector.values.tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert scripted_server.counts()["peak"] == peak
    assert took_s >= rounds * 0.3


def test_what_is_shared_is_what_stands_before_the_first_criterion(
    scripted_server: Any, tmp_path: Path
) -> None:
    """A template that asks first and shows the conversation afterwards: no provider's cache helps, nobody waits."""
    scripted_server.script(latency_s=0.3)
    template = tmp_path / "asks_first.txt"
    template.write_text(
        "## user\n{{criterion}}\n{{answer_form}}\n{{conversation}}\n{{response}}\n", encoding="utf-8"
    )
    rubric = Rubric(id="r", criteria=tuple(Criterion(id=f"c{n}", criterion=f"Is {n}") for n in range(5)))
    with JudgeService.open_sync(config(scripted_server, template=str(template))) as service:
        service.judge_sync([JudgeRequest(rubric=rubric, prompt=LONG, response="one two")])
    assert scripted_server.counts()["peak"] == 5


def test_requests_a_minute(scripted_server: Any) -> None:
    """240 a minute are four at once and then one each 0.25 s: six calls take half a second."""

    async def whole() -> float:
        async with client(scripted_server, rpm=240) as asked:
            started = time.monotonic()
            await asyncio.gather(*(asked.complete("m", QUESTION, {}) for _ in range(6)))
            return time.monotonic() - started

    assert asyncio.run(whole()) >= 0.49


@pytest.mark.timeout(100)  # less than the straggler sleeps
def test_a_straggler_is_overtaken(scripted_server: Any) -> None:
    async def whole() -> int:
        async with client(scripted_server, hedge={"after_p": 0.9, "most": 0.1}) as asked:
            for _ in range(40):
                await asked.complete("m", QUESTION, {})
            scripted_server.script(faults=[["slow", 1]], slow_s=120.0)
            reply = await asked.complete("m", QUESTION, {})
            return reply.attempts

    assert asyncio.run(whole()) == 2
    assert scripted_server.counts()["requests"] == 2


def test_a_dead_server_is_given_up_once(scripted_server: Any) -> None:
    """500 calls of up to three attempts with pauses between: over when the patience is."""
    scripted_server.stop()

    async def whole() -> list[int]:
        breaker = {"after": 8, "probe_s": 0.2, "patience_s": 0.6}
        attempts = []
        async with client(scripted_server, concurrency=8, max_attempts=3, breaker=breaker) as asked:

            async def one() -> None:
                with pytest.raises(CallFailed) as failed:
                    await asked.complete("m", QUESTION, {})
                assert failed.value.status == "transport"
                attempts.append(failed.value.attempts)

            await asyncio.gather(*(one() for _ in range(500)))
            return attempts

    assert sum(asyncio.run(whole())) < 100


def test_a_storm_of_429_shrinks_the_number_in_flight(scripted_server: Any) -> None:
    async def whole() -> tuple[int, int]:
        async with client(scripted_server, concurrency=50, adaptive={"start": 20, "min": 4}) as asked:
            before = asked.dispatcher.places
            scripted_server.script(faults=[["429", 5]], retry_after="0.1")
            await asyncio.gather(*(asked.complete("m", QUESTION, {}) for _ in range(60)))
            return before, asked.dispatcher.places

    assert asyncio.run(whole()) == (20, 16)  # once, by a fifth: the others were in flight already
    assert scripted_server.counts()["requests"] == 65
