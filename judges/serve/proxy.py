"""An OpenAI-compatible caching proxy: any other client gains the store and single flight.

The key is the whole body and the upstream's address. The caller's own key goes up with the request and nowhere else;
callers with different keys share answers that are stored, but never a call in flight: one caller's refused key would
be another's failure. Only whole completions are kept. ``x-rvpo-vote: 2`` asks for an independent second answer to the
same body. Streams are refused: half of one cannot be kept. The caller owns retries.
"""

import asyncio
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import aiohttp
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rvpo.judges.classify import classify
from rvpo.judges.flight import SingleFlight
from rvpo.judges.key import Asked
from rvpo.judges.parse import decode_completion
from rvpo.judges.serve.desk import Desk
from rvpo.judges.serve.limits import read_body
from rvpo.judges.serve.problems import UNREADABLE, Refused
from rvpo.judges.storage.records import StoredReply
from rvpo.rubrics.wording import clipped

PATH: Final = "/openai/v1/chat/completions"
CACHE_HEADER: Final = "x-rvpo-cache"
VOTE_HEADER: Final = "x-rvpo-vote"
CREDENTIALS: Final = ("authorization", "api-key", "openai-organization", "openai-project")
"""Headers of the caller that go up."""

_sorted: Final = msgspec.json.Encoder(order="sorted").encode


class _Call(msgspec.Struct, frozen=True):
    body: bytes
    asked: Asked
    headers: Mapping[str, str]
    model: str


class _Answer(msgspec.Struct, frozen=True):
    body: bytes
    status: int = 200
    kind: str = "application/json"
    retry_after: str | None = None
    stored: bool = False


class Proxy:
    """Answers chat requests from the store, else from upstream."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._upstream = desk.settings.upstream or desk.service.config.endpoint
        self._timeout_s = desk.service.config.timeout_s
        self._flight = SingleFlight[_Call, _Answer](self._read, self._ask)
        self._session: aiohttp.ClientSession | None = None

    def table(self) -> list[Route]:
        """The path and what answers it."""
        return [Route(PATH, self.complete, methods=["POST"])]

    async def close(self) -> None:
        """Stop what is in flight and close all connections."""
        await self._flight.close()
        if self._session is not None:
            await self._session.close()

    async def complete(self, request: Request) -> Response:
        """Answer one chat request."""
        try:
            call = self._call(request, await read_body(request, self._desk.settings.most_body_bytes))
            self._desk.places.take(1)
        except Refused as refused:
            return _openai_error(refused)
        try:
            answer, first = await self._join(call)
        finally:
            self._desk.places.give(1)
        hit = answer.stored or not first
        counts = self._desk.meter.proxy
        if answer.status != 200:
            counts.failures += 1
        elif hit:
            counts.hits += 1
        else:
            counts.misses += 1
        headers = {CACHE_HEADER: "hit" if hit else "miss"}
        if answer.retry_after is not None:
            headers["Retry-After"] = answer.retry_after
        return Response(answer.body, answer.status, headers, media_type=answer.kind)

    def _call(self, request: Request, body: bytes) -> _Call:
        if not self._upstream:
            raise Refused(404, "this judge has no upstream: start the service with --upstream")
        try:
            said = msgspec.json.decode(body)
        except UNREADABLE as wrong:
            raise Refused(400, f"the body cannot be read as JSON: {wrong}") from wrong
        if not isinstance(said, dict) or not isinstance(said.get("messages"), list):
            raise Refused(400, "the body must be a chat request: an object with messages")
        if said.get("stream"):
            raise Refused(400, "stream: true cannot be cached: ask without it, or ask the upstream itself")
        vote = request.headers.get(VOTE_HEADER, "0")
        if not re.fullmatch(r"[0-9]{1,9}", vote):
            raise Refused(
                400, f"{VOTE_HEADER} must be a whole number of at most 9 digits, got {clipped(vote, 40)!r}"
            )
        asked = Asked(b"", _sorted({"proxy": self._upstream, "body": said, "v": 1, "vote": int(vote)}))
        headers = {name: request.headers[name] for name in CREDENTIALS if name in request.headers}
        for name, value in headers.items():
            if not value.isprintable():
                raise Refused(400, f"{name}: a header cannot carry control characters")
        return _Call(body, asked, headers, str(said.get("model", "")))

    async def _join(self, call: _Call) -> tuple[_Answer, bool]:
        done: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()

        def land(outcome: _Answer | Exception) -> None:
            if done.done():
                return
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)

        who = sha256(_sorted(call.headers)).digest()
        key = sha256(call.asked.key + who).digest()
        first = self._flight.join(key, call, land)
        try:
            return await done, first
        finally:
            self._flight.leave(key, land)

    async def _read(self, calls: Mapping[bytes, _Call]) -> dict[bytes, _Answer]:
        kept = await self._desk.service.store.get_many([call.asked.key for call in calls.values()])
        return {
            key: _Answer(kept[call.asked.key].reply, stored=True)
            for key, call in calls.items()
            if call.asked.key in kept
        }

    async def _ask(self, _key: bytes, call: _Call) -> _Answer:
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer = await self._send(call)
        if answer.status == 200 and _is_whole(answer.body):
            stored = StoredReply(
                key=call.asked.key,
                reply=answer.body,
                status="ok",
                judge=f"proxy {call.model} {self._upstream}",
                latency_s=loop.time() - started,
                attempts=1,
                asked=call.asked,
            )
            await self._desk.service.store.put(stored)
        return answer

    async def _send(self, call: _Call) -> _Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Content-Type": "application/json", "User-Agent": "rvpo"},
            )
        url = f"{self._upstream}/chat/completions"
        try:
            # A redirect would take the caller's key elsewhere.
            async with self._session.post(
                url, data=call.body, headers=call.headers, allow_redirects=False
            ) as response:
                body = await response.read()
        except TimeoutError:
            return _failed(504, f"the upstream gave no answer within {self._timeout_s:g} s")
        except aiohttp.ClientError as wrong:
            return _failed(502, f"the upstream cannot be reached: {wrong}")
        kind = response.headers.get("content-type", "application/octet-stream")
        return _Answer(body, response.status, kind, response.headers.get("retry-after"))


def _is_whole(body: bytes) -> bool:
    """Whether it is a completion that another caller may be given: nothing withheld, no error inside."""
    if classify(200, {}, body) is not None:
        return False
    choices = decode_completion(body).choices
    return all(choice.finish_reason != "content_filter" for choice in choices)


def _failed(status: int, text: str) -> _Answer:
    return _Answer(_error_body(status, text), status)


def _openai_error(refused: Refused) -> Response:
    said = refused.problem
    return Response(
        _error_body(said.status, said.detail), said.status, refused.headers, media_type="application/json"
    )


def _error_body(status: int, text: str) -> bytes:
    kind = "invalid_request_error" if status < 500 else "api_error"
    error: dict[str, Any] = {"message": text, "type": kind, "param": None, "code": None}
    return msgspec.json.encode({"error": error})
