"""The client of the batch protocol: files up, batches made and looked at, files down.

Its requests go through the dispatcher as all do. Making a batch is the one that must not happen twice: before it is
sent again, the endpoint is asked whether there is one for that file already.
"""

from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp
import msgspec

from rvpo.judges.batches.lines import CHAT
from rvpo.judges.classify import Failure, classify
from rvpo.judges.config import JudgeConfig
from rvpo.judges.errors import CallFailed
from rvpo.judges.limits.dispatch import Dispatcher
from rvpo.judges.limits.settings import Limits

WINDOW: Final = "24h"
TIMEOUT_S: Final = 600.0
"""Of one request: files are large."""
ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})


Told = TypeVar("Told")


class BatchCounts(msgspec.Struct, frozen=True):
    """Requests of a batch."""

    total: int = 0
    completed: int = 0
    failed: int = 0


class _Complaint(msgspec.Struct, frozen=True):
    message: str | None = None
    line: int | None = None


class _Complaints(msgspec.Struct, frozen=True):
    data: list[_Complaint] | None = None


class Batch(msgspec.Struct, frozen=True):
    """A batch, as the endpoint describes it."""

    id: str
    status: str
    input_file_id: str = ""
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: _Complaints | None = None
    request_counts: BatchCounts | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED

    @property
    def complaint(self) -> str:
        """Why it failed as a whole; empty if it did not, or nobody says."""
        said = (self.errors.data or []) if self.errors else []
        return "; ".join(each.message or "" for each in said[:3])


class _File(msgspec.Struct):
    id: str


class _Batches(msgspec.Struct):
    data: list[Batch]


class BatchClient:
    """Speaks to the endpoint of a judge; make it inside an event loop.

    Args:
        config: The judge.

    Raises:
        JudgeConfigError: The key's variable is not set.
    """

    def __init__(self, config: JudgeConfig) -> None:
        self._base = config.endpoint
        self._dispatcher = Dispatcher(Limits(concurrency=4, max_attempts=config.max_attempts))
        key = config.api_key()
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "rvpo"} | ({"Authorization": f"Bearer {key}"} if key else {}),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def upload(self, name: str, data: bytes) -> str:
        """Send a file of requests; gives its id.

        Raises:
            CallFailed: The endpoint did not take it.
        """

        async def attempt() -> bytes | Failure:
            form = aiohttp.FormData()
            form.add_field("purpose", "batch")
            form.add_field("file", data, filename=name, content_type="application/jsonl")
            return await self._request("POST", "/files", data=form)

        return _read((await self._dispatcher.send(attempt)).body, _File).id

    async def create(self, file_id: str) -> Batch:
        """Make the batch of an uploaded file, or find it if there is one.

        Raises:
            CallFailed: The endpoint did not make it.
        """

        async def attempt() -> bytes | Failure:
            found = await self._request("GET", "/batches?limit=100")
            # An endpoint that cannot list its batches cannot have told us of one.
            known = _read(found, _Batches).data if isinstance(found, bytes) else []
            for batch in known:
                if batch.input_file_id == file_id:
                    return msgspec.json.encode(batch)
            order = {"input_file_id": file_id, "endpoint": CHAT, "completion_window": WINDOW}
            return await self._request("POST", "/batches", json=order)

        return _read((await self._dispatcher.send(attempt)).body, Batch)

    async def look(self, batch_id: str) -> Batch:
        """Say how far a batch is.

        Raises:
            CallFailed: The endpoint does not say.
        """
        reply = await self._dispatcher.send(lambda: self._request("GET", f"/batches/{batch_id}"))
        return _read(reply.body, Batch)

    async def download(self, file_id: str) -> bytes:
        """Fetch a file.

        Raises:
            CallFailed: The endpoint does not give it.
        """
        return (await self._dispatcher.send(lambda: self._request("GET", f"/files/{file_id}/content"))).body

    async def _request(self, method: str, path: str, **what: Any) -> bytes | Failure:
        try:
            async with self._session.request(
                method, self._base + path, allow_redirects=False, **what
            ) as response:
                body = await response.read()
        except TimeoutError:
            return Failure("timeout", f"{path}: no answer within {TIMEOUT_S:g} s", retry=True)
        except aiohttp.ClientError as wrong:
            return Failure("transport", f"{path}: {str(wrong) or type(wrong).__name__}", retry=True)
        if response.status == 200:
            return body
        failure = classify(response.status, response.headers, body)
        assert failure is not None
        return failure


def _read(body: bytes, kind: type[Told]) -> Told:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as wrong:
        raise CallFailed("transport", f"the endpoint does not speak the batch protocol: {wrong}") from wrong
