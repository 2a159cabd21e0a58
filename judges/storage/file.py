"""Opening the SQLite file of a store: made by one process at a time, foreign files left alone, damaged ones put aside."""

import os
import shutil
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from rvpo.judges.errors import StoreError
from rvpo.judges.lock import one_process_at_a_time
from rvpo.judges.storage.schema import APPLICATION_ID, bring_up

MEMORY: Final = ":memory:"
_BUSY_TIMEOUT_S: Final = 30.0
_NO_ROOM: Final = 1 << 20
"""Bytes: where no more are free, an error of writing is no fault of the disk."""


def connect(path: str) -> sqlite3.Connection:
    """Open or create a store's file, at the newest version.

    Raises:
        StoreError: The file cannot be opened, is no store, or was written by a newer version.
    """
    if path == MEMORY:
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
        raise trouble(path, "opened", wrong) from wrong


def trouble(path: str, what: str, wrong: Exception) -> StoreError:
    """What to say of an error: that the disk is full, whatever was being done, or that the store cannot be ``what``."""
    name = getattr(wrong, "sqlite_errorname", "")
    broken = name.startswith("SQLITE_IOERR")
    if name == "SQLITE_FULL" or (broken and _free(path) < _NO_ROOM):
        return StoreError(
            f"{path}: the store cannot be written: the disk is full; all that was acknowledged is kept: make room and run again"
        )
    why = f" ({name}: a quota, a limit on the size of files, or a broken disk)" if broken else ""
    return StoreError(f"{path}: the store cannot be {what}: {wrong}{why}")


def _free(path: str) -> float:
    """Bytes that may still be written beside a file; endless where nobody says."""
    with suppress(OSError):
        return shutil.disk_usage(Path(path).expanduser().parent).free
    return float("inf")


def connect_existing(path: str) -> sqlite3.Connection:
    """Open a store's file for its upkeep; a damaged one is left as it is.

    Raises:
        StoreError: There is no such file, it is no store, it is damaged, or was written by a newer version.
    """
    file = Path(path).expanduser()
    try:
        if not file.is_file():
            raise StoreError(f"{path}: there is no such store")
        _refuse_foreign(file)
        with one_process_at_a_time(file.with_name(f"{file.name}.lock")):
            return _prepare(str(file))
    except (OSError, sqlite3.Error) as wrong:
        raise StoreError(f"{path}: the store cannot be opened: {wrong}") from wrong


def _prepare(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        # Before the switch to WAL, so that the mark is in the file itself, where the next process looks for it.
        bring_up(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


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
