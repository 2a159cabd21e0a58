"""The routes under ``/v1``: judge, stream, identity, usage, and the health of the service."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from rvpo.judges.records import JudgeRequest, RewardVector
from rvpo.judges.serve.answering import problem_of, record
from rvpo.judges.serve.desk import Desk
from rvpo.judges.serve.limits import read_body
from rvpo.judges.serve.problems import Refused, problem
from rvpo.judges.serve.wire import HEARTBEAT_S, Judged, StreamLine, WhoJudges, WireVector, encode


class Routes:
    """The judge service's routes over one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[Route]:
        """Paths and what answers them."""
        return [
            Route("/v1/judge", self.judge, methods=["POST"]),
            Route("/v1/judge/stream", self.stream, methods=["POST"]),
            Route("/v1/rejudge", self.rejudge, methods=["POST"]),
            Route("/v1/identity", self.identity, methods=["GET"]),
            Route("/v1/usage", self.usage, methods=["GET"]),
            Route("/healthz", self.health, methods=["GET"]),
        ]

    async def judge(self, request: Request) -> Response:
        """Judge a batch; the answer comes when all of it is judged, or at the deadline."""
        task = self._desk.start(await self._requests(request))
        return record(_judged(await _unless_gone(request, task)))

    async def stream(self, request: Request) -> Response:
        """Judge a batch; each vector comes as it is finished."""
        done: asyncio.Queue[RewardVector | None] = asyncio.Queue()
        task = self._desk.start(await self._requests(request), done.put_nowait)
        task.add_done_callback(lambda _: done.put_nowait(None))
        return StreamingResponse(_lines(task, done), media_type="application/x-ndjson")

    async def rejudge(self, request: Request) -> Response:
        """Judge a batch from the store alone: replies are read again, by this parser and these rubrics' points."""
        task = self._desk.start_again(await self._requests(request))
        return record(_judged(await _unless_gone(request, task)))

    async def identity(self, _request: Request) -> Response:
        """Who judges, and all that decides a verdict."""
        service = self._desk.service
        return record(WhoJudges(service.identity(), service.fingerprint()))

    async def usage(self, _request: Request) -> Response:
        """What was done since the start."""
        return record(self._desk.usage(), {"Cache-Control": "no-store"})

    async def health(self, _request: Request) -> Response:
        """Whether the service answers."""
        return record({"status": "ok"})

    async def _requests(self, request: Request) -> Sequence[JudgeRequest]:
        return self._desk.incoming.read(await read_body(request, self._desk.settings.most_body_bytes))


async def _unless_gone(request: Request, task: asyncio.Task[list[RewardVector]]) -> list[RewardVector]:
    gone = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Refused(400, "the connection was closed before the answer was there")
        return task.result()
    finally:
        gone.cancel()
        task.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _judged(vectors: Sequence[RewardVector]) -> Judged:
    return Judged([WireVector.of(vector) for vector in vectors])


async def _lines(
    task: asyncio.Task[list[RewardVector]], done: asyncio.Queue[RewardVector | None]
) -> AsyncIterator[bytes]:
    count = 0
    vector: RewardVector | None = None
    try:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    vector = await done.get()
            except TimeoutError:
                yield b"\n"
                continue
            lines = []
            while vector is not None:
                lines.append(encode(StreamLine(vector=WireVector.of(vector))))
                if done.empty():
                    break
                vector = done.get_nowait()
            count += len(lines)
            if lines:
                yield b"\n".join((*lines, b""))
            if vector is None:
                break
        yield encode(_last_line(task, count)) + b"\n"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})


def _last_line(task: asyncio.Task[list[RewardVector]], count: int) -> StreamLine:
    if task.cancelled():
        return StreamLine(problem=problem(503, "the service was stopped before all was judged"))
    wrong = task.exception()
    return StreamLine(problem=problem_of(wrong)) if isinstance(wrong, Exception) else StreamLine(done=count)
