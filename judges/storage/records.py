"""What goes into a store of replies and comes out, and what a store can do. Pure.

A store keeps replies as they came. Beside one may lie what was asked, what it cost, and what a parser of a known
version read in it; the last only spares reading it again and is never the truth.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from rvpo.judges.key import Asked
from rvpo.judges.records import Usage

SERVED = ("ok", "not_applicable")
"""Statuses of replies that stay: the first such reply to a question is the answer ever after."""


class StoredReply(msgspec.Struct, frozen=True, gc=False):
    """One reply, as it is put into the store."""

    key: bytes
    reply: bytes
    status: str
    judge: str
    latency_s: float
    attempts: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    """Price; ``None`` is unknown."""
    reading: bytes = b""
    """What was read in it, if that hangs on the reply alone; empty otherwise."""
    parser: int = 0
    """Version of the parser that read it; 0 where ``reading`` is empty."""
    asked: Asked | None = None
    """The very bytes that the key is the hash of."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A reply that was found."""

    reply: bytes
    reading: bytes = b""
    """By the parser that was asked for; empty if another version read it, or none."""


class Taken(msgspec.Struct, frozen=True):
    """What came of taking keys."""

    found: dict[bytes, Kept]
    mine: frozenset[bytes]
    """Keys without a reply that are now ours to ask; all others without a reply are somebody else's at the moment."""


class SheetOrder(msgspec.Struct, frozen=True):
    """Which replies make a sheet."""

    key: bytes
    replies: tuple[bytes, ...]
    """Keys of them all, in the order of asking."""
    parser: int


class Reread(msgspec.Struct, frozen=True, gc=False):
    """What a newer parser reads in a reply that lies in the store."""

    key: bytes
    parser: int
    reading: bytes


class Sheet(msgspec.Struct, frozen=True, gc=False):
    """What was read in all the replies about one response."""

    scores: bytes
    """A float64 for each, little-endian, in the order of asking."""
    usage: Usage
    """Of all."""
    untold: bool
    """Whether one of them does not tell its tokens."""
    lines: bytes
    """See ``sheets.lines_of``."""


class ReplyStore(Protocol):
    """Keeps replies; used from an event loop. Raises ``StoreError`` when it cannot."""

    async def get_many(self, keys: Sequence[bytes], parser: int = 0) -> dict[bytes, Kept]:
        """Read the replies of those keys that are there."""
        ...

    async def take(self, keys: Sequence[bytes], parser: int = 0) -> Taken:
        """Read, and lease the keys that have no reply; a lease ends with ``release``, or soon after its owner dies."""
        ...

    def release(self, key: bytes) -> None:
        """Give back a lease, whether it is held or not; returns at once."""
        ...

    async def put(self, stored: StoredReply) -> None:
        """Write a reply; returns when it is safe. The first served reply of a key stays."""
        ...

    async def sheets(self, keys: Sequence[bytes], parser: int) -> dict[bytes, Sheet]:
        """Read the sheets of those keys that are there; a store may have none at all."""
        ...

    def keep(self, note: Reread | SheetOrder) -> None:
        """Keep what spares work later; returns at once. It is done when there is time, or not at all."""
        ...

    async def aclose(self) -> None:
        """Write what is waiting, give back all leases and let go."""
        ...
