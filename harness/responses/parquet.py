"""Parquet files: rows as in JSON lines, or with a column ``messages`` as in OpenAI's chat files. Reads files.

Needs pyarrow (extra ``eval``). Columns of one type are all that Parquet has, so ``rubric`` and ``rubrics`` may be
JSON text, and an empty cell is a key that is not there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.harness.responses.openai_chat import chat_row
from rvpo.harness.responses.rows import Row
from rvpo.rubrics import SourceError
from rvpo.rubrics.formats.source import without_holes

_ROWS_AT_ONCE: Final = 1024
_MAY_BE_JSON: Final = ("rubric", "rubrics")


def read_parquet(path: Path, *, skip: int = 0) -> Iterator[tuple[int, Row]]:
    """Read the file; yields the row's number, from 1, and the row.

    Args:
        path: The file.
        skip: Rows to pass over; row groups before them are not read.

    Raises:
        SourceError: It is no Parquet file, or a row is wrong.
        ModuleNotFoundError: pyarrow is not installed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
            first = 0
            while first < len(sizes) and number + sizes[first] <= skip:
                number += sizes[first]
                first += 1
            groups = range(first, len(sizes))
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, row_groups=groups):
                passed = min(max(skip - number, 0), batch.num_rows)
                number += passed
                for cells in batch.slice(passed).to_pylist():
                    number += 1
                    yield number, parquet_row(cells, str(path), number)
    except pa.ArrowException as wrong:
        text = " ".join(str(wrong).split())
        raise SourceError.at(str(path), None, f"cannot be read as Parquet: {text}") from None
    if not number:
        raise SourceError.at(str(path), None, "the file is empty")


def parquet_row(cells: dict[str, Any], name: str, number: int) -> Row:
    """Make a row of the cells of a table's row.

    Raises:
        SourceError: One of them should be JSON and is not, or ``messages`` hold no response.
    """
    row: Row = msgspec.to_builtins(without_holes(cells))
    for key in _MAY_BE_JSON:
        if isinstance(row.get(key), str):
            try:
                row[key] = json.loads(row[key])
            except ValueError as wrong:
                raise SourceError.at(
                    name, number, f"{key}: is text, should be a mapping or JSON: {wrong}"
                ) from None
    return row if "response" in row or "messages" not in row else chat_row(row, name, number)
