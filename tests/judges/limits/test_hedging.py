"""Second requests, in virtual time."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rvpo.judges.classify import Failure, RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.limits.dispatch import Dispatcher
from rvpo.judges.limits.race import race
from rvpo.judges.limits.settings import Hedging, Limits

Virtually = Callable[[Any], Any]
GOOD = b'{"choices": [{"message": {"content": "x"}}]}'
LOST = Failure("transport", "reset", retry=False)


class Server:
    """Takes 1 s, and every 50th request 30 s."""

    def __init__(self, slow_every: int = 50) -> None:
        self.slow_every = slow_every
        self.requests = self.in_flight = self.peak = self.cancelled = 0

    async def __call__(self) -> bytes | Failure:
        self.requests += 1
        slow = self.requests % self.slow_every == 0
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(30.0 if slow else 1.0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
        return GOOD


async def one_after_another(limits: Limits, server: Server, count: int) -> tuple[list[RawReply], float]:
    dispatcher = Dispatcher(limits)
    loop = asyncio.get_running_loop()
    started = loop.time()
    replies = [await dispatcher.send(server) for _ in range(count)]
    assert dispatcher.in_flight == server.in_flight == 0
    return replies, loop.time() - started


def test_stragglers_are_overtaken(virtually: Virtually) -> None:
    """500 calls in a row, about each 50th slow: 500 s + 1 s for each slow one instead of 790 s; every request is counted."""
    server = Server()
    replies, took_s = virtually(one_after_another(Limits(concurrency=4, hedge=Hedging()), server, 500))
    assert took_s <= 511.0
    assert sum(reply.attempts for reply in replies) == server.requests
    assert server.cancelled == server.requests - 500 == sum(reply.attempts == 2 for reply in replies)
    assert 8 <= server.cancelled <= 12


def test_off_by_default(virtually: Virtually) -> None:
    server = Server()
    replies, took_s = virtually(one_after_another(Limits(concurrency=4), server, 100))
    assert (took_s, server.requests) == (pytest.approx(98.0 + 2 * 30.0), 100)
    assert all(reply.attempts == 1 for reply in replies)


def test_never_more_than_the_share_though_all_become_slow(virtually: Virtually) -> None:
    server = Server()

    async def whole() -> None:
        dispatcher = Dispatcher(Limits(concurrency=4, hedge=Hedging(most=0.05)))
        for number in range(200):
            server.slow_every = 1000 if number < 100 else 1
            await dispatcher.send(server)

    virtually(whole())
    assert server.requests <= 200 + 0.05 * 200


def test_no_place_no_second_request(virtually: Virtually) -> None:
    """With all places taken by first requests the number in flight stays exactly what was asked."""
    server = Server(slow_every=7)

    async def whole() -> None:
        dispatcher = Dispatcher(Limits(concurrency=8, hedge=Hedging(after_p=0.5, most=1.0)))
        await asyncio.gather(*(dispatcher.send(server) for _ in range(400)))
        assert dispatcher.in_flight == 0

    virtually(whole())
    assert server.peak == 8


def test_giving_up_a_call_gives_up_both_requests(virtually: Virtually) -> None:
    async def whole() -> None:
        server = Server(slow_every=1000)
        dispatcher = Dispatcher(Limits(concurrency=4, hedge=Hedging(most=1.0)))
        for _ in range(30):
            await dispatcher.send(server)
        server.slow_every = 1
        call = asyncio.ensure_future(dispatcher.send(server))
        await asyncio.sleep(2.0)
        assert dispatcher.in_flight == server.in_flight == 2
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert dispatcher.in_flight == server.in_flight == 0

    virtually(whole())


@pytest.mark.parametrize(
    ("first", "second", "expected", "at"),
    [
        ((5.0, GOOD), (1.0, GOOD), "second", 3.0),
        ((3.5, GOOD), (4.0, GOOD), "first", 3.5),
        ((5.0, GOOD), (1.0, LOST), "first", 5.0),
        ((5.0, LOST), (4.0, GOOD), "second", 6.0),
        ((5.0, LOST), (4.0, LOST), "lost", 6.0),
        ((5.0, GOOD), None, "first", 5.0),
        ((1.0, LOST), (1.0, GOOD), "lost", 1.0),  # over before anybody thought of a second
    ],
)
def test_who_wins(
    virtually: Virtually,
    first: tuple[float, bytes | Failure],
    second: tuple[float, bytes | Failure] | None,
    expected: str,
    at: float,
) -> None:
    async def request(name: str, end: tuple[float, bytes | Failure]) -> RawReply | Failure:
        await asyncio.sleep(end[0])
        return end[1] if isinstance(end[1], Failure) else RawReply(name.encode())

    async def whole() -> tuple[RawReply | Failure, float]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        outcome = await race(
            lambda: request("first", first),
            2.0,
            lambda: None if second is None else asyncio.ensure_future(request("second", second)),
        )
        return outcome, loop.time() - started

    outcome, took_s = virtually(whole())
    assert took_s == pytest.approx(at)
    requests = 2 if second is not None and first[0] > 2.0 else 1
    if isinstance(outcome, Failure):
        assert (expected, outcome.sent) == ("lost", requests)
    else:
        assert (outcome.body.decode(), outcome.attempts) == (expected, requests)


def test_both_lost_is_one_failed_attempt_of_two_requests(virtually: Virtually) -> None:
    async def whole() -> None:
        server = Server(slow_every=1000)
        dispatcher = Dispatcher(Limits(concurrency=4, max_attempts=1, hedge=Hedging(most=1.0)))
        for _ in range(30):
            await dispatcher.send(server)

        async def fails() -> bytes | Failure:
            await asyncio.sleep(5.0)
            return LOST

        with pytest.raises(CallFailed) as failed:
            await dispatcher.send(fails)
        assert failed.value.attempts == 2

    virtually(whole())
