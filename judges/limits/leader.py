"""Leader first: of all that share a beginning, one goes ahead, so that the rest find it in a provider's prefix cache.

Sent all at once, the questions of one response are each billed in full: no cache knows their common beginning yet.
Here the first goes alone and the others start when it is through, however it ended. That adds one latency to each
response and fills the places in flight with other responses meanwhile, so it is worth it where the common beginning
is long: providers cache none of less than 1 024 tokens, some none of less than 2 048, and of a short one the tokens
saved are worth less than the latency.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

LONG_BEGINNING: Final = 2048 * 4
"""Bytes, four a token, from which on a common beginning is worth a leader."""


class _Group:
    __slots__ = ("led", "members")

    def __init__(self) -> None:
        self.led = asyncio.Event()
        self.members = 0


class LeaderFirst:
    """Orders calls by what they share; keeps nothing of a group that nobody is in."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    @asynccontextmanager
    async def turn(self, shared: Hashable) -> AsyncIterator[None]:
        """Wait for the leader of ``shared``, or be it; the call goes inside.

        Args:
            shared: What the calls have in common, for instance the ``id`` of a bound prompt that they all hold.
        """
        group = self._groups.get(shared)
        leads = group is None
        if group is None:
            group = self._groups[shared] = _Group()
        group.members += 1
        try:
            if not leads:
                await group.led.wait()
            yield
        finally:
            if leads:
                group.led.set()
            group.members -= 1
            if not group.members:
                del self._groups[shared]
