"""How long a connection may be open without asking anything, and how many may be.

uvicorn closes a connection that is idle after an answer, and waits for ever for the head of a first request: whoever
opens connections and sends nothing would take all places that the operating system gives. And where no file is left to
open, upstream and store are out of reach too: connections get half of them.
"""

import asyncio
import resource
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S: Final = 30.0
"""A connection without a request at work is closed when the head of one is not whole after so long, or twice that."""


MOST_FILES: Final = 1 << 16

_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to its patience."""

    most: ClassVar[int] = MOST_FILES // 2
    """Connections at once; those beyond are told to come again, and closed."""
    _looks: asyncio.TimerHandle
    _last: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        self._looks = self.loop.call_later(HEAD_TIMEOUT_S, self._look)
        if len(self.connections) > self.most:
            transport.write(_FULL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._looks.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close if nothing is at work and no request has begun since the last look."""
        cycle: Any = self.cycle  # ``None`` before the first request, which uvicorn's types do not say
        at_work = cycle is not None and not cycle.response_complete
        if not at_work and cycle is self._last:
            self.transport.close()
            return
        self._last = cycle
        self._looks = self.loop.call_later(HEAD_TIMEOUT_S, self._look)


def open_as_many_as_allowed() -> int:
    """Raise the number of files that may be open, often 1 024, as far as the system allows; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
