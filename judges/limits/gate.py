"""Places in flight: a semaphore whose size can change, first come first served.

Unlike ``asyncio.Semaphore`` it says how many are inside, can grow and shrink, and costs no coroutine where a place is
free. A place that is given up goes straight to who waits longest, so the number inside never dips while any wait.
"""

import asyncio
from collections import deque


class Gate:
    """Lets at most ``size`` callers in at once."""

    __slots__ = ("_waiting", "inside", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def try_enter(self) -> bool:
        """Take a place if one is free and nobody waits for it."""
        if self.inside >= self.size or self._waiting:
            return False
        self.inside += 1
        return True

    async def enter(self) -> bool:
        """Wait for a place and take it; true, like ``try_enter``."""
        if self.try_enter():
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # Cancelled after the place was given: it goes to the next. Else `_admit` passes over a cancelled one.
            if not turn.cancelled():
                self.leave()
            else:
                self._admit()
            raise
        return True

    def leave(self) -> None:
        """Give a place up."""
        self.inside -= 1
        self._admit()

    def resize(self, size: int) -> None:
        """Change the number of places; who is inside stays."""
        self.size = size
        self._admit()

    def _admit(self) -> None:
        while self._waiting and (self._waiting[0].done() or self.inside < self.size):
            turn = self._waiting.popleft()
            if not turn.done():
                self.inside += 1
                turn.set_result(None)
