"""The dispatcher: every request to an endpoint passes here, and here alone are they held back and repeated.

A call takes a place in flight, waits until the endpoint is willing (``Retry-After`` holds everybody back, the breaker
too) and the rates allow it, and is sent. An attempt that fails in passing is repeated after a growing, jittered pause
in which its place is free for others, but not where the endpoint has too much to do: whoever took the place would be
turned away next, and so on through the queue at the speed of the endpoint's no. One whose connection was closed before the first byte is sent again at once, one
time, whatever ``max_attempts`` says: servers close idle connections, and an RL step pauses longer than they wait.
Nothing here knows HTTP: an attempt is a coroutine that brings the body of a reply, or a ``Failure``.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Final

from rvpo.judges.classify import Failure, RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.limits.aimd import Aimd
from rvpo.judges.limits.breaker import Admission, Breaker
from rvpo.judges.limits.bucket import TokenBucket
from rvpo.judges.limits.gate import Gate
from rvpo.judges.limits.race import race
from rvpo.judges.limits.settings import Limits
from rvpo.judges.limits.stragglers import Stragglers
from rvpo.judges.parse import decode_completion, usage_of

LONGEST_PAUSE_S: Final = 30.0
BREAKER_LOOK_S: Final = 0.25
"""How often a waiting call looks whether the circuit is closed again."""

Attempt = Callable[[], Coroutine[Any, Any, bytes | Failure]]


class Dispatcher:
    """Sends the calls to one endpoint; make it inside an event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._now = asyncio.get_running_loop().time
        self._quiet_until = 0.0
        self._aimd: Aimd | None = None
        if limits.adaptive is not None:
            start, least = limits.adaptive.start, limits.adaptive.min
            self._aimd = Aimd(start=start, least=least, most=limits.concurrency)
        self._gate = Gate(self._aimd.limit if self._aimd else limits.concurrency)
        self._breaker = Breaker(limits.breaker) if limits.breaker else None
        self._stragglers = Stragglers(limits.hedge) if limits.hedge else None
        self._requests = TokenBucket(limits.rpm) if limits.rpm else None
        self._tokens = TokenBucket(limits.tpm) if limits.tpm else None
        self._watched = any((self._breaker, self._requests, self._tokens))

    @property
    def in_flight(self) -> int:
        """Places taken now."""
        return self._gate.inside

    @property
    def places(self) -> int:
        """Places there are now."""
        return self._gate.size

    async def send(self, attempt: Attempt, size: int = 0) -> RawReply:
        """Bring one call through.

        Args:
            attempt: Sends the request once; called once for every attempt.
            size: Bytes of the request, four of which are taken for a token until the reply tells the number.

        Raises:
            CallFailed: The endpoint said no for good, or the attempts ran out; ``status`` says which.
        """
        gate = self._gate
        sent = failed = 0
        forgiven = placed = False
        try:
            while True:
                if not placed:
                    placed = gate.try_enter() or await gate.enter()
                outcome = await self._once(attempt, size / 4.0)
                if isinstance(outcome, RawReply):
                    return (
                        RawReply(outcome.body, outcome.latency_s, sent + outcome.attempts)
                        if sent
                        else outcome
                    )
                sent += outcome.sent
                if outcome.unanswered and not forgiven:
                    forgiven = True
                    continue
                failed += 1
                if not outcome.retry or failed >= self._limits.max_attempts:
                    raise CallFailed(outcome.status, outcome.detail, attempts=sent)
                if not outcome.overload:
                    gate.leave()
                    placed = False
                await self._pause(outcome, failed)
                if placed and gate.inside > gate.size:
                    gate.leave()
                    placed = False
        finally:
            if placed:
                gate.leave()

    async def _once(self, attempt: Attempt, tokens: float) -> RawReply | Failure:
        admission: Admission = "go"
        if self._watched or self._quiet_until > self._now():
            admission = await self._clearance(tokens)
            if admission == "no" and self._breaker is not None:
                return Failure("transport", self._breaker.excuse(), retry=False, sent=0)
        try:
            if self._stragglers is None:
                outcome = await self._timed(attempt)
            else:
                outcome = await self._hedged(attempt, tokens, self._stragglers)
        except BaseException:
            self._abandon(admission)
            raise
        self._learn(outcome, tokens, probe=admission == "probe")
        return outcome

    async def _timed(self, attempt: Attempt) -> RawReply | Failure:
        started = self._now()
        outcome = await attempt()
        return RawReply(outcome, self._now() - started) if isinstance(outcome, bytes) else outcome

    async def _hedged(self, attempt: Attempt, tokens: float, stragglers: Stragglers) -> RawReply | Failure:
        started = self._now()
        patience_s = stragglers.patience_s()

        def second() -> asyncio.Task[RawReply | Failure] | None:
            if self._quiet_until > self._now() or not self._gate.try_enter():
                return None
            if self._reserve(tokens) > 0.0:
                self._refund(tokens)
            elif stragglers.spend():
                sent = asyncio.ensure_future(self._timed(attempt))
                sent.add_done_callback(lambda _: self._gate.leave())
                return sent
            self._gate.leave()
            return None

        if patience_s is None:
            outcome = await self._timed(attempt)
        else:
            outcome = await race(lambda: self._timed(attempt), patience_s, second)
        if isinstance(outcome, RawReply):
            # The time since the first request, also where the second won: else the quantile would creep down.
            stragglers.took(self._now() - started)
        return outcome

    async def _clearance(self, tokens: float) -> Admission:
        """Wait until the request may be sent; its share of the rates is then taken."""
        while True:
            admission = await self._settled()
            if admission == "no":
                return admission
            try:
                affords = await self._afford(tokens)
            except BaseException:
                self._abandon(admission)
                raise
            if affords or admission == "probe":
                return admission

    async def _settled(self) -> Admission:
        while True:
            while (wait_s := self._quiet_until - self._now()) > 0:  # noqa: ASYNC110 - others move the time on
                await asyncio.sleep(wait_s)
            admission = self._breaker.admit(self._now()) if self._breaker else "go"
            if admission != "wait":
                return admission
            await asyncio.sleep(BREAKER_LOOK_S)

    async def _afford(self, tokens: float) -> bool:
        """Wait for the rates; false, and nothing is taken, if the endpoint asked for quiet meanwhile."""
        wait_s = self._reserve(tokens)
        if wait_s <= 0.0:
            return True
        try:
            await asyncio.sleep(wait_s)
        except asyncio.CancelledError:
            self._refund(tokens)
            raise
        if self._quiet_until <= self._now():
            return True
        self._refund(tokens)
        return False

    def _reserve(self, tokens: float) -> float:
        now = self._now()
        wait_s = self._requests.reserve(1.0, now) if self._requests else 0.0
        return max(wait_s, self._tokens.reserve(tokens, now)) if self._tokens else wait_s

    def _refund(self, tokens: float) -> None:
        if self._requests:
            self._requests.correct(-1.0)
        if self._tokens:
            self._tokens.correct(-tokens)

    def _abandon(self, admission: Admission) -> None:
        if admission == "probe" and self._breaker is not None:
            self._breaker.abandoned()

    def _learn(self, outcome: RawReply | Failure, tokens: float, *, probe: bool) -> None:
        if isinstance(outcome, RawReply):
            self._learn_good(outcome, tokens)
        else:
            self._learn_bad(outcome, probe=probe)
        if self._aimd is not None and self._aimd.limit != self._gate.size:
            self._gate.resize(self._aimd.limit)

    def _learn_good(self, reply: RawReply, tokens: float) -> None:
        if self._aimd is not None:
            self._aimd.succeeded(self._gate.inside, self._now())
        if self._breaker is not None:
            self._breaker.succeeded()
        if self._tokens is not None and (usage := usage_of(decode_completion(reply.body))).prompt_tokens:
            self._tokens.correct(usage.prompt_tokens + usage.completion_tokens - tokens)

    def _learn_bad(self, failure: Failure, *, probe: bool) -> None:
        if self._aimd is not None and failure.overload:
            self._aimd.overloaded(self._now())
        if self._breaker is None:
            return
        if failure.retry and failure.status in {"transport", "timeout"}:
            self._breaker.failed(self._now(), failure.detail, probe=probe)
        else:
            self._breaker.succeeded()

    async def _pause(self, failure: Failure, failed: int) -> None:
        if failure.wait_s is not None:
            if failure.overload:
                self._quiet_until = max(self._quiet_until, self._now() + failure.wait_s)
            else:
                await asyncio.sleep(failure.wait_s)
            return
        pause_s = min(self._limits.first_pause_s * 2.0 ** (failed - 1), LONGEST_PAUSE_S)
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
