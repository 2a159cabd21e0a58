"""The server of ``mock_server.c`` in plain asyncio, for machines without a C compiler; and one that writes a log.

``python mock_server.py REPLY_FILE LATENCY_MS [LOG]`` prints its port, then serves. The log gets one JSON line a
request: when it came, when it was answered (seconds), and its body.
"""

import asyncio
import json
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO


@dataclass
class Counts:
    """What was seen, by all connections."""

    requests: int = 0
    peak: int = 0
    connections: int = 0
    in_flight: int = 0


class Connection(asyncio.Protocol):
    """One connection: whole requests in, the one reply out, after the latency."""

    def __init__(self, counts: Counts, reply: bytes, latency_s: float, log: TextIO | None) -> None:
        self._counts = counts
        self._reply = with_head(reply)
        self._latency_s = latency_s
        self._log = log
        self._data = b""
        self._waiting = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._counts.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own name
        """See ``asyncio.Protocol``."""
        self._counts.in_flight -= self._waiting
        self._waiting = 0

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end]
            length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or 0)
            if len(self._data) < end + 4 + length:
                return
            body, self._data = self._data[end + 4 : end + 4 + length], self._data[end + 4 + length :]
            if head.startswith(b"GET "):
                self._transport.write(with_head(json.dumps(asdict(self._counts)).encode()))
            else:
                self._answer_later(body)

    def _answer_later(self, body: bytes) -> None:
        counts = self._counts
        counts.requests += 1
        counts.in_flight += 1
        counts.peak = max(counts.peak, counts.in_flight)
        self._waiting += 1
        loop = asyncio.get_running_loop()
        loop.call_later(self._latency_s, self._answer, body, loop.time())

    def _answer(self, body: bytes, came: float) -> None:
        if self._transport.is_closing():
            return
        self._counts.in_flight -= 1
        self._waiting -= 1
        if self._log is not None:
            line = {"came": came, "left": asyncio.get_running_loop().time(), "body": json.loads(body)}
            print(json.dumps(line), file=self._log, flush=True)
        self._transport.write(self._reply)


def with_head(body: bytes) -> bytes:
    """An HTTP answer with this JSON."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(reply: bytes, latency_s: float, log: TextIO | None) -> None:
    """Serve until killed."""
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(counts, reply, latency_s, log), "127.0.0.1", 0, backlog=8192
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    _, reply_file, latency_ms, *log_file = sys.argv
    with Path(*log_file).open("w", encoding="utf-8") if log_file else nullcontext() as opened:
        asyncio.run(serve(Path(reply_file).read_bytes(), float(latency_ms) / 1000, opened))
