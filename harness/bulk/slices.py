"""A great amount of responses cut into slices of so many rows, each of which is read by itself. Reads files.

Where a slice begins and ends hangs on the files alone, so that a rerun cuts the same ones. Finding them takes one pass
over each file, which hashes it too; no row is parsed or kept.
"""

from collections.abc import Iterator, Sequence
from hashlib import file_digest, sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from rvpo.harness.errors import HarnessError
from rvpo.harness.responses import form_of
from rvpo.harness.responses.openai_chat import chat_row
from rvpo.harness.responses.parquet import read_parquet
from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.source import read_json_lines

BulkForm = Literal["rows", "openai-chat", "parquet"]
_FORMS: Final[dict[str, BulkForm]] = {"rows": "rows", "openai-chat": "openai-chat", "parquet": "parquet"}
SUFFIXES: Final = (".jsonl", ".parquet")
"""Of the files that are taken from a folder."""


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one file that follow each other."""

    number: int
    """Of all slices, from 0, in the order of the rows."""
    path: str
    form: BulkForm
    rows: int
    skip: int = 0
    """Rows of the file before it; of Parquet."""
    offset: int = 0
    """Byte at which its first line begins; of JSON lines."""
    line: int = 1
    """That line's number."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """All that is to be judged."""

    slices: tuple[Slice, ...]
    rows: int
    size: int
    """Most rows of a slice."""
    digest: str
    """Of the bytes of all files, in their order."""


def find_slices(path: Path, size: int, limit: int | None = None) -> Source:
    """Cut a file or the files of a folder.

    Args:
        path: A file of JSON lines or Parquet, or a folder with such files at any depth, taken in the order of their names.
        size: Most rows of a slice.
        limit: Most rows in all.

    Raises:
        HarnessError: There is nothing to judge, or a file has another form.
        SourceError: A file cannot be read.
    """
    digest = sha256()
    slices: list[Slice] = []
    for file in _files(path.absolute()):
        found = form_of(file)
        form = _FORMS.get(found)
        if form is None:
            raise HarnessError(f"{file}: bulk judging takes JSON lines and Parquet, not the form {found}")
        cuts, file_hash = _cut_parquet(file, size) if form == "parquet" else _cut_lines(file, size)
        digest.update(file_hash)
        slices += [
            Slice(number=len(slices) + place, path=str(file), form=form, **cut)
            for place, cut in enumerate(cuts)
        ]
    kept = _within(slices, limit)
    if not kept:
        raise HarnessError(f"{path}: there are no responses in it")
    rows = sum(each.rows for each in kept)
    return Source(slices=tuple(kept), rows=rows, size=size, digest=digest.hexdigest())


def read_slice(piece: Slice) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a slice, each with its number in the file.

    Raises:
        SourceError: A row is wrong, or the file is shorter than it was.
    """
    path, count = Path(piece.path), 0
    rows = (
        read_parquet(path, skip=piece.skip)
        if piece.form == "parquet"
        else read_json_lines(path, offset=piece.offset, first=piece.line)
    )
    for number, row in islice(rows, piece.rows):
        count += 1
        yield number, chat_row(row, piece.path, number) if piece.form == "openai-chat" else row
    if count < piece.rows:
        raise SourceError.at(piece.path, None, "has become shorter since the run was planned")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())
    if not found:
        raise HarnessError(f"{path}: there is no file in it whose name ends in {' or '.join(SUFFIXES)}")
    return found


def _cut_lines(path: Path, size: int) -> tuple[list[dict[str, int]], bytes]:
    digest, cuts, offset = sha256(), [dict[str, int]()], 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            digest.update(line)
            if line.strip():
                if not cuts[-1]:
                    cuts[-1] = {"offset": offset, "line": number, "rows": 0}
                cuts[-1]["rows"] += 1
                if cuts[-1]["rows"] == size:
                    cuts.append({})
            offset += len(line)
    return [cut for cut in cuts if cut], digest.digest()


def _cut_parquet(path: Path, size: int) -> tuple[list[dict[str, int]], bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: int = pq.read_metadata(path).num_rows
    except pa.ArrowException as wrong:
        text = " ".join(str(wrong).split())
        raise SourceError.at(str(path), None, f"cannot be read as Parquet: {text}") from None
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").digest()
    return [{"skip": skip, "rows": min(size, rows - skip)} for skip in range(0, rows, size)], digest


def _within(slices: Sequence[Slice], limit: int | None) -> list[Slice]:
    if limit is None:
        return list(slices)
    kept: list[Slice] = []
    for piece in slices:
        if limit <= 0:
            break
        kept.append(msgspec.structs.replace(piece, rows=min(piece.rows, limit)))
        limit -= piece.rows
    return kept
