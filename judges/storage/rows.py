"""Rows of the SQLite store: reading, writing, leasing. Synchronous; whoever calls holds the one connection.

A lease says until when its owner is believed alive, in monotonic seconds, which all processes of a machine share and
no clock jump moves. One that lies further ahead than any can is from before a restart of the machine, and void; so is
that of an owner on this machine who has ended (``owner.py``).
"""

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, TypeVar

from rvpo.judges.key import Asked
from rvpo.judges.storage.owner import is_dead
from rvpo.judges.storage.records import SERVED, Kept, StoredReply, Taken

_Row = TypeVar("_Row")

LEASE_S: Final = 6.0
"""A leader whose end nobody can see is replaced after this long."""

_PUT: Final = """INSERT INTO replies (key, reply, status, judge, created, latency_s, attempts, parser, reading,
    prompt_tokens, completion_tokens, usd)"""
_PUT_UNLESS: Final = f"""ON CONFLICT (key) DO UPDATE SET reply = excluded.reply, status = excluded.status,
    judge = excluded.judge, created = excluded.created, latency_s = excluded.latency_s, attempts = excluded.attempts,
    parser = excluded.parser, reading = excluded.reading, prompt_tokens = excluded.prompt_tokens,
    completion_tokens = excluded.completion_tokens, usd = excluded.usd
WHERE replies.status NOT IN {SERVED}"""
PUT: Final = f"{_PUT} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_PUT_UNLESS}"
"""The first good reply stays: two processes that asked at once then agree ever after."""

_LEASE_UNLESS: Final = """ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE until < ? OR until > excluded.until OR owner = excluded.owner"""

_ROWS_A_STATEMENT: Final = (64, 8, 1)
"""Each step of a statement hands the interpreter's lock to the event loop and waits to get it back; few sizes, so that
statements stay prepared."""
_KEYS_A_READ: Final = 1000
_COMPRESS_FROM: Final = 1024
_ZLIB: Final = b"\x78"


def read(connection: sqlite3.Connection, keys: Sequence[bytes], parser: int) -> dict[bytes, Kept]:
    """The replies of those keys that are there, with what this parser once read in them."""
    found: dict[bytes, Kept] = {}
    for some in _slices(keys):
        marks = ",".join("?" * len(some))
        rows = connection.execute(
            f"SELECT key, reply, parser, reading FROM replies WHERE key IN ({marks})",  # noqa: S608 - marks only
            some,
        )
        for key, reply, version, reading in rows:
            found[key] = Kept(unpack(reply), reading if version == parser else b"")
    return found


def write(connection: sqlite3.Connection, stored: Sequence[StoredReply]) -> None:
    """Put replies with their requests; the caller commits."""
    now = time.time()
    replies = []
    for each in stored:
        body = pack(each.reply)
        kept = (each.key, body, each.status, each.judge, now, each.latency_s, each.attempts)
        read_as = (each.parser, each.reading, each.prompt_tokens, each.completion_tokens, each.usd)
        replies.append(kept + read_as)
    _insert(connection, _PUT, replies, _PUT_UNLESS)
    write_requests(connection, ((each.key, each.asked) for each in stored if each.asked is not None))


def write_requests(connection: sqlite3.Connection, requests: Iterable[tuple[bytes, Asked]]) -> None:
    """Keep what was asked; what many share is kept once."""
    beginnings: dict[bytes, bytes] = {}
    rows = []
    for key, asked in requests:
        if asked.start not in beginnings:
            beginnings[asked.start] = sha256(asked.start).digest()
        rows.append((key, beginnings[asked.start], pack(asked.rest)))
    known = connection.execute
    new = [
        (name, zlib.compress(start, 6))
        for start, name in beginnings.items()
        if known("SELECT 1 FROM beginnings WHERE hash = ?", (name,)).fetchone() is None
    ]
    _insert(connection, "INSERT OR IGNORE INTO beginnings", new)
    _insert(connection, "INSERT OR IGNORE INTO requests", rows)


