"""Sheets: what was read in all replies about one response, in one row, so that a known response costs one look-up.

A sheet is an index and never the truth. The store makes it itself, of the replies as they lie there at that moment,
and only where each gave a score; a reply that is removed or changed takes all sheets with it (triggers in
``schema.py``). Of another parser's readings no sheet is made, and another parser's sheet is not read.

Synchronous; whoever calls holds the one connection.
"""

import sqlite3
import struct
import zlib
from collections.abc import Sequence
from typing import Final

import msgspec

from rvpo.judges.reading import Reading
from rvpo.judges.records import Usage
from rvpo.judges.storage.records import Reread, Sheet, SheetOrder
from rvpo.judges.tally import add_usage

_KEYS_A_READ: Final = 1000
_LEVEL: Final = 1
"""Of compression: half the size for a tenth of the time."""
_PUT: Final = "INSERT OR REPLACE INTO sheets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REREAD: Final = "UPDATE replies SET parser = ?, reading = ? WHERE key = ? AND parser < ?"
_COLUMNS: Final = "key, scores, prompt_tokens, completion_tokens, cached_prompt_tokens, untold, lines, crc"

_encode: Final = msgspec.msgpack.Encoder().encode
_read_one: Final = msgspec.msgpack.Decoder(Reading).decode
_read_all: Final = msgspec.msgpack.Decoder(tuple[tuple[bytes, Reading], ...]).decode


def write(connection: sqlite3.Connection, notes: Sequence[Reread | SheetOrder]) -> None:
    """Put newer readings in the place of older ones, then make the sheets that can be made; commits."""
    with connection:
        # From here on nobody else can write: what a sheet is made of stays as it is until the sheet lies there.
        connection.execute("BEGIN IMMEDIATE")
        for note in notes:
            if isinstance(note, Reread):
                connection.execute(_REREAD, (note.parser, note.reading, note.key, note.parser))
        for note in notes:
            if isinstance(note, SheetOrder) and (made := _made_of(connection, note)) is not None:
                connection.execute(_PUT, _row(note, made))


def _row(order: SheetOrder, sheet: Sheet) -> tuple[object, ...]:
    used, crc = sheet.usage, _crc(order.key, sheet.scores, sheet.lines)
    tokens = (used.prompt_tokens, used.completion_tokens, used.cached_prompt_tokens)
    return (order.key, order.parser, sheet.scores, *tokens, sheet.untold, sheet.lines, crc)


def read(connection: sqlite3.Connection, keys: Sequence[bytes], parser: int) -> dict[bytes, Sheet]:
    """The sheets of those keys that are there and of this parser."""
    found: dict[bytes, Sheet] = {}
    for start in range(0, len(keys), _KEYS_A_READ):
        some = keys[start : start + _KEYS_A_READ]
        marks = ",".join("?" * len(some))
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM sheets WHERE parser = ? AND key IN ({marks})",  # noqa: S608 - our own names
            (parser, *some),
        )
        for key, scores, prompt, completion, cached, untold, lines, crc in rows:
            if crc == _crc(key, scores, lines):
                usage = Usage(prompt_tokens=prompt, completion_tokens=completion, cached_prompt_tokens=cached)
                found[key] = Sheet(scores, usage, bool(untold), lines)
    return found


def _crc(key: bytes, scores: bytes, lines: bytes) -> int:
    return zlib.crc32(lines, zlib.crc32(scores, zlib.crc32(key)))


def lines_of(sheet: Sheet) -> tuple[tuple[bytes, Reading], ...]:
    """The key of each reply and what was read in it, in the order of asking."""
    return _read_all(zlib.decompress(sheet.lines))


def count_wrong(connection: sqlite3.Connection, parser: int) -> int:
    """How many sheets of a parser are torn, or differ from the replies that they were made of."""
    keys = [key for (key,) in connection.execute("SELECT key FROM sheets WHERE parser = ?", (parser,))]
    right = 0
    for start in range(0, len(keys), _KEYS_A_READ):
        for key, sheet in read(connection, keys[start : start + _KEYS_A_READ], parser).items():
            replies = tuple(reply for reply, _ in lines_of(sheet))
            right += sheet == _made_of(connection, SheetOrder(key, replies, parser))
    return len(keys) - right


def _made_of(connection: sqlite3.Connection, order: SheetOrder) -> Sheet | None:
    """The sheet; ``None`` where a reply is missing, has no kept reading, or gave no score."""
    marks = ",".join("?" * len(order.replies))
    kept: dict[bytes, bytes] = dict(
        connection.execute(
            f"SELECT key, reading FROM replies WHERE parser = ? AND key IN ({marks})",  # noqa: S608 - marks only
            (order.parser, *order.replies),
        )
    )
    try:
        raw = [kept[key] for key in order.replies]
        readings = [_read_one(each) for each in raw]
    except (KeyError, msgspec.DecodeError):
        return None
    scores = [each.score for each in readings if each.status == "ok" and each.score is not None]
    if len(scores) < len(readings):
        return None
    lines = [(key, msgspec.Raw(reading)) for key, reading in zip(order.replies, raw, strict=True)]
    usages = [each.usage for each in readings]
    return Sheet(
        struct.pack(f"<{len(scores)}d", *scores),
        add_usage(usages),
        untold=not all(each.prompt_tokens for each in usages),
        lines=zlib.compress(_encode(lines), _LEVEL),
    )
