"""The dispatcher against endpoints played in virtual time; against a real server: ``test_client.py``."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rvpo.judges.classify import Failure, RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.limits.dispatch import LONGEST_PAUSE_S, Dispatcher
from rvpo.judges.limits.settings import Adaptive, Breaking, Limits

Virtually = Callable[[Any], Any]
GOOD = b'{"choices": [{"message": {"content": "x"}}]}'
BUSY = Failure("rate_limited", "HTTP 429", retry=True, overload=True)
DOWN = Failure("transport", "refused", retry=True)


class Endpoint:
    """Answers after ``latency_s``; ``fate`` (of the number of the request, and the time) may make it fail."""

    def __init__(
        self, latency_s: float = 1.0, fate: Callable[[int, float], Failure | bytes] = lambda *_: GOOD
    ) -> None:
        self.latency_s = latency_s
        self.fate = fate
        self.sent_at: list[float] = []
        self.in_flight = self.peak = 0

    async def __call__(self) -> bytes | Failure:
        loop = asyncio.get_running_loop()
        number = len(self.sent_at)
        self.sent_at.append(loop.time())
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            fate = self.fate(number, loop.time() - self.sent_at[0])
            if isinstance(fate, bytes):
                await asyncio.sleep(self.latency_s)
            return fate
        finally:
            self.in_flight -= 1


async def send_all(
    limits: Limits, endpoint: Endpoint, count: int, size: int = 0
) -> tuple[list[RawReply | CallFailed], float, Dispatcher]:
    """All calls at once; their outcomes, the seconds it took, and the dispatcher."""
    dispatcher = Dispatcher(limits)

    async def one() -> RawReply | CallFailed:
        try:
            return await dispatcher.send(endpoint, size)
        except CallFailed as failed:
            return failed

    loop = asyncio.get_running_loop()
    started = loop.time()
    outcomes = await asyncio.gather(*(one() for _ in range(count)))
    assert dispatcher.in_flight == 0
    return outcomes, loop.time() - started, dispatcher


def tally(outcomes: Sequence[RawReply | CallFailed]) -> Counter[str]:
    return Counter("ok" if isinstance(each, RawReply) else each.status for each in outcomes)


def test_all_places_are_always_used(virtually: Virtually) -> None:
    """1 000 calls of 1 s at 64 in flight: 16 waves (15.6), no more and no less."""
    endpoint = Endpoint()
    outcomes, took_s, _ = virtually(send_all(Limits(concurrency=64), endpoint, 1000))
    assert tally(outcomes) == {"ok": 1000}
    assert endpoint.peak == 64
    assert took_s == pytest.approx(16.0)


def test_pauses_grow_and_leave_the_place_to_others(virtually: Virtually) -> None:
    """One place; the first call fails four times. The pauses are 0.5, 1, 2, 4 s times 0.5 to 1, the rest goes on."""
    endpoint = Endpoint(fate=lambda number, _now: DOWN if number in {0, 4, 5, 6} else GOOD)
    outcomes, took_s, _ = virtually(send_all(Limits(concurrency=1), endpoint, 4))
    assert tally(outcomes) == {"ok": 4}
    assert outcomes[0].attempts == 5
    assert [each.attempts for each in outcomes[1:]] == [1, 1, 1]
    assert endpoint.sent_at[1] - endpoint.sent_at[0] < 1e-6  # the second was sent in the first's pause
    gaps = [
        later - earlier for earlier, later in zip(endpoint.sent_at[4:7], endpoint.sent_at[5:8], strict=True)
    ]
    for gap, most in zip(gaps, (1.0, 2.0, 4.0), strict=True):
        assert most / 2 <= gap <= most
    assert took_s < 3 + 7 + 1.001


def test_no_pause_is_endless(virtually: Virtually) -> None:
    endpoint = Endpoint(fate=lambda *_: DOWN)
    (lost,), took_s, _ = virtually(send_all(Limits(max_attempts=12), endpoint, 1))
    assert (lost.status, lost.attempts) == ("transport", 12)
    assert took_s <= 0.5 * 63 + 5 * LONGEST_PAUSE_S  # 0.5 + 1 + ... + 16, then 30 each


def test_retry_after_of_an_overload_holds_back_everybody(virtually: Virtually) -> None:
    busy = BUSY._replace(wait_s=7.0)
    endpoint = Endpoint(fate=lambda number, _now: busy if number == 0 else GOOD)
    outcomes, _, _ = virtually(send_all(Limits(concurrency=2), endpoint, 6))
    assert tally(outcomes) == {"ok": 6}
    # Nothing but the one that was in flight beside it goes out before the 7 s are over.
    assert sum(at - endpoint.sent_at[0] >= 7.0 for at in endpoint.sent_at) >= 5
    assert len(endpoint.sent_at) == 7


def test_adaptive_finds_what_the_endpoint_bears(virtually: Virtually) -> None:
    """An endpoint that turns away what is over 50 in flight; 20 000 calls of 1 s."""
    endpoint = Endpoint()
    endpoint.fate = lambda *_: BUSY if endpoint.in_flight > 50 else GOOD
    limits = Limits(concurrency=200, adaptive=Adaptive(), max_attempts=20)
    outcomes, took_s, dispatcher = virtually(send_all(limits, endpoint, 20_000))
    assert tally(outcomes) == {"ok": 20_000}
    assert took_s < 20_000 / 50 * 1.25  # no less than four fifths of what was possible
    turned_away = len(endpoint.sent_at) - 20_000
    assert turned_away < 0.05 * 20_000
    assert 30 <= dispatcher.places <= 60


def test_without_adaptive_the_number_stays(virtually: Virtually) -> None:
    endpoint = Endpoint(fate=lambda number, _now: BUSY if number < 100 else GOOD)
    _, _, dispatcher = virtually(send_all(Limits(concurrency=30), endpoint, 500))
    assert (dispatcher.places, endpoint.peak) == (30, 30)


def test_those_who_queue_are_not_turned_away_one_after_another(virtually: Virtually) -> None:
    """10 s of instant 429 for ten places and 1 000 calls: each place asks after 0, 0.5, 1.5, 3.5, 7.5 s (or half)."""
    endpoint = Endpoint(fate=lambda _number, now: BUSY if now < 10.0 else GOOD)
    outcomes, _, _ = virtually(send_all(Limits(concurrency=10, max_attempts=9), endpoint, 1000))
    assert tally(outcomes) == {"ok": 1000}
    assert len(endpoint.sent_at) - 1000 <= 10 * 6


def test_requests_a_minute(virtually: Virtually) -> None:
    """600 a minute: ten at once, then ten a second; 210 calls take 20 s to be sent."""
    endpoint = Endpoint(latency_s=0.0)
    _, took_s, _ = virtually(send_all(Limits(concurrency=64, rpm=600.0), endpoint, 210))
    assert took_s == pytest.approx(20.0)
    sent_at = [at - endpoint.sent_at[0] for at in endpoint.sent_at]
    assert sum(at <= 1e-6 for at in sent_at) == 10
    assert max(Counter(int(at + 1e-6) for at in sent_at).values()) <= 20


def test_tokens_a_minute_as_they_were_and_not_as_estimated(virtually: Virtually) -> None:
    """400 bytes are taken for 100 tokens; the replies say 300. 60 000 a minute are 1 000 a second, so 3.3 calls a s.

    One call at a time at 10 ms latency: 101 calls use 30 300 tokens, 29 to 30 s worth beyond the first second.
    """
    reply = b'{"choices": [{"message": {}}], "usage": {"prompt_tokens": 200, "completion_tokens": 100}}'
    endpoint = Endpoint(latency_s=0.01, fate=lambda *_: reply)
    _, took_s, _ = virtually(send_all(Limits(concurrency=1, tpm=60_000.0), endpoint, 101, size=400))
    assert 28.5 <= took_s <= 30.5


def test_a_dead_endpoint_costs_its_patience_once(virtually: Virtually) -> None:
    """2 000 calls: 30 failures open the circuit, then a probe each 5 s, after 60 s all the rest fails at once."""
    endpoint = Endpoint(fate=lambda *_: DOWN)
    limits = Limits(concurrency=64, breaker=Breaking(after=30))
    outcomes, took_s, _ = virtually(send_all(limits, endpoint, 2000))
    assert tally(outcomes) == {"transport": 2000}
    assert 60.0 <= took_s <= 66.0
    assert len(endpoint.sent_at) <= 64 + 14
    unsent = [each for each in outcomes if each.attempts == 0]
    assert len(unsent) >= 1900
    assert "30 times in a row: refused" in unsent[0].detail


def test_an_endpoint_that_comes_back_in_time_costs_no_call(virtually: Virtually) -> None:
    endpoint = Endpoint(fate=lambda _number, now: DOWN if now < 40.0 else GOOD)
    limits = Limits(concurrency=16, breaker=Breaking(after=10))
    outcomes, took_s, _ = virtually(send_all(limits, endpoint, 160))
    assert tally(outcomes) == {"ok": 160}
    assert 40.0 <= took_s <= 40.0 + 5.0 + 5.0 + 11.0  # the next probe, the longest pause, eleven waves


def test_a_call_cancelled_anywhere_leaves_nothing_taken(virtually: Virtually) -> None:
    """Calls are given up after 0.05, 0.1 ... s: at the gate, in a rate's queue, in flight, as a probe, in a pause."""
    flaky = lambda number, _now: (GOOD, DOWN, BUSY._replace(wait_s=0.3))[number % 3]  # noqa: E731
    limits = Limits(concurrency=3, rpm=240.0, breaker=Breaking(after=1, probe_s=0.4), first_pause_s=0.2)

    async def whole() -> None:
        endpoint = Endpoint(latency_s=0.5, fate=flaky)
        dispatcher = Dispatcher(limits)
        calls = [asyncio.ensure_future(dispatcher.send(endpoint)) for _ in range(60)]
        for call in calls:
            await asyncio.sleep(0.05)
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert (dispatcher.in_flight, endpoint.in_flight) == (0, 0)
        endpoint.fate = lambda *_: GOOD
        outcomes = await asyncio.gather(*(dispatcher.send(endpoint) for _ in range(30)))
        assert tally(outcomes) == {"ok": 30}
        assert endpoint.peak == 3

    virtually(whole())
