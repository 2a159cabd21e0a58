"""Samples a chat model by requests, with a client of the judges' (its retries, limits and keys); which one a subclass says.

Every draw carries a seed of its own: one seed for all draws would give k equal answers on a server that honours it.
Whether it does is asked: at a temperature, the first few requests are sent a second time with the same seed, and how the
answers begin is compared (``remarks.py`` says what comes of it). The second ones are cut after ``REPEATED_TOKENS``, so that
what a server's batching changes in the last bits has little room to show.

Requests run on an event loop in a thread, so that they go on while the caller waits for a judge.
"""

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import msgspec

from rvpo.harness.errors import SamplerError
from rvpo.harness.samplers import SEED_HELD, Ask, Completion, draw_seed
from rvpo.judges import CallFailed
from rvpo.judges.client import Completer
from rvpo.judges.limits.settings import Limits
from rvpo.judges.parse import decode_completion

REPEATED: Final = 6
"""Requests that are sent twice, to see whether the seed decides the answer."""
REPEATED_TOKENS: Final = 16


class ChatSampler(ABC):
    """A chat model that is asked by requests.

    Args:
        model: Its name where the requests go.
        base_url: Address up to and without ``/chat/completions``; ``None`` where the client knows it.
        api_key_env: Environment variable with the key; ``None`` sends none.
        max_new_tokens: Limit of an answer.
        temperature: Sent as it is.
        seed: Of all draws; see ``draw_seed``.
        concurrency: Requests in flight.
        timeout_s: Of one attempt.
        max_attempts: Of one request, the first included.

    Raises:
        SamplerError: The address is none, or the key's variable is not set.
    """

    kind: ClassVar[str]
    """The sampler's name in a run's identity."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None,
        api_key_env: str | None = None,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int = 0,
        concurrency: int = 64,
        timeout_s: float = 600.0,
        max_attempts: int = 5,
    ) -> None:
        if base_url is not None and not base_url.startswith(("http://", "https://")):
            raise SamplerError(f"{base_url!r} is not an http:// or https:// address")
        self._base_url = base_url and base_url.rstrip("/")
        self._model = model
        self._api_key = _api_key(api_key_env)
        self._sampling = {"temperature": temperature, "max_tokens": max_new_tokens}
        self._seed = seed
        self._concurrency = concurrency
        self._limits = Limits(concurrency=concurrency, timeout_s=timeout_s, max_attempts=max_attempts)

    @property
    def batch_size(self) -> int:
        """As many answers may wait for verdicts as there are requests in flight."""
        return self._concurrency

    def identity(self) -> Mapping[str, Any]:
        """Endpoint, model name and sampling parameters; what weights lie behind the name only the server knows."""
        return {
            "sampler": self.kind,
            "model": self._model,
            "endpoint": self._base_url,
            **self._sampling,
            "seed": self._seed,
        }

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Yield answers as they come in; as long as nobody takes them, no new requests start."""
        with _background_loop() as loop:
            finished: asyncio.Queue[Completion | None] = asyncio.Queue()
            room = asyncio.Semaphore(2 * self._concurrency)
            work = asyncio.run_coroutine_threadsafe(self._answer_all(asks, finished, room), loop)
            ended = False
            while not ended:
                taken = asyncio.run_coroutine_threadsafe(_take(finished, room), loop).result()
                batch = [completion for completion in taken if completion is not None]
                ended = len(batch) < len(taken)
                if batch:
                    yield batch
            work.result()

    async def _answer_all(
        self, asks: Sequence[Ask], finished: asyncio.Queue[Completion | None], room: asyncio.Semaphore
    ) -> None:
        """Put every answer, and ``None`` when there will be no more, also after an error."""
        waiting = iter(enumerate(asks))

        async def work(client: Completer) -> None:
            for place, ask in waiting:
                await room.acquire()
                answer = await self._answer(client, ask)
                if place < REPEATED and self._sampling["temperature"] > 0:
                    answer = await self._repeated(client, ask, answer)
                finished.put_nowait(answer)

        try:
            client = self._open_client()
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(len(asks), self._concurrency)):
                        group.create_task(work(client))
            finally:
                await client.close()
        finally:
            finished.put_nowait(None)

    @abstractmethod
    def _open_client(self) -> Completer:
        """What sends the requests; made inside the event loop."""

    def _seeded(self, ask: Ask) -> dict[str, int]:
        return {"seed": draw_seed(self._seed, ask.item.id, ask.draw)}

    async def _repeated(self, client: Completer, ask: Ask, answer: Completion) -> Completion:
        """The answer, with whether the same request brings the same beginning again; unsaid where neither speaks."""
        shorter = min(REPEATED_TOKENS, self._sampling["max_tokens"])
        again = await self._answer(client, ask, max_tokens=shorter)
        if not (answer.text and again.text):
            return answer
        return msgspec.structs.replace(
            answer, extra={**answer.extra, SEED_HELD: answer.text.startswith(again.text.rstrip("\ufffd"))}
        )

    async def _answer(self, client: Completer, ask: Ask, **sampling: Any) -> Completion:
        """Ask once; ``sampling`` goes before the settings."""
        sampling = {**self._sampling, **self._seeded(ask), **sampling}
        try:
            reply = await client.complete(self._model, ask.item.messages, sampling)
        except CallFailed as failed:
            return Completion.failed(ask, str(failed))
        completion = decode_completion(reply.body)
        choice, usage = completion.choices[0], completion.usage
        if choice.finish_reason == "content_filter":
            return Completion.failed(ask, "content_filter: the provider withheld the answer")
        return Completion(
            item_id=ask.item.id,
            draw=ask.draw,
            text=choice.message.content or choice.message.refusal or "",
            finish_reason="length" if choice.finish_reason == "length" else "stop",
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=(usage.completion_tokens or 0) if usage else 0,
        )


async def _take(
    finished: asyncio.Queue[Completion | None], room: asyncio.Semaphore
) -> list[Completion | None]:
    """Everything that is there, at least one thing; makes room for as many new requests."""
    taken = [await finished.get()]
    while not finished.empty():
        taken.append(finished.get_nowait())
    for _ in taken:
        room.release()
    return taken


@contextmanager
def _background_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread; on leaving, what still runs on it is cancelled and waited for."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def stay() -> None:
        stop = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(stay()), name="rvpo-sampler", daemon=True)
    thread.start()
    loop, stop = started.result()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _api_key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise SamplerError(f"environment variable {variable} (--api-key-env) is not set")
    return key
