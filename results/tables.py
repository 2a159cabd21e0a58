"""The sealed form of a run's rows: one Parquet file a journal, or the journal compressed where pyarrow is not installed.

DuckDB, pandas and polars read both as they are. A table holds what the journal held: mappings are Parquet maps (their
order kept), and ``meta``, whose values are of any kind, is JSON text. Reads and writes files, atomically.
"""

import gzip
from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_origin

import msgspec

from rvpo.results.errors import RunFolderError
from rvpo.results.journal import decode_rows, to_lines, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

Row = TypeVar("Row", bound=msgspec.Struct)

PARQUET: Final = ".parquet"
GZIP: Final = ".jsonl.gz"
FORMS: Final = (PARQUET, GZIP)

_AS_JSON: Final = frozenset({"meta"})


def seal_rows(journal: Path, rows: Sequence[Row], row_type: type[Row]) -> Path:
    """Writes the sealed form of a journal beside it.

    Returns:
        The file that was written.
    """
    if find_spec("pyarrow") is None:
        target = journal.with_suffix(GZIP)
        write_atomically(target, gzip.compress(to_lines(rows), compresslevel=6, mtime=0))
        return target
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = pa.BufferOutputStream()
    pq.write_table(table_of(rows, row_type), buffer, compression="zstd")
    target = journal.with_suffix(PARQUET)
    write_atomically(target, buffer.getvalue().to_pybytes())
    return target


def sealed_form(journal: Path, names: Collection[str]) -> Path | None:
    """The file of a sealed run that holds what this journal held; ``None`` if the journal itself does."""
    return next((path for form in FORMS if (path := journal.with_suffix(form)).name in names), None)


def read_sealed(path: Path, row_type: type[Row]) -> list[Row]:
    """Reads what ``seal_rows`` wrote.

    Raises:
        RunFolderError: it is damaged, or holds other rows.
        OSError: it is not there.
        ModuleNotFoundError: it is Parquet and pyarrow is not installed.
    """
    if path.name.endswith(GZIP):
        try:
            data = gzip.decompress(path.read_bytes())
        except (gzip.BadGzipFile, EOFError) as error:
            raise RunFolderError(f"{path}: not a gzip file, or cut off: {error}") from error
        rows, torn = decode_rows(data, path, row_type)
        if torn:
            raise RunFolderError(f"{path}: its last row is cut off")
        return rows
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = path.read_bytes()
    try:
        # A worker thread that still holds Python's bytes when the interpreter ends aborts the process.
        table = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False).read(use_threads=False)
        names = [name for name in row_type.__struct_fields__ if name in table.column_names]
        columns = [_cells(name, table.column(name)) for name in names]
        return [row_type(**dict(zip(names, cells, strict=True))) for cells in zip(*columns, strict=True)]
    except (pa.ArrowException, TypeError, ValueError) as error:
        text = " ".join(str(error).split())
        raise RunFolderError(f"{path}: cannot be read as a table of {row_type.__name__}: {text}") from error


def _cells(name: str, column: "pa.ChunkedArray") -> list[Any]:
    import pyarrow as pa

    cells: list[Any] = column.to_pylist()
    if name in _AS_JSON:
        return [msgspec.json.decode(cell) for cell in cells]
    if pa.types.is_map(column.type):
        return [dict(cell) for cell in cells]
    if pa.types.is_list(column.type):
        return [None if cell is None else tuple(cell) for cell in cells]
    return cells


def table_of(rows: Sequence[msgspec.Struct], row_type: type[msgspec.Struct]) -> "pa.Table":
    """The rows as a table, a column a field.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
    """
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    for field in msgspec.structs.fields(row_type):
        cells = [getattr(row, field.name) for row in rows]
        kind = _kind(field)
        if field.name in _AS_JSON:
            cells = [msgspec.json.encode(cell).decode() for cell in cells]
        elif pa.types.is_map(kind):
            cells = [list(cell.items()) for cell in cells]
        columns[field.name] = pa.array(cells, type=kind)
    return pa.table(columns)


def _kind(field: msgspec.structs.FieldInfo) -> "pa.DataType":
    """The column type of a field: by what it is beside ``None``."""
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    if field.name in _AS_JSON:
        return text
    kind = field.type
    if isinstance(kind, UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    origin = get_origin(kind) or kind
    if origin is Mapping:
        return pa.map_(text, number)
    if origin is tuple:
        return pa.list_(text if get_args(kind)[0] is str else number)
    return {str: text, bool: pa.bool_(), int: pa.int64(), float: number}[origin]
