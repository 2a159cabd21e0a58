"""The client of OpenAI-compatible chat endpoints: chat requests out, raw replies or failures in.

One request per attempt and no more: no redirects (a transcript goes to the declared address or nowhere), no retries
(``limits/dispatch.py`` owns them), and a connection pool without a limit of its own, so that the number in flight is
exactly the dispatcher's.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Final, Protocol, Self

import msgspec

from rvpo.judges.classify import Failure, RawReply, classify
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.http_pool import HttpError, HttpPool
from rvpo.judges.limits.dispatch import Dispatcher
from rvpo.judges.limits.settings import Limits

__all__ = ["ChatClient", "Completer", "RawReply"]

KEEPALIVE_S: Final = 4.0
"""Servers close idle connections after 5 s (uvicorn); ours must be gone before."""

_encode = msgspec.json.Encoder().encode


class Completer(Protocol):
    """What brings a chat completion, whatever the provider."""

    def complete(
        self, model: str, messages: Sequence[Mapping[str, str]], sampling: Mapping[str, Any]
    ) -> Coroutine[Any, Any, RawReply]:
        """Ask for one chat completion; see ``ChatClient.complete``."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class ChatClient:
    """Asks one endpoint; make it inside an event loop and ``close`` it there.

    Args:
        base_url: Address up to and without ``/chat/completions``.
        api_key: Sent as bearer token; never stored or logged.
        limits: How calls are held back and repeated.
    """

    def __init__(self, base_url: str, *, api_key: str | None = None, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self._timeout_s = limits.timeout_s
        self.dispatcher = Dispatcher(limits)
        headers = {"Content-Type": "application/json", "User-Agent": "rvpo"}
        if api_key is not None:
            if not (api_key.isascii() and api_key.isprintable()):
                raise JudgeConfigError("the API key holds characters that no header can carry")
            headers["Authorization"] = f"Bearer {api_key}"
        self._pool = HttpPool(f"{base_url}/chat/completions", headers, keepalive_s=KEEPALIVE_S)

    async def close(self) -> None:
        """Close all connections."""
        self._pool.close()

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
        return await self.send(lambda: body, len(body))

    def send(self, body: Callable[[], bytes], size: int) -> Coroutine[Any, Any, RawReply]:
        """Ask for one chat completion with a body that is made when it is sent: thousands may wait for a place.

        Args:
            body: Makes the JSON of the request; called once for every attempt.
            size: About how many bytes it has.

        Raises:
            CallFailed: See ``complete``.
        """
        return self.dispatcher.send(partial(self._post, body), size)

    async def _post(self, body: Callable[[], bytes]) -> bytes | Failure:
        try:
            answer = await self._pool.post(body(), self._timeout_s)
        except TimeoutError:
            return Failure("timeout", f"no answer within {self._timeout_s:g} s", retry=True)
        except HttpError as wrong:
            return Failure("transport", str(wrong), retry=True, unanswered=wrong.unanswered)
        headers = {} if answer.status == 200 else answer.headers()
        return classify(answer.status, headers, answer.body) or answer.body
