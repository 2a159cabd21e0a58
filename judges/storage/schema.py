"""The layout of the SQLite file, and how a file of an older version is brought up to it.

Ordinary rowid tables: WITHOUT ROWID writes five times slower with random keys. A migration is one transaction; what it
does not finish it has not begun.
"""

import sqlite3
from typing import Final

from rvpo.judges.errors import StoreError

SCHEMA_VERSION: Final = 3
APPLICATION_ID: Final = 0x5256504F
"""``RVPO`` in ASCII, kept in the file's header."""

_FIRST: Final = """
CREATE TABLE replies (
    key BLOB PRIMARY KEY,       -- sha256 of the request
    reply BLOB NOT NULL,        -- as it came; starts with 0x78 where zlib made it shorter
    status TEXT NOT NULL,       -- what it was read as when it came
    judge TEXT NOT NULL,        -- who said it, for people
    created REAL NOT NULL,      -- seconds since 1970, UTC
    latency_s REAL NOT NULL,
    attempts INTEGER NOT NULL
);
"""
_SECOND: Final = """
ALTER TABLE replies ADD COLUMN parser INTEGER NOT NULL DEFAULT 0;      -- version that made the reading
ALTER TABLE replies ADD COLUMN reading BLOB NOT NULL DEFAULT x'';      -- what it read, where that hangs on the reply alone
ALTER TABLE replies ADD COLUMN prompt_tokens INTEGER;                  -- NULL is unknown
ALTER TABLE replies ADD COLUMN completion_tokens INTEGER;
ALTER TABLE replies ADD COLUMN usd REAL;                               -- NULL is unknown
CREATE TABLE beginnings (       -- what the requests about one response share, once
    hash BLOB PRIMARY KEY,      -- sha256 of it
    start BLOB NOT NULL         -- zlib
);
CREATE TABLE requests (         -- sha256(start + rest) is the key
    key BLOB PRIMARY KEY,
    beginning BLOB NOT NULL,    -- beginnings.hash
    rest BLOB NOT NULL          -- as a reply: zlib where that is shorter
);
CREATE TABLE inflight (         -- who is asking what at the moment
    key BLOB PRIMARY KEY,
    owner TEXT NOT NULL,
    until REAL NOT NULL         -- monotonic seconds of this machine
);
"""
_THIRD: Final = """
CREATE TABLE sheets (           -- the readings of all replies about one response in one row; made of them, see sheets.py
    key BLOB PRIMARY KEY,       -- sha256 of all that was asked
    parser INTEGER NOT NULL,    -- version that made the readings
    scores BLOB NOT NULL,       -- float64, little-endian, in the order of asking
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_prompt_tokens INTEGER NOT NULL,
    untold INTEGER NOT NULL,    -- whether a reply does not tell its tokens
    lines BLOB NOT NULL,        -- zlib of MessagePack: the key of each reply and its reading
    crc INTEGER NOT NULL        -- crc32 of key, scores and lines: a torn sheet is none
);
CREATE TRIGGER no_sheet_outlives_its_replies AFTER DELETE ON replies BEGIN DELETE FROM sheets; END;
CREATE TRIGGER no_sheet_contradicts_its_replies AFTER UPDATE ON replies
    -- a newer parser's reading changes no sheet of an older one
    WHEN old.status IN ('ok', 'not_applicable') AND new.parser <= old.parser BEGIN DELETE FROM sheets; END;
"""
_STEPS: Final = (_FIRST, _SECOND, _THIRD)
"""Each leads from the version of its place to the next."""


def bring_up(connection: sqlite3.Connection, path: str) -> None:
    """Check a store that is open and bring it to ``SCHEMA_VERSION``.

    Raises:
        StoreError: It is of a newer version.
        sqlite3.DatabaseError: It is damaged ("malformed").
    """
    found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: the store has version {version}, this rvpo knows up to {SCHEMA_VERSION}: upgrade rvpo"
        )
    if version < SCHEMA_VERSION:
        marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
        connection.executescript(f"BEGIN IMMEDIATE; {''.join(_STEPS[version:])} {marks} COMMIT;")
