"""A judged file's results beside its journal: ``rewards.jsonl``, and as tables ``rewards.parquet``, ``verdicts.parquet``.

The tables need pyarrow (extra ``eval``). A hole is null in both, with its status beside it.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from rvpo.results import ItemRow, VerdictRow
from rvpo.results.journal import write_atomically
from rvpo.results.tables import table_of

if TYPE_CHECKING:
    import pyarrow as pa

REWARDS: Final = "rewards.jsonl"
REWARDS_TABLE: Final = "rewards.parquet"
VERDICTS_TABLE: Final = "verdicts.parquet"


def write_rewards(out: Path, items: Sequence[ItemRow]) -> None:
    """Write a JSON line a response: id, values in the order of its rubric's criteria, coverage, score."""
    rows = (
        {
            "id": item.item_id,
            "values": list(item.values.values()),
            "coverage": item.coverage,
            "score": item.score,
        }
        for item in items
    )
    write_atomically(out / REWARDS, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def write_tables(out: Path, items: Sequence[ItemRow], verdicts: Sequence[VerdictRow]) -> None:
    """Write the same and the verdicts as Parquet; see ``rewards_table`` and ``verdicts_table``.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
    """
    write_table(out / REWARDS_TABLE, rewards_table(items, verdicts))
    write_table(out / VERDICTS_TABLE, verdicts_table(items, verdicts))


def rewards_table(items: Sequence[ItemRow], verdicts: Sequence[VerdictRow]) -> "pa.Table":
    """A row each item; ``names``, ``values`` and ``statuses`` are lists in the order of its rubric's criteria.

    Args:
        items: Each with an id of its own.
        verdicts: Theirs; those of one item in the order of its rubric.
    """
    import pyarrow as pa

    statuses: dict[str, list[str]] = {item.item_id: [] for item in items}
    for verdict in verdicts:
        statuses[verdict.item_id].append(verdict.status)
    rows = [
        {
            "id": item.item_id,
            "names": list(item.values),
            "values": list(item.values.values()),
            "statuses": statuses[item.item_id],
            "coverage": item.coverage,
            "score": item.score,
            "low": item.low,
            "high": item.high,
        }
        for item in items
    ]
    text, number = pa.string(), pa.float64()
    shape = {"id": text, "names": pa.list_(text), "values": pa.list_(number), "statuses": pa.list_(text)}
    shape |= dict.fromkeys(("coverage", "score", "low", "high"), number)
    return pa.Table.from_pylist(rows, schema=pa.schema(list(shape.items())))


def verdicts_table(items: Sequence[ItemRow], verdicts: Sequence[VerdictRow]) -> "pa.Table":
    """A row each verdict, in the order of the items."""
    places = {item.item_id: place for place, item in enumerate(items)}
    ordered = sorted(verdicts, key=lambda verdict: places[verdict.item_id])
    return table_of(ordered, VerdictRow)


def write_table(path: Path, table: "pa.Table") -> None:
    """Write a table as Parquet, whole or not at all."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())