def _insert(
    connection: sqlite3.Connection, start: str, rows: Sequence[tuple[Any, ...]], end: str = "", *last: float
) -> int:
    """Insert rows, many with one statement, whose last marks get ``last``; returns how many were."""
    marks = f"({','.join('?' * len(rows[0]))})" if rows else "()"
    inserted = 0
    for some in _groups(rows):
        values = [value for row in some for value in row]
        statement = f"{start} VALUES {','.join([marks] * len(some))} {end}"
        inserted += connection.execute(statement, [*values, *last]).rowcount
    return inserted


def _groups(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    start = 0
    while left := len(rows) - start:
        size = next(size for size in _ROWS_A_STATEMENT if size <= left)
        yield rows[start : start + size]
        start += size


def take(connection: sqlite3.Connection, owner: str, keys: Sequence[bytes], parser: int) -> Taken:
    """Read, and lease what is missing; commits. Where nothing is missing, nothing is written."""
    found = read(connection, keys, parser)
    missing = [key for key in keys if key not in found]
    if not missing:
        return Taken(found, frozenset())
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Again, now that nobody else can write: one may have come between.
        found |= read(connection, missing, parser)
        wanted = [key for key in missing if key not in found]
        mine = _lease(connection, owner, wanted)
        if len(mine) < len(wanted) and _bury(connection, [key for key in wanted if key not in mine]):
            mine |= _lease(connection, owner, wanted)
    return Taken(found, frozenset(mine))


def _lease(connection: sqlite3.Connection, owner: str, keys: Sequence[bytes]) -> set[bytes]:
    """Take those keys that nobody else holds."""
    now = time.monotonic()
    terms = [(key, owner, now + LEASE_S) for key in keys]
    if _insert(connection, "INSERT INTO inflight", terms, _LEASE_UNLESS, now) == len(keys):
        return set(keys)
    return {key for key, holder in _holders(connection, keys) if holder == owner}


def _bury(connection: sqlite3.Connection, keys: Sequence[bytes]) -> bool:
    """Give back all that is held by the dead among those who hold these keys; whether there was one."""
    owners = {owner for _, owner in _holders(connection, keys)}
    dead = [(owner,) for owner in owners if is_dead(owner)]
    connection.executemany("DELETE FROM inflight WHERE owner = ?", dead)
    return bool(dead)


def _holders(connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, str]]:
    for some in _groups(keys):
        marks = ",".join("?" * len(some))
        yield from connection.execute(f"SELECT key, owner FROM inflight WHERE key IN ({marks})", some)  # noqa: S608 - marks only


def release(connection: sqlite3.Connection, owner: str, keys: Iterable[bytes]) -> None:
    """Give back leases; the caller commits."""
    for some in _groups(list(keys)):
        marks = ",".join("?" * len(some))
        connection.execute(f"DELETE FROM inflight WHERE owner = ? AND key IN ({marks})", [owner, *some])  # noqa: S608 - marks only


def renew(connection: sqlite3.Connection, owner: str) -> None:
    """Say that this owner is alive; commits."""
    with connection:
        connection.execute(
            "UPDATE inflight SET until = ? WHERE owner = ?", (time.monotonic() + LEASE_S, owner)
        )


def pack(text: bytes) -> bytes:
    """Compress what gains by it."""
    # One that looks compressed must be, however short: the first byte tells them apart.
    return zlib.compress(text, 6) if len(text) >= _COMPRESS_FROM or text[:1] == _ZLIB else text


def unpack(packed: bytes) -> bytes:
    """The inverse of ``pack``; what is torn comes back as nothing, which no judge takes for a reply."""
    try:
        return zlib.decompress(packed) if packed[:1] == _ZLIB else packed
    except zlib.error:
        return b""


def _slices(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (keys[start : start + _KEYS_A_READ] for start in range(0, len(keys), _KEYS_A_READ))
