import sqlite3
from pathlib import Path

import pytest

VERSION_1 = """
BEGIN;
CREATE TABLE replies (
    key BLOB PRIMARY KEY, reply BLOB NOT NULL, status TEXT NOT NULL, judge TEXT NOT NULL, created REAL NOT NULL,
    latency_s REAL NOT NULL, attempts INTEGER NOT NULL
);
PRAGMA application_id = 0x5256504F;
PRAGMA user_version = 1;
COMMIT;
PRAGMA journal_mode = WAL;
"""
"""What version 1 made, with its own words."""


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    """A store as version 1 left it, with two replies."""
    path = tmp_path / "old.sqlite"
    raw = sqlite3.connect(path)
    raw.executescript(VERSION_1)
    row = "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)"
    with raw:
        raw.execute(row, (b"good", b'{"a": 1}', "ok", "old judge", 1e9, 0.5, 1))
        raw.execute(row, (b"bad", b"{}", "unparseable", "old judge", 1e9, 0.5, 2))
    raw.close()
    return path
