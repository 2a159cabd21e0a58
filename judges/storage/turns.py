"""Waiting for the answer to a question that another process is asking at the moment.

All that wait are looked up together, a few times a second at most. Whoever holds the lease may fail or die: then it
becomes ours, and so does the asking.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rvpo.judges.storage.records import Kept, Taken

FIRST_PAUSE_S: Final = 0.02
LONGEST_PAUSE_S: Final = 0.25


class Turns:
    """Keys of others; lives on one event loop.

    Args:
        take: Reads keys and leases those that nobody asks any more.
        release: Gives back a lease that nobody here wants.
    """

    def __init__(
        self, take: Callable[[Sequence[bytes]], Awaitable[Taken]], release: Callable[[bytes], None]
    ) -> None:
        self._take = take
        self._release = release
        self._waiting: dict[bytes, asyncio.Future[Kept | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, key: bytes) -> Kept | None:
        """The reply, or ``None`` when the key is ours to ask now. One at a time may wait for a key.

        Raises:
            StoreError: The store cannot be read.
        """
        turn: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._waiting[key] = turn
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            return await turn
        finally:
            if self._waiting.get(key) is turn:
                del self._waiting[key]

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        pause_s = FIRST_PAUSE_S
        while self._waiting:
            await asyncio.sleep(pause_s)
            keys = list(self._waiting)
            try:
                taken = await self._take(keys)
            except Exception as wrong:  # noqa: BLE001 - handed to whoever waits, who decides
                for turn in self._waiting.values():
                    turn.set_exception(wrong)
                self._waiting.clear()
                return
            for key in keys:
                if key in taken.found or key in taken.mine:
                    self._hand_over(key, taken)
            moved = taken.found or taken.mine
            pause_s = FIRST_PAUSE_S if moved else min(pause_s * 1.5, LONGEST_PAUSE_S)

    def _hand_over(self, key: bytes, taken: Taken) -> None:
        turn = self._waiting.pop(key, None)
        if turn is not None and not turn.done():
            turn.set_result(taken.found.get(key))
        elif key in taken.mine:
            self._release(key)
