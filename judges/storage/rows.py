"""Rows of the SQLite store: reading, writing, leasing. Synchronous; whoever calls holds the one connection.

A lease says until when its owner is believed alive, in monotonic seconds, which all processes of a machine share and
no clock jump moves. One that lies further ahead than any can is from before a restart of the machine, and void.
"""

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from rvpo.judges.key import Asked
from rvpo.judges.storage.records import SERVED, Kept, StoredReply, Taken

LEASE_S: Final = 6.0
"""A leader that died is replaced after this long."""

PUT: Final = f"""INSERT INTO replies (key, reply, status, judge, created, latency_s, attempts, parser, reading,
    prompt_tokens, completion_tokens, usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET reply = excluded.reply, status = excluded.status, judge = excluded.judge,
    created = excluded.created, latency_s = excluded.latency_s, attempts = excluded.attempts,
    parser = excluded.parser, reading = excluded.reading, prompt_tokens = excluded.prompt_tokens,
    completion_tokens = excluded.completion_tokens, usd = excluded.usd
WHERE replies.status NOT IN {SERVED}"""  # noqa: S608 - our own constant
"""The first good reply stays: two processes that asked at once then agree ever after."""

_TAKE: Final = """INSERT INTO inflight VALUES (:key, :owner, :now + :term)
ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE until < :now OR until > :now + :term OR owner = excluded.owner"""

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
    connection.executemany(PUT, replies)
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
    connection.executemany("INSERT OR IGNORE INTO beginnings VALUES (?, ?)", new)
    connection.executemany("INSERT OR IGNORE INTO requests VALUES (?, ?, ?)", rows)


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
        now = time.monotonic()
        mine = [
            key
            for key in missing
            if key not in found
            and connection.execute(_TAKE, {"key": key, "owner": owner, "now": now, "term": LEASE_S}).rowcount
        ]
    return Taken(found, frozenset(mine))


def release(connection: sqlite3.Connection, owner: str, keys: Iterable[bytes]) -> None:
    """Give back leases; the caller commits."""
    connection.executemany("DELETE FROM inflight WHERE key = ? AND owner = ?", [(key, owner) for key in keys])


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
