"""The client of OpenAI-compatible chat endpoints: the only file here on the network, the only owner of retries.

It holds exactly the asked number of requests in flight, at most, whatever the number of callers: the connection
pool has no limit of its own. An attempt that fails in passing (refused, reset, cut, 408, 409, 425, 429, 5xx, out of
time, or a body that is no completion) is repeated up to ``max_attempts`` with growing, jittered waits in which its
place is free for others. A ``Retry-After`` holds back all callers.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import msgspec

from rvpo.judges.classify import Failure, classify
from rvpo.judges.errors import CallFailed, JudgeConfigError

KEEPALIVE_S: Final = 4.0
"""Servers close idle connections after 5 s (uvicorn); ours must be gone before."""

LONGEST_PAUSE_S: Final = 30.0

_encode = msgspec.json.Encoder().encode


class RawReply(msgspec.Struct, frozen=True):
    """A reply as it came, and what it took."""

    body: bytes
    latency_s: float = 0.0
    """Of the attempt that succeeded."""
    attempts: int = 1


class ChatClient:
    """Asks one endpoint; make it inside an event loop and ``close`` it there.

    Args:
        base_url: Address up to and without ``/chat/completions``.
        api_key: Sent as bearer token; never stored or logged.
        concurrency: Most requests in flight.
        timeout_s: Of one attempt.
        max_attempts: Of one call, the first included.
        first_pause_s: Before the second attempt; doubles from there up to ``LONGEST_PAUSE_S``.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        concurrency: int = 64,
        timeout_s: float = 60.0,
        max_attempts: int = 5,
        first_pause_s: float = 0.5,
    ) -> None:
        self._url = f"{base_url}/chat/completions"
        self._timeout_s = timeout_s
        self._max_attempts = max_attempts
        self._first_pause_s = first_pause_s
        self._slots = asyncio.Semaphore(concurrency)
        self._quiet_until = 0.0
        headers = {"Content-Type": "application/json", "User-Agent": "rvpo"}
        if api_key is not None:
            if not (api_key.isascii() and api_key.isprintable()):
                raise JudgeConfigError("the API key holds characters that no header can carry")
            headers["Authorization"] = f"Bearer {api_key}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def complete(
        self, model: str, messages: Sequence[Mapping[str, str]], sampling: Mapping[str, Any]
    ) -> RawReply:
        """Ask for one chat completion.

        Args:
            model: Name at the endpoint.
            messages: Chat messages.
            sampling: All other fields of the request.

        Returns:
            The body of a chat completion, undecoded.

        Raises:
            CallFailed: The endpoint said no for good, or the attempts ran out; ``status`` says which.
        """
        body = _encode({"model": model, "messages": messages, **sampling})
        for attempt in range(1, self._max_attempts + 1):
            outcome = await self._attempt(body, attempt)
            if isinstance(outcome, RawReply):
                return outcome
            if not outcome.retry or attempt == self._max_attempts:
                raise CallFailed(outcome.status, outcome.detail, attempts=attempt)
            await self._pause(outcome, attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, body: bytes, attempt: int) -> RawReply | Failure:
        loop = asyncio.get_running_loop()
        async with self._slots:
            while (wait_s := self._quiet_until - loop.time()) > 0:  # noqa: ASYNC110 - others move the time on meanwhile
                await asyncio.sleep(wait_s)
            started = loop.time()
            try:
                async with self._session.post(self._url, data=body) as response:
                    reply = await response.read()
            except TimeoutError:
                return Failure("timeout", f"no answer within {self._timeout_s:g} s", retry=True)
            except aiohttp.ClientError as wrong:
                # A kept connection that the server has just closed is no sign of trouble: no pause.
                stale = attempt == 1 and isinstance(wrong, aiohttp.ServerDisconnectedError)
                return Failure(
                    "transport", str(wrong) or type(wrong).__name__, retry=True, wait_s=0.0 if stale else None
                )
        failure = classify(response.status, response.headers, reply)
        return failure or RawReply(reply, loop.time() - started, attempt)

    async def _pause(self, failure: Failure, attempt: int) -> None:
        if failure.status == "rate_limited" and failure.wait_s is not None:
            now = asyncio.get_running_loop().time()
            self._quiet_until = max(self._quiet_until, now + failure.wait_s)
            return
        if failure.wait_s is not None:
            await asyncio.sleep(failure.wait_s)
            return
        pause_s = min(self._first_pause_s * 2.0 ** (attempt - 1), LONGEST_PAUSE_S)
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
