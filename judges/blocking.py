"""The blocking face of the judge service, for code without an event loop: trainers, notebooks, scripts.

The service lives on an event loop in a daemon thread. Any thread may call; all share its limits and store.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from rvpo.judges.config import JudgeConfig
from rvpo.judges.protocol import Judge
from rvpo.judges.records import JudgeIdentity, JudgeRequest, JudgeStats, RewardVector
from rvpo.judges.service import JudgeService, OnDone


class BlockingJudgeService:
    """``JudgeService`` for callers that may block; open it with ``JudgeService.open_sync``."""

    def __init__(self, service: JudgeService, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop

    @classmethod
    @contextmanager
    def open(
        cls, source: JudgeConfig | Path | str, around: Callable[[Judge], Judge] | None = None
    ) -> Iterator[Self]:
        """See ``JudgeService.open``; on leaving, work still under way is stopped and what came in is kept."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="rvpo-judge", daemon=True)
        thread.start()
        try:
            opened = JudgeService.open(source, around)
            service = asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result()
            try:
                yield cls(service, loop)
            finally:
                asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result()
                asyncio.run_coroutine_threadsafe(_end_the_rest(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def submit(
        self, requests: Sequence[JudgeRequest], on_done: OnDone | None = None
    ) -> Future[list[RewardVector]]:
        """Start judging and return at once; ``JudgeService.judge`` says what the future holds.

        ``on_done`` is called on the service's thread. Cancelling the future stops the calls made for it alone.
        """
        return asyncio.run_coroutine_threadsafe(self._service.judge(requests, on_done), self._loop)

    def judge_sync(
        self, requests: Sequence[JudgeRequest], on_done: OnDone | None = None
    ) -> list[RewardVector]:
        """Judge and wait; see ``JudgeService.judge``."""
        future = self.submit(requests, on_done)
        try:
            return future.result()
        finally:
            # Ctrl-C ends the wait, not the work: stop it too.
            future.cancel()

    def identity(self) -> JudgeIdentity:
        """Who judges."""
        return self._service.identity()

    def fingerprint(self) -> dict[str, Any]:
        """All that decides a verdict; see ``JudgeService.fingerprint``."""
        return self._service.fingerprint()

    def stats(self) -> JudgeStats:
        """What has been done since opening."""
        return self._service.stats()


async def _end_the_rest() -> None:
    """Stop what was submitted and not waited for, so that the loop closes without a word."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
