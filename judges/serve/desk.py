"""Where work is taken in: a judge service, its places, its meter. Knows no HTTP but its refusals."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import msgspec

from rvpo.judges.config import JudgeConfig
from rvpo.judges.records import JudgeRequest, RewardVector
from rvpo.judges.serve.incoming import Incoming
from rvpo.judges.serve.limits import MIB, Places
from rvpo.judges.serve.meter import Meter, UsageReport
from rvpo.judges.serve.stored import stored_only
from rvpo.judges.service import JudgeService


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``rvpo serve`` may be told beside the judge."""

    host: str = "127.0.0.1"
    port: int = 8900
    token: str | None = None
    """Asked of every caller; without one the host must be this machine's own."""
    most_body_bytes: int = 64 * MIB
    most_responses: int = 1 << 16
    """At work at once, of all callers together."""
    upstream: str = ""
    """Address behind the caching proxy, up to and without ``/chat/completions``; empty: the judge's own."""


class Desk:
    """Takes in batches."""

    def __init__(self, service: JudgeService, again: JudgeService, settings: ServeSettings) -> None:
        self.service = service
        self.settings = settings
        self._again = again
        self.incoming = Incoming()
        self.places = Places(settings.most_responses)
        self.meter = Meter()

    @classmethod
    @asynccontextmanager
    async def open(cls, config: JudgeConfig, settings: ServeSettings) -> AsyncIterator[Self]:
        """Open the judge service behind the desk; see ``JudgeService.open``."""
        async with JudgeService.open(config) as service, service.beside(stored_only) as again:
            yield cls(service, again, settings)

    def start(
        self,
        requests: Sequence[JudgeRequest],
        on_done: Callable[[RewardVector], None] | None = None,
    ) -> asyncio.Task[list[RewardVector]]:
        """Start judging a batch; cancelling the task stops what is done for it alone.

        Raises:
            Refused: There is no room.
        """
        self.places.take(len(requests))

        def keep(vector: RewardVector) -> None:
            self.meter.delivered(vector)
            if on_done is not None:
                on_done(vector)

        return self._hold(len(requests), self.service.judge(requests, keep))

    def start_again(self, requests: Sequence[JudgeRequest]) -> asyncio.Task[list[RewardVector]]:
        """Start reading what the store has on a batch; no call is made, nothing is counted as delivered.

        Raises:
            Refused: There is no room.
        """
        self.places.take(len(requests))
        return self._hold(len(requests), self._again.judge(requests))

    def _hold(
        self, count: int, work: Coroutine[Any, Any, list[RewardVector]]
    ) -> asyncio.Task[list[RewardVector]]:
        task = asyncio.create_task(work)
        task.add_done_callback(partial(self._end, count))
        return task

    def _end(self, count: int, task: asyncio.Task[list[RewardVector]]) -> None:
        self.places.give(count)
        if not task.cancelled():
            task.exception()  # whoever waits is told; nobody may be left to wait

    def usage(self) -> UsageReport:
        """What was done since the start."""
        return self.meter.report(
            self.service.identity(), self.service.stats(), self.places.taken, self.places.most
        )
