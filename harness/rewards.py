"""A judged file's results beside its journal: ``rewards.jsonl``, and as tables ``rewards.parquet``, ``verdicts.parquet``.

The tables need pyarrow (extra ``eval``). A hole is null in both, with its status beside it.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from rvpo.results import ItemRow, VerdictRow
from rvpo.results.journal import write_atomically

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
    """Write the same and the verdicts as Parquet.

    Args:
        out: The run folder.
        items: A row each; ``names``, ``values`` and ``statuses`` are lists in the order of the rubric's criteria.
        verdicts: A row each, in the order of the items.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
    """
    import pyarrow as pa

    places = {item.item_id: place for place, item in enumerate(items)}
    ordered = sorted(verdicts, key=lambda verdict: places[verdict.item_id])
    statuses: dict[str, list[str]] = {item.item_id: [] for item in items}
    for verdict in ordered:
        statuses[verdict.item_id].append(verdict.status)
    rewards = [
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
    _write(out / REWARDS_TABLE, rewards, pa.schema(list(shape.items())))
    kinds = {str: text, bool: pa.bool_(), int: pa.int64()}
    fields = msgspec.structs.fields(VerdictRow)
    schema = pa.schema([(field.name, kinds.get(field.type, number)) for field in fields])
    _write(out / VERDICTS_TABLE, [msgspec.structs.asdict(verdict) for verdict in ordered], schema)


def _write(path: Path, rows: list[dict[str, Any]], schema: "pa.Schema") -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())
