from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rvpo.harness.responses.parquet import read_parquet
from rvpo.rubrics import SourceError


def parquet(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def test_empty_cells_are_keys_that_are_not_there(tmp_path: Path) -> None:
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "q", "name": None},
        {"role": "user", "content": "r", "name": "Ann"},
    ]
    path = parquet(
        tmp_path,
        {"id": 1, "prompt": turns[:1], "response": "a", "day": date(2026, 1, 2)},
        {"id": 2, "prompt": turns[1:], "response": None, "day": None},
    )
    (first_number, first), (second_number, second) = read_parquet(path)
    assert (first_number, second_number) == (1, 2)
    assert first == {
        "id": 1,
        "prompt": [{"role": "user", "content": "q"}],
        "response": "a",
        "day": "2026-01-02",
    }
    assert second.keys() == {"id", "prompt"}


def test_a_rubric_may_be_json_text(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"prompt": "q", "response": "a", "rubric": '{"id": "r", "criteria": []}'})
    ((_, row),) = read_parquet(path)
    assert row["rubric"] == {"id": "r", "criteria": []}
    with pytest.raises(SourceError, match=r"rows.parquet:1: rubric: is text, should be a mapping or JSON"):
        list(read_parquet(parquet(tmp_path, {"prompt": "q", "response": "a", "rubric": "be good"})))


def test_a_column_of_messages_is_a_chat(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    ((_, row),) = read_parquet(parquet(tmp_path, {"id": "x", "messages": turns}))
    assert row == {"id": "x", "prompt": turns[:1], "response": "a"}
    with pytest.raises(SourceError, match=r"rows.parquet:1: messages: none is the assistant's"):
        list(read_parquet(parquet(tmp_path, {"id": "x", "messages": turns[:1]})))


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1 and nothing more PAR1")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        list(read_parquet(path))
    pq.write_table(pa.table({"prompt": pa.array([], pa.string())}), path)
    with pytest.raises(SourceError, match="empty"):
        list(read_parquet(path))
