"""The client of a judge service: ``judge: service`` in a judge file. The only file of this folder on the network.

Requests go in batches; vectors come back one by one as they are finished. A connection that cannot be made, breaks,
or falls silent is made anew and asks for what is still missing; what the service has judged by then is in its store.
So are "too much now" and "stopping" answers repeated, and nothing else. When the attempts run out, what is missing
comes back as holes with status ``transport``: a lost connection is never a score.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import aiohttp
import msgspec

from rvpo.judges.classify import retry_after
from rvpo.judges.client import KEEPALIVE_S
from rvpo.judges.config import JudgeConfig
from rvpo.judges.errors import CallFailed, JudgeConfigError, JudgeError, StoreError
from rvpo.judges.filling import fill_requests
from rvpo.judges.records import JudgeIdentity, JudgeRequest, JudgeStats, RewardVector
from rvpo.judges.serve.packing import Batch, Packer, in_batches
from rvpo.judges.serve.problems import Problem
from rvpo.judges.serve.seen import Seen
from rvpo.judges.serve.wire import HEARTBEAT_S, StreamLine, WhoJudges, decode_line, decode_who
from rvpo.judges.service import JudgeService, OnDone
from rvpo.judges.vectors import RubricPlan, build_vector, hole

BATCHES_AT_ONCE: Final = 16
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0

_AGAIN: Final = frozenset({408, 429, 502, 503, 504})
"""Answers that say "not now", of the service or of what stands before it."""


class _Lost(Exception):
    """No answer this time; another attempt may bring one."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class RemoteJudgeService(JudgeService):
    """A judge service in another process: to its users a ``JudgeService``, inside nothing of it."""

    def __init__(self, config: JudgeConfig, session: aiohttp.ClientSession) -> None:
        self.config = config
        self._url = config.endpoint
        self._session = session
        self._packer = Packer()
        self._seen = Seen()
        self._who = WhoJudges(JudgeIdentity(kind="service"), {})

    @classmethod
    @asynccontextmanager
    async def connect(cls, config: JudgeConfig) -> AsyncIterator[Self]:
        """Reach the service and ask who judges there.

        Raises:
            JudgeConfigError: It cannot be reached, or refuses us.
        """
        key = config.api_key()
        # Silence for longer than two heartbeats is a lost connection, however long the judging takes.
        silence_s = max(config.timeout_s, 2.5 * HEARTBEAT_S)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=config.timeout_s, sock_read=silence_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {key}"} if key else {}),
        ) as session:
            service = cls(config, session)
            service._who = await service._ask_who()
            yield service

    def identity(self) -> JudgeIdentity:
        """Who judges there."""
        return self._who.identity

    def fingerprint(self) -> dict[str, Any]:
        """All that decides a verdict there; the service's own address is no part of it."""
        return dict(self._who.fingerprint)

    def stats(self) -> JudgeStats:
        """What was judged for this caller since opening."""
        return self._seen.stats()

    async def judge(
        self, requests: Sequence[JudgeRequest], on_done: OnDone | None = None
    ) -> list[RewardVector]:
        """See ``JudgeService.judge``.

        Raises:
            JudgeConfigError: The service refuses what it is asked, or us.
            StoreError: The service cannot write its replies down.
            JudgeError: The service has a fault.
        """
        vectors: dict[int, RewardVector] = {}

        def keep(place: int, vector: RewardVector) -> None:
            vectors[place] = msgspec.structs.replace(vector, id=requests[place].id)
            self._seen.vector(vector)
            if on_done is not None:
                on_done(vectors[place])

        batches = in_batches(requests)

        async def work() -> None:
            for batch in batches:
                await self._judge_batch(requests, batch, keep)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(requests), BATCHES_AT_ONCE)):
                    group.create_task(work())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [vectors[place] for place in range(len(requests))]

    async def _judge_batch(self, requests: Sequence[JudgeRequest], batch: Batch, keep: Any) -> None:
        left = dict(zip(batch.names, batch.places, strict=True))
        attempt = 0
        while left:
            before = len(left)
            body = self._packer.body([requests[place] for place in left.values()], list(left))
            try:
                async for vector in self._vectors(body):
                    keep(_expected(left, vector, requests), vector)
            except _Lost as lost:
                # An attempt that brought something was a good one.
                attempt = attempt + 1 if len(left) == before else 1
                if attempt >= self.config.max_attempts:
                    for place in left.values():
                        keep(place, self._holes(requests[place], str(lost), attempt))
                    return
                await _pause(attempt, lost.wait_s)

    async def _vectors(self, body: bytes) -> AsyncIterator[RewardVector]:
        try:
            async with self._session.post(f"{self._url}/v1/judge/stream", data=body) as response:
                await self._raise_for(response)
                rest = b""
                async for chunk in response.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in filter(None, lines):
                        said = _read_line(line)
                        if said.vector is None:
                            self._finish(said)
                            return
                        yield said.vector.received()
        except (aiohttp.ClientError, TimeoutError) as wrong:
            raise _Lost(str(wrong) or type(wrong).__name__) from wrong
        raise _Lost("the answer ended too early")

    def _finish(self, last: StreamLine) -> None:
        if last.problem is not None:
            raise self._error(last.problem, None)

    async def _ask_who(self) -> WhoJudges:
        attempt = 0
        while True:
            attempt += 1
            try:
                async with self._session.get(f"{self._url}/v1/identity") as response:
                    await self._raise_for(response)
                    return decode_who(await response.read())
            except msgspec.DecodeError as wrong:
                raise JudgeConfigError(f"{self._url} is no judge service: {wrong}") from wrong
            except (aiohttp.ClientError, TimeoutError, _Lost) as wrong:
                if attempt >= self.config.max_attempts:
                    why = str(wrong) or type(wrong).__name__
                    raise JudgeConfigError(
                        f"the judge service at {self._url} cannot be reached: {why}"
                    ) from wrong
            await _pause(attempt, None)

    async def _raise_for(self, response: aiohttp.ClientResponse) -> None:
        if response.status == 200:
            return
        body = await response.read()
        try:
            said = msgspec.json.decode(body, type=Problem)
        except msgspec.DecodeError:
            said = Problem(response.status, response.reason or "", f"HTTP {response.status} without a reason")
        raise self._error(said, retry_after(response.headers))

    def _error(self, said: Problem, wait_s: float | None) -> Exception:
        text = f"the judge service at {self._url}: {said.detail}"
        if said.status in _AGAIN:
            return _Lost(said.detail, wait_s)
        if said.status == 507:
            return StoreError(text)
        return JudgeConfigError(text) if said.status < 500 else JudgeError(text)

    def _holes(self, request: JudgeRequest, why: str, attempts: int) -> RewardVector:
        (request,) = fill_requests([request])
        plan = RubricPlan(request.rubric)
        text = f"the judge service at {self._url} was lost, after {attempts} attempts: {why}"
        lost = CallFailed("transport", text, attempts=0)
        holes = [hole(plan, place, self._who.identity, lost) for place in range(len(plan.names))]
        return build_vector(request, plan, holes)


def _expected(left: dict[str, int], vector: RewardVector, requests: Sequence[JudgeRequest]) -> int:
    """The place of a vector that was asked for and had not come yet."""
    place = left.pop(vector.id, None)
    if place is None:
        raise JudgeError(f"the judge service sent a vector {vector.id!r} that nobody asked for")
    names = tuple(criterion.id for criterion in requests[place].rubric.criteria)
    if vector.names != names or vector.values.shape != (len(names),):
        raise JudgeError(f"the judge service sent a vector {vector.id!r} of another rubric")
    return place


def _read_line(line: bytes) -> StreamLine:
    try:
        said: StreamLine = decode_line(line)
    except (msgspec.DecodeError, ValueError) as wrong:
        raise JudgeError(f"the judge service sent what is no reward vector: {wrong}") from wrong
    return said


async def _pause(attempt: int, wait_s: float | None) -> None:
    if wait_s is None:
        wait_s = min(FIRST_PAUSE_S * 2.0 ** (attempt - 1), LONGEST_PAUSE_S) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    await asyncio.sleep(wait_s)
