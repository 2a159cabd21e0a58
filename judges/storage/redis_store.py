"""A store of replies in Redis, for judges on several machines; the extra ``redis``.

The same laws as the SQLite store's: raw replies, the first served one stays, leases that end with their owner. Two
departures: how safe a reply is when ``put`` returns is the server's ``appendonly`` to say, and the requests are
written whole. Nothing expires and nothing is thrown out here; run the server without an eviction policy.

A reply lies under ``rvpo:reply:KEY`` as one byte (``+`` stays, ``-`` gives way) and the MessagePack of its record, its
request under ``rvpo:request:KEY`` (zlib), a lease under ``rvpo:lease:KEY``.
"""

import asyncio
import os
import secrets
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec

from rvpo.judges.errors import StoreError
from rvpo.judges.storage.records import SERVED, Kept, Reread, Sheet, SheetOrder, StoredReply, Taken
from rvpo.judges.storage.rows import LEASE_S

PASSWORD: Final = "RVPO_REDIS_PASSWORD"  # noqa: S105 - the variable's name
_CONNECTIONS: Final = 8

_PUT: Final = """
local old = redis.call('GETRANGE', KEYS[1], 0, 0)
if old == '+' then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2]) end
return 1
"""
_RENEW: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end"
)
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(StoredReply).decode


class RedisStore:
    """Replies by key; see ``ReplyStore``. Lives on one event loop; open it with ``open``."""

    def __init__(self, url: str, client: Any) -> None:
        self.path = url
        self._client = client
        self._owner = secrets.token_hex(12)
        self._leases: set[bytes] = set()
        self._freed: list[bytes] = []
        self._work: set[asyncio.Task[None]] = set()
        self._alive = asyncio.create_task(self._stay_alive())

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to ``redis://host:port/number`` (``rediss`` for TLS); a password comes from ``RVPO_REDIS_PASSWORD``.

        Raises:
            StoreError: The address is wrong, or nobody answers there.
        """
        from redis.asyncio import BlockingConnectionPool, Redis

        parts = urlsplit(url)
        if parts.username or parts.password or parts.query:
            raise StoreError(f"store: takes no user, password or query; set the variable {PASSWORD} instead")
        try:
            pool = BlockingConnectionPool.from_url(
                url, max_connections=_CONNECTIONS, timeout=None, password=os.environ.get(PASSWORD) or None
            )
        except ValueError as wrong:
            raise StoreError(f"{url}: is no address of a Redis store: {wrong}") from wrong
        client: Any = Redis(connection_pool=pool)
        try:
            async with _told(url, "opened"):
                await client.execute_command("PING")
        except StoreError:
            await pool.aclose()
            raise
        return cls(url, client)

    async def get_many(self, keys: Sequence[bytes], parser: int = 0) -> dict[bytes, Kept]:
        """See ``ReplyStore``."""
        if not keys:
            return {}
        async with _told(self.path, "read"):
            values = await self._client.mget([_reply(key) for key in keys])
        found = {}
        for key, value in zip(keys, values, strict=True):
            if value is not None:
                stored = _decode(value[1:])
                found[key] = Kept(stored.reply, stored.reading if stored.parser == parser else b"")
        return found

    async def take(self, keys: Sequence[bytes], parser: int = 0) -> Taken:
        """See ``ReplyStore``."""
        found = await self.get_many(keys, parser)
        missing = [key for key in keys if key not in found]
        if not missing:
            return Taken(found, frozenset())
        async with _told(self.path, "written"), self._client.pipeline(transaction=False) as pipeline:
            for key in missing:
                pipeline.set(_lease(key), self._owner, nx=True, px=int(LEASE_S * 1000))
            given = await pipeline.execute()
        mine = {key for key, won in zip(missing, given, strict=True) if won or key in self._leases}
        self._leases |= mine
        # Again, now that nobody else asks them: a reply may have come between.
        late = await self.get_many(list(mine), parser)
        for key in late:
            self.release(key)
        return Taken(found | late, frozenset(mine - late.keys()))

    async def sheets(self, keys: Sequence[bytes], parser: int) -> dict[bytes, Sheet]:  # noqa: ARG002 - there are none
        """See ``ReplyStore``; here replies are read one by one."""
        return {}

    def keep(self, note: Reread | SheetOrder) -> None:
        """See ``ReplyStore``; nothing is."""

    def release(self, key: bytes) -> None:
        """See ``ReplyStore``."""
        if key in self._leases:
            self._leases.discard(key)
            self._freed.append(key)
            if len(self._freed) == 1:
                self._start(self._give_back())

    async def put(self, stored: StoredReply) -> None:
        """See ``ReplyStore``."""
        # Shielded: whoever asked may leave, the reply is on its way all the same.
        await asyncio.shield(self._start(self._put(stored)))

    async def aclose(self) -> None:
        """See ``ReplyStore``."""
        self._alive.cancel()
        for key in list(self._leases):
            self.release(key)
        await asyncio.gather(self._alive, *self._work, return_exceptions=True)
        await self._client.aclose(close_connection_pool=True)

    async def _put(self, stored: StoredReply) -> None:
        mark = b"+" if stored.status in SERVED else b"-"
        asked = zlib.compress(stored.asked.start + stored.asked.rest) if stored.asked else b""
        record = mark + _encode(msgspec.structs.replace(stored, asked=None))
        names = (_reply(stored.key), b"rvpo:request:" + stored.key.hex().encode())
        async with _told(self.path, "written"):
            await self._client.eval(_PUT, 2, *names, record, asked)

    async def _give_back(self) -> None:
        freed, self._freed = self._freed, []
        # One that stays ends by itself.
        with suppress(StoreError):
            await self._on_leases(_RELEASE, freed)

    async def _stay_alive(self) -> None:
        task = asyncio.current_task()
        # The client may turn a cancellation that meets it at work into an error of its own.
        while task is not None and not task.cancelling():
            await asyncio.sleep(LEASE_S / 4)
            with suppress(StoreError):
                await self._on_leases(_RENEW, list(self._leases), int(LEASE_S * 1000))

    async def _on_leases(self, script: str, keys: Sequence[bytes], *values: int) -> None:
        if not keys:
            return
        async with _told(self.path, "written"), self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.eval(script, 1, _lease(key), self._owner, *values)
            await pipeline.execute()

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task


@asynccontextmanager
async def _told(url: str, what: str) -> AsyncIterator[None]:
    """Whatever the client raises, as one line of ours."""
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as wrong:
        raise StoreError(f"{url}: the store cannot be {what}: {wrong}") from wrong


def _reply(key: bytes) -> bytes:
    return b"rvpo:reply:" + key.hex().encode()


def _lease(key: bytes) -> bytes:
    return b"rvpo:lease:" + key.hex().encode()
