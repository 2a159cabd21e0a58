import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.bulk.slices import find_slices, read_slice
from rvpo.harness.errors import HarnessError
from rvpo.rubrics import SourceError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write_lines(path: Path, ids: list[int], blanks: list[bool] | None = None) -> None:
    text = ""
    for place, number in enumerate(ids):
        text += (
            ("\n" if blanks and blanks[place] else "")
            + json.dumps({"id": number, "text": "ä" * number})
            + "\n"
        )
    path.write_text(text, encoding="utf-8")


def ids_of(path: Path, size: int, limit: int | None = None) -> list[list[Any]]:
    return [[row["id"] for _, row in read_slice(piece)] for piece in find_slices(path, size, limit).slices]


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 5), st.integers(1, 14))
def test_slices_of_lines_are_all_rows_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, blanks: list[bool], size: int, limit: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines.jsonl"
    ids = list(range(len(blanks)))
    write_lines(path, ids, blanks)
    cut = ids_of(path, size, limit)
    assert [one for piece in cut for one in piece] == ids[:limit]
    assert all(len(piece) == size for piece in cut[:-1])
    # A row's number is its line in the file, blank ones counted.
    numbers = [number for piece in find_slices(path, size).slices for number, _ in read_slice(piece)]
    assert numbers == [place + 1 + sum(blanks[: place + 1]) for place in ids]


@pytest.mark.parametrize("group", [1, 3, 10])
@pytest.mark.parametrize("size", [1, 2, 4, 10, 11])
def test_slices_of_parquet_are_all_rows_once_whatever_its_row_groups(
    tmp_path: Path, group: int, size: int
) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": list(range(10))}), path, row_group_size=group)
    assert ids_of(path, size) == [list(range(10))[start : start + size] for start in range(0, 10, size)]
    (number, _), *_ = read_slice(find_slices(path, size).slices[-1])
    assert number == 10 - (9 % size)


def test_a_folder_is_its_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write_lines(tmp_path / "b" / "1.jsonl", [3, 4])
    write_lines(tmp_path / "a.jsonl", [0, 1, 2])
    (tmp_path / "notes.txt").write_text("not a row")
    source = find_slices(tmp_path, 2)
    assert [piece.number for piece in source.slices] == [0, 1, 2]
    assert ids_of(tmp_path, 2) == [[0, 1], [2], [3, 4]]
    assert (source.rows, source.size) == (5, 2)
    write_lines(tmp_path / "a.jsonl", [0, 1, 9])
    assert find_slices(tmp_path, 2).digest != source.digest


def test_chats_are_rows(tmp_path: Path) -> None:
    path = tmp_path / "chats.jsonl"
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    path.write_text(json.dumps({"messages": turns}) + "\n")
    ((number, row),) = read_slice(find_slices(path, 5).slices[0])
    assert (number, row["response"], row["prompt"]) == (1, "ho", turns[:1])


def test_what_cannot_be_cut_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"no file in it whose name ends in \.jsonl or \.parquet"):
        find_slices(tmp_path, 5)
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"eval": {}, "samples": []}) + "\n")
    with pytest.raises(HarnessError, match="takes JSON lines and Parquet, not the form inspect"):
        find_slices(log, 5)
    log.write_text("\n\n")
    with pytest.raises(HarnessError, match="there are no responses in it"):
        find_slices(log, 5)
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        find_slices(torn, 5)
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        find_slices(tmp_path / "none.jsonl", 5)


def test_a_file_that_shrank_is_no_shorter_slice(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_lines(path, [0, 1, 2])
    source = find_slices(path, 5)
    write_lines(path, [0, 1])
    with pytest.raises(SourceError, match="has become shorter"):
        list(read_slice(source.slices[0]))
