"""The store of replies: one SQLite file, raw replies by request key. The only file here that writes to disk.

What is kept is the reply as it came; verdicts are read from it again (``parse.py``). One thread owns the one
connection: the event loop never waits for the disk, reads come in batches, and all writes waiting at that moment
share one commit. ``put`` is done when its reply is committed: a reply handed on is never lost to ``kill -9``.

Several processes may share the file (WAL, local disks only). A damaged store is renamed aside and begun anew; a
file that is no store of ours is never touched. No pickle: replies are JSON, compressed when that pays.
"""

import asyncio
import os
import queue
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from rvpo.judges.errors import StoreError
from rvpo.judges.lock import one_process_at_a_time

SCHEMA_VERSION: Final = 1
APPLICATION_ID: Final = 0x5256504F
"""``RVPO`` in ASCII, kept in the file's header."""

_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE replies (
    key BLOB PRIMARY KEY,       -- sha256 of the request
    reply BLOB NOT NULL,        -- as it came; starts with 0x78 where zlib made it shorter
    status TEXT NOT NULL,       -- what it was read as when it came; only ok is ever served
    judge TEXT NOT NULL,        -- who said it, for people
    created REAL NOT NULL,      -- seconds since 1970, UTC
    latency_s REAL NOT NULL,
    attempts INTEGER NOT NULL
);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
# An ordinary rowid table: WITHOUT ROWID writes five times slower with random keys.

_PUT: Final = """INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET reply = excluded.reply, status = excluded.status, judge = excluded.judge,
    created = excluded.created, latency_s = excluded.latency_s, attempts = excluded.attempts
WHERE replies.status <> 'ok'"""
"""The first good reply stays: two processes that asked at once then agree ever after."""

_KEYS_A_READ: Final = 1000
_COMPRESS_FROM: Final = 1024
_ZLIB: Final = b"\x78"
_BUSY_TIMEOUT_S: Final = 30.0


class StoredReply(msgspec.Struct, frozen=True):
    """One reply, as it is put into the store."""

    key: bytes
    reply: bytes
    status: str
    judge: str
    latency_s: float
    attempts: int


class _Get(msgspec.Struct, frozen=True):
    keys: Sequence[bytes]
    answer: asyncio.Future[Any]


class _Put(msgspec.Struct, frozen=True):
    stored: StoredReply
    answer: asyncio.Future[Any]


class Store:
    """Replies by key. Use from an event loop; ``close`` writes what is still waiting."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._jobs: queue.SimpleQueue[_Get | _Put | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="rvpo-store", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: str) -> Self:
        """Open or create a store; ``:memory:`` keeps nothing after closing.

        Raises:
            StoreError: The file cannot be opened, is no store, or was written by a newer version.
        """
        return cls(path, _connect(path))

    async def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Read the replies of those keys that are there.

        Raises:
            StoreError: The file cannot be read.
        """
        answer: asyncio.Future[dict[bytes, bytes]] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Get(keys, answer))
        return await answer

    async def put(self, stored: StoredReply) -> None:
        """Write a reply; returns when it is committed. It is on its way from the first moment, even if cancelled.

        Raises:
            StoreError: It cannot be written (the disk is full, the file is locked for good).
        """
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Put(stored, answer))
        await answer

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            jobs = [self._jobs.get()]
            while not self._jobs.empty():
                jobs.append(self._jobs.get())
            closing = None in jobs
            puts = [job for job in jobs if isinstance(job, _Put)]
            if puts:
                work = partial(self._write, [job.stored for job in puts])
                self._run("written", work, [job.answer for job in puts])
            for job in jobs:
                if isinstance(job, _Get):
                    self._run("read", partial(self._read, job.keys), [job.answer])
        self._connection.close()

    def _run(self, what: str, work: Callable[[], Any], answers: Sequence[asyncio.Future[Any]]) -> None:
        try:
            result, error = work(), None
        except Exception as wrong:  # noqa: BLE001 - the thread must live on; whoever asked is told
            result, error = None, StoreError(f"{self.path}: the store cannot be {what}: {wrong}")
        # A loop that is already closed has nobody left to tell.
        with suppress(RuntimeError):
            answers[0].get_loop().call_soon_threadsafe(_settle, answers, result, error)

    def _write(self, stored: Sequence[StoredReply]) -> None:
        now = time.time()
        rows = [
            (row.key, _pack(row.reply), row.status, row.judge, now, row.latency_s, row.attempts)
            for row in stored
        ]
        with self._connection:
            self._connection.executemany(_PUT, rows)

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _KEYS_A_READ):
            some = keys[start : start + _KEYS_A_READ]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(f"SELECT key, reply FROM replies WHERE key IN ({marks})", some)  # noqa: S608 - marks only
            for key, reply in rows:
                found[key] = _unpack(reply)
        return found


def _settle(answers: Sequence[asyncio.Future[Any]], result: Any, error: StoreError | None) -> None:
    for answer in answers:
        if answer.done():
            continue
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)


def _pack(reply: bytes) -> bytes:
    # One that looks compressed must be, however short: the first byte tells them apart.
    return zlib.compress(reply, 6) if len(reply) >= _COMPRESS_FROM or reply[:1] == _ZLIB else reply


def _unpack(reply: bytes) -> bytes:
    return zlib.decompress(reply) if reply[:1] == _ZLIB else reply


def _connect(path: str) -> sqlite3.Connection:
    if path == ":memory:":
        return _prepare(path)
    file = Path(path).expanduser()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # The switch of a new file to WAL does not wait for another process that does the same.
        with one_process_at_a_time(file.with_name(f"{file.name}.lock")):
            _refuse_foreign(file)
            try:
                return _prepare(str(file))
            except sqlite3.DatabaseError as wrong:
                if "malformed" not in str(wrong):
                    raise
                _rename_aside(file)
                return _prepare(str(file))
    except (OSError, sqlite3.Error) as wrong:
        raise StoreError(f"{path}: the store cannot be opened: {wrong}") from wrong


def _prepare(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        version = _sound_version(connection, path)
        # Before the switch to WAL, so that the mark is in the file itself, where the next process looks for it.
        if version < SCHEMA_VERSION:
            connection.executescript(_SCHEMA)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _sound_version(connection: sqlite3.Connection, path: str) -> int:
    found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: the store has version {version}, this rvpo knows up to {SCHEMA_VERSION}: upgrade rvpo"
        )
    return version


def _refuse_foreign(file: Path) -> None:
    if not file.exists() or file.stat().st_size == 0:
        return
    with file.open("rb") as handle:
        header = handle.read(100)
    if not header.startswith(b"SQLite format 3\0"):
        raise StoreError(f"{file}: is not a store of replies (nor any SQLite file); choose another path")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StoreError(f"{file}: is an SQLite file of another program; choose another path")


def _rename_aside(file: Path) -> None:
    aside = f"{file.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(file.with_name(aside + suffix))
