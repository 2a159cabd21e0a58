"""POST over HTTP/1.1 on kept connections, by hand: a third of the CPU time of a general client, and no limit of its own.

One request a connection at a time, as many connections as there are requests. It sends ``Content-Length`` bodies and
reads bodies with a length, in chunks, or up to the end of the connection. It does not compress, follow redirects, keep
cookies, use proxies or try again; HTTP/2 is for others.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlsplit

import msgspec

LARGEST_ANSWER: Final = 1 << 26
"""Bytes; more is no chat completion."""

CONNECTS_A_TURN: Final = 32
"""Connections begun in one turn of the event loop: between two turns those that are there are used, so that the first
of thousands do not wait for the last, and a server's backlog is not flooded."""

_NO_BODY: Final = frozenset({204, 304})


class HttpError(Exception):
    """There is no answer, or only a part of one.

    Args:
        words: What happened.
        unanswered: The connection was there and was closed before the first byte of an answer.
    """

    def __init__(self, words: str, *, unanswered: bool = False) -> None:
        super().__init__(words)
        self.unanswered = unanswered


class HttpAnswer(msgspec.Struct, frozen=True, gc=False):
    """A whole answer, whatever its status."""

    status: int
    head: bytes
    """Status line and headers."""
    body: bytes

    def headers(self) -> dict[str, str]:
        """The headers by name, written ``Like-This``; of one that is repeated, the last."""
        pairs = (line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:])
        return {name.strip().title(): value.strip() for name, _, value in pairs}


class HttpPool:
    """Connections to one address; use it on one event loop.

    Args:
        url: The ``http://`` or ``https://`` address that everything is posted to.
        headers: Sent with every request. A line break in one is refused.
        keepalive_s: How long an idle connection is used again.

    Raises:
        ValueError: A header holds what no header can carry.
    """

    def __init__(self, url: str, headers: Mapping[str, str], *, keepalive_s: float) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        for name, value in headers.items():
            if not (name + value).isascii() or not (name + value).isprintable():
                raise ValueError(f"header {name!r} holds characters that no header can carry")
        lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._start = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")
        self._keepalive_s = keepalive_s
        self._idle: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._connecting: deque[asyncio.Future[None]] = deque()

    async def post(self, body: bytes, timeout_s: float) -> HttpAnswer:
        """Send one request, once.

        Args:
            body: Sent as it is.
            timeout_s: For all of it, connecting included.

        Raises:
            HttpError: No connection, or it broke.
            TimeoutError: Not done in time.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        connection = self._kept()
        if connection is None:
            async with asyncio.timeout_at(until):
                connection = await self._connect()
        clock = loop.call_at(until, connection.expire)
        try:
            answer = await connection.ask(b"%b%d\r\n\r\n%b" % (self._start, len(body), body))
        except BaseException:
            connection.abort()
            raise
        finally:
            clock.cancel()
        if connection.reusable:
            connection.idle_since = loop.time()
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close all connections; requests under way end with ``HttpError``."""
        for connection in tuple(self._all):
            connection.abort()
        self._idle.clear()

    def _kept(self) -> "_Connection | None":
        oldest = asyncio.get_running_loop().time() - self._keepalive_s
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        if not self._connecting:
            loop.call_soon(self._begin_some)
        self._connecting.append(turn)
        await turn
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self._all), self._host, self._port, ssl=self._tls
            )
        except OSError as wrong:
            raise HttpError(f"cannot connect to {self._host}:{self._port}: {wrong}") from wrong
        return connection

    def _begin_some(self) -> None:
        for _ in range(min(CONNECTS_A_TURN, len(self._connecting))):
            turn = self._connecting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._connecting:
            asyncio.get_running_loop().call_soon(self._begin_some)


