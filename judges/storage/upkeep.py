"""Work on a store as a whole: throw out what is not wanted, write it out, take in another.

Each is safe beside running judges. What is thrown out is asked again when it is wanted; nothing else is lost.
"""

import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.judges.errors import StoreError
from rvpo.judges.storage.file import connect_existing
from rvpo.judges.storage.records import SERVED
from rvpo.judges.storage.rows import PUT, unpack

_ROWS_A_STEP: Final = 1000
_MERGE: Final = f"{PUT} AND excluded.status IN {SERVED}"
"""Ours stays unless it is not good and theirs is."""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What pruning removed, or would."""

    path: str
    replies: int
    left: int
    done: bool
    """Whether it was done."""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What merging brought."""

    path: str
    read: int
    """Replies of the other store."""
    added: int
    """Of them, new here, or good where ours was not."""


def prune_store(
    path: str,
    *,
    older_than_s: float | None = None,
    judge: str | None = None,
    status: str | None = None,
    dry_run: bool = True,
) -> Pruned:
    """Remove the replies that all given conditions hold for, with what was asked.

    Args:
        path: The store.
        older_than_s: Age in seconds that they have at least.
        judge: Text that the judge's name holds.
        status: Their status.
        dry_run: Only count.

    Raises:
        StoreError: No condition is given, or the store cannot be written.
    """
    conditions: Mapping[str, tuple[str, Any]] = {
        "age": ("created <= ?", None if older_than_s is None else time.time() - older_than_s),
        "judge": ("instr(judge, ?) > 0", judge),
        "status": ("status = ?", status),
    }
    given = [(text, value) for text, value in conditions.values() if value is not None]
    if not given:
        raise StoreError(f"{path}: nothing says what to remove: name an age, a judge or a status")
    where = " AND ".join(text for text, _ in given)
    values = [value for _, value in given]
    with closing(connect_existing(path)) as connection:
        total: int = connection.execute("SELECT count(*) FROM replies").fetchone()[0]
        found: int = connection.execute(f"SELECT count(*) FROM replies WHERE {where}", values).fetchone()[0]  # noqa: S608 - our own texts
        if not dry_run:
            try:
                found = _remove(connection, where, values)
            except sqlite3.Error as wrong:
                raise StoreError(f"{path}: the store cannot be written: {wrong}") from wrong
        return Pruned(path=path, replies=found, left=total - found, done=not dry_run)


def export_store(path: str) -> Iterator[bytes]:
    """All replies with their requests, one JSON object a line, in the order of their coming.

    Raises:
        StoreError: There is no such store.
    """
    with closing(connect_existing(path)) as connection:
        rows = connection.execute(
            """SELECT replies.key, judge, status, created, latency_s, attempts, prompt_tokens, completion_tokens, usd,
                reply, start, rest
            FROM replies LEFT JOIN requests ON requests.key = replies.key LEFT JOIN beginnings ON hash = beginning
            ORDER BY created, replies.rowid"""
        )
        names = [column[0] for column in rows.description[:9]]
        for *values, reply, start, rest in rows:
            line: dict[str, Any] = dict(zip(names, values, strict=True))
            line["key"] = line["key"].hex()
            line["request"] = None if start is None else _compact(zlib.decompress(start) + unpack(rest))
            line["reply"] = _compact(unpack(reply))
            yield msgspec.json.encode(line) + b"\n"


def merge_store(path: str, other: str) -> Merged:
    """Take another store's replies into this one; of two to one question the first good one stays, ours before theirs.

    Raises:
        StoreError: One of them is no store, both are one file, or this one cannot be written.
    """
    if Path(path).expanduser().resolve() == Path(other).expanduser().resolve():
        raise StoreError(f"{path}: a store cannot be merged into itself")
    with closing(connect_existing(path)) as into, closing(connect_existing(other)) as source:
        try:
            read, added = _copy(source, into)
        except sqlite3.Error as wrong:
            raise StoreError(f"{path}: {other} cannot be merged into the store: {wrong}") from wrong
    return Merged(path=path, read=read, added=added)


def _remove(connection: sqlite3.Connection, where: str, values: list[Any]) -> int:
    with connection:
        found = connection.execute(f"DELETE FROM replies WHERE {where}", values).rowcount  # noqa: S608
        connection.execute("DELETE FROM requests WHERE key NOT IN (SELECT key FROM replies)")
        connection.execute("DELETE FROM beginnings WHERE hash NOT IN (SELECT beginning FROM requests)")
    connection.execute("VACUUM")
    return found


def _copy(source: sqlite3.Connection, into: sqlite3.Connection) -> tuple[int, int]:
    read = added = 0
    rows = source.execute(
        """SELECT key, reply, status, judge, created, latency_s, attempts, parser, reading, prompt_tokens,
            completion_tokens, usd FROM replies"""
    )
    while some := rows.fetchmany(_ROWS_A_STEP):
        read += len(some)
        with into:
            added += into.executemany(_MERGE, some).rowcount
    for table, marks in (("beginnings", "?, ?"), ("requests", "?, ?, ?")):
        rows = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
        while some := rows.fetchmany(_ROWS_A_STEP):
            with into:
                into.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", some)  # noqa: S608
    return read, added


def _compact(text: bytes) -> msgspec.Raw | str:
    """JSON on one line; what is none, as text."""
    try:
        return msgspec.Raw(msgspec.json.format(text, indent=-1))
    except msgspec.DecodeError:
        return text.decode("utf-8", "replace")
