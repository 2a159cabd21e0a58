"""The store of replies: one SQLite file, raw replies by request key.

What is kept is the reply as it came; verdicts are read from it again (``parse.py``), or taken from the reading that
the same version of the parser left beside it. One thread owns the one connection: the event loop never waits for the
disk, reads come in batches, and all writes waiting at that moment share one commit. ``put`` is done when its reply is
committed: a reply handed on is never lost to ``kill -9``.

Several processes may share the file (WAL, local disks only) and lease the keys they ask. A damaged store is renamed
aside and begun anew; a file that is no store of ours is never touched. No pickle: replies are JSON, compressed when
that pays.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, Self

import msgspec

from rvpo.judges.errors import StoreError
from rvpo.judges.storage import rows, sheets
from rvpo.judges.storage.file import MEMORY, connect, trouble
from rvpo.judges.storage.owner import new_owner
from rvpo.judges.storage.records import Kept, Reread, Sheet, SheetOrder, StoredReply, Taken

_RENEWALS_A_LEASE: Final = 4
_QUIET_S: Final = 0.05
_MOST_NOTES: Final = 4096


class _Read(msgspec.Struct, frozen=True):
    keys: Sequence[bytes]
    parser: int
    leases: bool
    answer: asyncio.Future[Any]


class _ReadSheets(msgspec.Struct, frozen=True):
    keys: Sequence[bytes]
    parser: int
    answer: asyncio.Future[dict[bytes, Sheet]]


class _Put(msgspec.Struct, frozen=True):
    stored: StoredReply
    answer: asyncio.Future[Any]


class _Release(msgspec.Struct, frozen=True):
    key: bytes


class _Close(msgspec.Struct, frozen=True):
    pass


_Job = _Read | _ReadSheets | _Put | _Release | Reread | SheetOrder | _Close


class Store:
    """Replies by key; see ``ReplyStore``. Use from an event loop; ``close`` writes what is still waiting."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._owner = new_owner()
        self._leases: set[bytes] = set()
        self._renewed = 0.0
        self._notes: list[Reread | SheetOrder] = []
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="rvpo-store", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: str) -> Self:
        """Open or create a store; ``:memory:`` keeps nothing after closing.

        Raises:
            StoreError: The file cannot be opened, is no store, or was written by a newer version.
        """
        return cls(path, connect(path))

    async def get_many(self, keys: Sequence[bytes], parser: int = 0) -> dict[bytes, Kept]:
        """Read the replies of those keys that are there.

        Raises:
            StoreError: The file cannot be read.
        """
        answer: asyncio.Future[dict[bytes, Kept]] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Read(keys, parser, leases=False, answer=answer))
        return await answer

    async def take(self, keys: Sequence[bytes], parser: int = 0) -> Taken:
        """Read, and lease the keys that have no reply. All are ours in ``:memory:``, which nobody shares.

        Raises:
            StoreError: The file cannot be read or written.
        """
        if self.path == MEMORY:
            found = await self.get_many(keys, parser)
            return Taken(found, frozenset(key for key in keys if key not in found))
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Read(keys, parser, leases=True, answer=answer))
        return await answer

    def release(self, key: bytes) -> None:
        """Give back a lease, whether it is held or not; returns at once."""
        if self.path != MEMORY:
            self._jobs.put(_Release(key))

    async def put(self, stored: StoredReply) -> None:
        """Write a reply; returns when it is committed. It is on its way from the first moment, even if cancelled.

        Raises:
            StoreError: It cannot be written (the disk is full, the file is locked for good).
        """
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Put(stored, answer))
        await answer

    async def sheets(self, keys: Sequence[bytes], parser: int) -> dict[bytes, Sheet]:
        """Read the sheets of those keys that are there.

        Raises:
            StoreError: The file cannot be read.
        """
        answer: asyncio.Future[dict[bytes, Sheet]] = asyncio.get_running_loop().create_future()
        self._jobs.put(_ReadSheets(keys, parser, answer))
        return await answer

    def keep(self, note: Reread | SheetOrder) -> None:
        """Keep what spares work later; returns at once. What cannot be written is not missed."""
        self._jobs.put(note)

    async def aclose(self) -> None:
        """``close``, without holding up the event loop."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Write what is waiting, give back all leases and close the file."""
        self._jobs.put(_Close())
        self._thread.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            jobs = self._next_jobs()
            closing = any(isinstance(job, _Close) for job in jobs)
            puts = [job for job in jobs if isinstance(job, _Put)]
            done = {job.key for job in jobs if isinstance(job, _Release)} & self._leases
            if closing:
                done = set(self._leases)
            if puts or done:
                work = partial(self._write, [job.stored for job in puts], done)
                self._run("written", work, [job.answer for job in puts])
            for job in jobs:
                if isinstance(job, _Read):
                    self._run("read", partial(self._read, job), [job.answer])
                elif isinstance(job, _ReadSheets):
                    look = partial(sheets.read, self._connection, job.keys, job.parser)
                    self._run("read", look, [job.answer])
            self._notes += [job for job in jobs if isinstance(job, Reread | SheetOrder)]
            # No reply waits for a note to be written: a reply that is not down when we are killed is paid twice.
            if self._notes and (closing or not jobs or len(self._notes) >= _MOST_NOTES):
                with suppress(sqlite3.Error):
                    sheets.write(self._connection, self._notes)
                self._notes.clear()
            self._stay_alive()
        self._connection.close()

    def _next_jobs(self) -> list[_Job]:
        """All that waits; nothing, when a lease must be renewed first, or there is time for notes."""
        patience = _QUIET_S if self._notes else self._renew_s() if self._leases else None
        try:
            jobs = [self._jobs.get(timeout=patience)]
        except queue.Empty:
            return []
        while not self._jobs.empty():
            jobs.append(self._jobs.get())
        return jobs

    def _run(self, what: str, work: Callable[[], Any], answers: Sequence[asyncio.Future[Any]]) -> None:
        try:
            result, error = work(), None
        except Exception as wrong:  # noqa: BLE001 - the thread must live on; whoever asked is told
            result, error = None, trouble(self.path, what, wrong)
        # A loop that is already closed has nobody left to tell.
        with suppress(RuntimeError):
            if answers:
                answers[0].get_loop().call_soon_threadsafe(_settle, answers, result, error)

    def _write(self, stored: Sequence[StoredReply], done: set[bytes]) -> None:
        try:
            with self._connection:
                rows.write(self._connection, stored)
                rows.release(self._connection, self._owner, done)
        finally:
            self._leases -= done

    def _read(self, job: _Read) -> dict[bytes, Kept] | Taken:
        if not job.leases:
            return rows.read(self._connection, job.keys, job.parser)
        taken = rows.take(self._connection, self._owner, job.keys, job.parser)
        if not self._leases:
            self._renewed = time.monotonic()
        self._leases |= taken.mine
        return taken

    def _renew_s(self) -> float:
        return rows.LEASE_S / _RENEWALS_A_LEASE

    def _stay_alive(self) -> None:
        if self._leases and time.monotonic() - self._renewed > self._renew_s():
            # A lease that cannot be renewed runs out: somebody may ask twice, and nothing is lost.
            with suppress(sqlite3.Error):
                rows.renew(self._connection, self._owner)
            self._renewed = time.monotonic()


def _settle(answers: Sequence[asyncio.Future[Any]], result: Any, error: StoreError | None) -> None:
    for answer in answers:
        if answer.done():
            continue
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)