class _Connection(asyncio.Protocol):
    """One connection: bytes in, one answer out."""

    def __init__(self, siblings: "set[_Connection]") -> None:
        self.idle_since = 0.0
        self.reusable = True
        self._siblings = siblings
        self._answer: asyncio.Future[HttpAnswer] | None = None
        self._data = bytearray()
        self._head: bytes | None = None
        self._status = 0
        self._length: int | None = 0
        self._chunks: _Chunks | None = None

    async def ask(self, request: bytes) -> HttpAnswer:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def expire(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(TimeoutError())

    def abort(self) -> None:
        self.reusable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No check by class: uvloop's transports have none of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._siblings.add(self)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            # Bytes that nobody asked for: what comes next could be taken for an answer.
            self.abort()
            return
        self._data += data
        try:
            if self._head is None and not self._read_head():
                return
            body = self._body()
        except (HttpError, ValueError) as wrong:
            self._fail(wrong if isinstance(wrong, HttpError) else HttpError(f"no HTTP answer: {wrong}"))
            return
        if body is not None:
            self._finish(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        self._siblings.discard(self)
        if self._answer is None or self._answer.done():
            return
        if self._head is not None and self._length is None and self._chunks is None and exc is None:
            self._finish(bytes(self._data))
            return
        begun = self._head is not None or bool(self._data)
        where = "in the middle of the answer" if begun else "before the answer"
        self._fail(HttpError(f"the connection was closed {where}", unanswered=not begun))

    def _read_head(self) -> bool:
        """Whether the head is there; interim answers (1xx) are passed over."""
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._data[:end])
            del self._data[: end + 4]
            if not head.startswith(b"HTTP/1."):
                raise HttpError(f"no HTTP answer: {head[:40]!r}")
            self._status = int(head[9:12])
            if self._status >= 200:
                self._read_framing(head)
                return True
        return False

    def _read_framing(self, head: bytes) -> None:
        low = head.lower()
        self._head = head
        if low.startswith(b"http/1.0") or b"close" in _value(low, b"connection"):
            self.reusable = False
        if self._status in _NO_BODY:
            self._length = 0
        elif b"chunked" in _value(low, b"transfer-encoding"):
            self._length, self._chunks = None, _Chunks()
        elif length := _value(low, b"content-length"):
            if not length.isdigit():
                raise HttpError(f"no HTTP answer: Content-Length {length[:40]!r}")
            self._length = int(length)
        else:
            self._length, self.reusable = None, False

    def _body(self) -> bytes | None:
        """The body, if it is there."""
        if len(self._data) > LARGEST_ANSWER:
            raise HttpError(f"an answer of more than {LARGEST_ANSWER} bytes")
        if self._chunks is not None:
            return self._chunks.take(self._data, LARGEST_ANSWER)
        if self._length is None or len(self._data) < self._length:
            return None
        body = bytes(self._data[: self._length])
        del self._data[: self._length]
        return body

    def _finish(self, body: bytes) -> None:
        assert self._head is not None
        assert self._answer is not None
        answer = HttpAnswer(self._status, self._head, body)
        if self._data:
            self.reusable = False
        self._data.clear()
        self._head = self._chunks = None
        self._answer.set_result(answer)
        if not self.reusable:
            self._transport.close()

    def _fail(self, why: HttpError) -> None:
        assert self._answer is not None
        self._answer.set_exception(why)
        self.abort()


class _Chunks:
    """A chunked body, put together as it comes."""

    def __init__(self) -> None:
        self._body = bytearray()

    def take(self, data: bytearray, largest: int) -> bytes | None:
        """Move whole chunks out of ``data``; the body when the last one and the trailer are there.

        Raises:
            HttpError: The body has more than ``largest`` bytes.
        """
        while (end := data.find(b"\r\n")) >= 0:
            size = int(bytes(data[:end]).partition(b";")[0], 16)
            if size == 0:
                # After the last chunk come trailer lines, if any, and an empty one.
                stop = data.find(b"\r\n\r\n", end)
                if stop < 0:
                    return None
                del data[: stop + 4]
                return bytes(self._body)
            if size < 0 or len(self._body) + size > largest:
                raise HttpError(f"a chunk of {size} bytes in an answer of at most {largest}")
            if len(data) < end + 2 + size + 2:
                return None
            self._body += data[end + 2 : end + 2 + size]
            del data[: end + 2 + size + 2]
        return None


def _value(head: bytes, name: bytes) -> bytes:
    """A header's value in a head of small letters, or nothing."""
    start = head.find(b"\r\n%b:" % name)
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()
