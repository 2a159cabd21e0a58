"""What lies in a store of replies, and whether it is sound. Reads only.

Sound means: the file holds together, each reply can be unpacked and is JSON, each kept request hashes to its key, each
reading that this version of the parser left is what it reads today, and each sheet of it says what its replies do.
"""

import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from rvpo.judges.key import Asked
from rvpo.judges.parse import PARSER_VERSION, read_completion
from rvpo.judges.reading import Reading
from rvpo.judges.storage.file import connect_existing
from rvpo.judges.storage.rows import unpack
from rvpo.judges.storage.sheets import count_wrong
from rvpo.rubrics import Criterion


class StoreShare(msgspec.Struct, frozen=True, kw_only=True):
    """The replies of one judge with one status."""

    judge: str
    status: str
    replies: int
    prompt_tokens: int | None
    """``None``, here and below, as soon as one is unknown: of a reply that an older version put there, say."""
    completion_tokens: int | None
    usd: float | None
    oldest: float
    """Seconds since 1970."""
    newest: float


class StoreStats(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a store."""

    path: str
    bytes: int
    """Of the file and its log."""
    replies: int
    requests: int
    """Replies whose request is kept too."""
    in_flight: int
    shares: Sequence[StoreShare]

    @property
    def tokens(self) -> int | None:
        """What asking all of it again would take."""
        counts = [count for share in self.shares for count in (share.prompt_tokens, share.completion_tokens)]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def usd(self) -> float | None:
        """What asking all of it again would cost."""
        prices = [share.usd for share in self.shares]
        return None if None in prices else sum(price for price in prices if price is not None)


class StoreCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of a store found; numbers of rows."""

    path: str
    replies: int
    integrity: str
    """``ok``, or SQLite's first complaint."""
    unreadable: int
    """Replies that cannot be unpacked or are no JSON."""
    wrong_requests: int
    """Kept requests that do not hash to their key."""
    wrong_readings: int
    """Readings of this parser's version that it does not read today; such a store would give other verdicts."""
    wrong_sheets: int
    """Sheets of this parser's version that are torn, or say what their replies do not."""
    older_readings: int
    """Replies without a reading of this version: read anew when they are asked for. No fault."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.integrity == "ok" and not (
            self.unreadable or self.wrong_requests or self.wrong_readings or self.wrong_sheets
        )


_SHARES: Final = """SELECT judge, status, count(*),
    CASE WHEN count(prompt_tokens) = count(*) THEN sum(prompt_tokens) END,
    CASE WHEN count(completion_tokens) = count(*) THEN sum(completion_tokens) END,
    CASE WHEN count(usd) = count(*) THEN sum(usd) END, min(created), max(created)
FROM replies GROUP BY judge, status ORDER BY judge, status"""

_PLAIN: Final = Criterion(id="any", criterion="Any.")
"""Readings are kept of plain criteria only, and hang on nothing but the reply."""


def store_stats(path: str) -> StoreStats:
    """Count what is in a store.

    Raises:
        StoreError: There is no such store, or it cannot be read.
    """
    with closing(connect_existing(path)) as connection:
        shares = [
            StoreShare(**dict(zip(StoreShare.__struct_fields__, row, strict=True)))
            for row in connection.execute(_SHARES)
        ]
        file = Path(path).expanduser()
        parts = (file, file.with_name(f"{file.name}-wal"))
        return StoreStats(
            path=path,
            bytes=sum(part.stat().st_size for part in parts if part.exists()),
            replies=sum(share.replies for share in shares),
            requests=_count(connection, "requests"),
            in_flight=_count(connection, "inflight"),
            shares=shares,
        )


def verify_store(path: str) -> StoreCheck:
    """Check a store, row by row.

    Raises:
        StoreError: There is no such store, or it cannot be opened at all.
    """
    with closing(connect_existing(path)) as connection:
        unreadable = wrong = older = replies = 0
        for reply, parser, reading in connection.execute("SELECT reply, parser, reading FROM replies"):
            replies += 1
            body = _body(reply)
            if body is None:
                unreadable += 1
            elif parser != PARSER_VERSION:
                older += 1
            elif not _reads_as(body, reading):
                wrong += 1
        return StoreCheck(
            path=path,
            replies=replies,
            integrity=connection.execute("PRAGMA integrity_check(1)").fetchone()[0],
            unreadable=unreadable,
            wrong_requests=_wrong_requests(connection),
            wrong_readings=wrong,
            wrong_sheets=count_wrong(connection, PARSER_VERSION),
            older_readings=older,
        )


def _count(connection: sqlite3.Connection, table: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return count


def _body(packed: bytes) -> bytes | None:
    try:
        body = unpack(packed)
        msgspec.json.decode(body)
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return body


def _reads_as(body: bytes, reading: bytes) -> bool:
    try:
        return read_completion(body, (_PLAIN,), "")[0] == msgspec.msgpack.decode(reading, type=Reading)
    except (ValueError, msgspec.DecodeError):
        return False


def _wrong_requests(connection: sqlite3.Connection) -> int:
    wrong = 0
    rows = connection.execute(
        "SELECT key, start, rest FROM requests LEFT JOIN beginnings ON hash = beginning ORDER BY beginning"
    )
    for key, start, rest in rows:
        try:
            wrong += start is None or Asked(zlib.decompress(start), unpack(rest)).key != key
        except zlib.error:
            wrong += 1
    return wrong
