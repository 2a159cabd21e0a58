"""One append-only file of JSON lines that survives the death of its writer.

A row is one ``write`` of a whole line; a write that fails half-way is taken back. Process death loses nothing
that ``append`` returned from; a power cut may lose what the kernel had not yet put on disk (``sync`` forces it, and
``syncing.py`` calls that once a second).
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from rvpo.results.errors import ResultsError, RunFolderError

Row = TypeVar("Row", bound=msgspec.Struct)


class Journal:
    """An open journal; one writer at a time (the run folder's lock sees to that)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.size = os.fstat(self._descriptor).st_size

    def append(self, lines: bytes) -> None:
        """Writes whole lines (see ``to_lines``), all or none.

        Raises:
            OSError: the rows did not fit (full disk, quota); the file is as it was before.
        """
        data = memoryview(lines)
        start = self.size
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self.truncate(start)
            raise
        self.size = os.fstat(self._descriptor).st_size

    def truncate(self, size: int) -> None:
        """Takes back everything after ``size`` bytes."""
        os.ftruncate(self._descriptor, size)
        self.size = size

    def sync(self) -> None:
        """Forces what was written to the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)


def to_lines(rows: Iterable[msgspec.Struct]) -> bytes:
    """The rows as JSON lines; NumPy's numbers are written as Python's, NaN as null.

    Raises:
        ResultsError: a row holds something that JSON cannot.
    """
    encoder = msgspec.json.Encoder(enc_hook=_number)
    try:
        return b"".join(encoder.encode(row) + b"\n" for row in rows)
    except (TypeError, ValueError, OverflowError) as error:
        raise ResultsError(f"a row cannot be stored: {error}") from error


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} is not JSON")


def read_rows(path: Path, row_type: type[Row]) -> tuple[list[Row], bytes]:
    """Every whole row of a journal and the torn rest of its last line (empty when there is none).

    A last line that lost only its newline is whole.

    Raises:
        RunFolderError: a line that is not the last cannot be read; names file and line.
    """
    return decode_rows(path.read_bytes() if path.exists() else b"", path, row_type)


def decode_rows(data: bytes, path: Path, row_type: type[Row]) -> tuple[list[Row], bytes]:
    """The same of bytes that were read already; ``path`` is what errors call them."""
    decoder = msgspec.json.Decoder(row_type)
    lines = data.split(b"\n")
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            rows.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if number == len(lines):
                return rows, line
            raise RunFolderError(f"{path}:{number}: not a {row_type.__name__}: {error}") from error
    return rows, b""


def replace_rows(path: Path, rows: list[Row]) -> None:
    """Rewrites a journal with these rows, atomically."""
    write_atomically(path, to_lines(rows))


def write_atomically(path: Path, data: bytes) -> None:
    """Puts ``data`` at ``path``: the old file or the new one, never a half of either."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
