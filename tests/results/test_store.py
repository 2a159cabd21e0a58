import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from rvpo.results import ItemRow, ResultsError, RunFolderError, RunWriter, VerdictRow, new_manifest, open_run

MakeItem = Callable[..., ItemRow]
MakeVerdicts = Callable[[ItemRow], list[VerdictRow]]
MANIFEST = new_manifest(
    "eval", "exam", {"model": "m", "sampling": {"temperature": 0.7}}, planned=2, title="M"
)


def write(folder: Path, rows: list[ItemRow], verdicts: MakeVerdicts) -> None:
    with RunWriter.open(folder, MANIFEST) as writer:
        for row in rows:
            writer.append(row, verdicts(row))


def test_a_run_round_trips(tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts) -> None:
    rows = [
        item(
            "i1",
            0.5,
            values={"short": 1.0, "kind": None},
            coverage=0.5,
            low=0.25,
            high=0.75,
            prompt="Überraschung\n",
        ),
        item("i1", None, draw=1, status="failed", tags={"axis": -0.5}, meta={"seconds": 1.5}),
    ]
    write(tmp_path / "deep" / "run", rows, verdict_rows)
    run = open_run(tmp_path / "deep" / "run")
    assert run.items == tuple(rows)
    assert [(v.criterion_id, v.score, v.status) for v in run.verdicts] == [
        ("short", 1.0, "ok"),
        ("kind", None, "timeout"),
    ]
    assert run.verdicts_of["i1", 0] == list(run.verdicts)
    assert (run.manifest, run.name, run.sealed) == (MANIFEST, "M", False)


def test_resuming_tells_what_is_done_and_refuses_it_twice(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts
) -> None:
    write(tmp_path, [item("i1", 0.5), item("i2", None)], verdict_rows)
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        assert writer.done == {("i1", 0), ("i2", 0)}
        with pytest.raises(ResultsError, match="item 'i1' draw 0 is there already"):
            writer.append(item("i1", 0.9))
        writer.append(item("i1", 0.9, draw=1))
    assert [(row.item_id, row.draw) for row in open_run(tmp_path).items] == [("i1", 0), ("i2", 0), ("i1", 1)]


def test_a_verdict_of_another_item_is_refused(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts
) -> None:
    with (
        RunWriter.open(tmp_path, MANIFEST) as writer,
        pytest.raises(ResultsError, match="verdict of item 'i2'"),
    ):
        writer.append(item("i1", 0.5), verdict_rows(item("i2", 0.5, values={"c": 1.0})))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_item_is_mended_and_its_verdicts_dropped(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts, cut: int
) -> None:
    rows = [item(f"i{n}", 0.5, values={"c": 1.0, "d": 0.0}) for n in range(3)]
    write(tmp_path, rows, verdict_rows)
    items = tmp_path / "items.jsonl"
    items.write_bytes(items.read_bytes()[:-cut])
    whole = 3 if cut == 1 else 2
    assert len(open_run(tmp_path).items) == whole
    assert len(open_run(tmp_path).verdicts) == 2 * whole
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        assert len(writer.done) == whole
        if whole == 2:
            writer.append(rows[2], verdict_rows(rows[2]))
    assert open_run(tmp_path).items == tuple(rows)
    assert len((tmp_path / "verdicts.jsonl").read_text().splitlines()) == 6


def test_orphan_verdicts_of_a_crash_are_dropped(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts
) -> None:
    rows = [item(f"i{n}", 0.5, values={"c": 1.0}) for n in range(2)]
    write(tmp_path, rows[:1], verdict_rows)
    with (tmp_path / "verdicts.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(verdict_rows(rows[1])[0]) + b'\n{"item_id": "i1", "dra')
    write(tmp_path, rows[1:], verdict_rows)
    assert [row.item_id for row in open_run(tmp_path).verdicts] == ["i0", "i1"]


def test_a_journal_with_an_item_twice_is_refused(tmp_path: Path, item: MakeItem) -> None:
    manifest = new_manifest("eval", "t", {"model": "m"})
    with RunWriter.open(tmp_path / "r", manifest) as writer:
        writer.append(item("a", 0.5))
    journal = tmp_path / "r" / "items.jsonl"
    journal.write_bytes(journal.read_bytes() * 2)  # a copy put back beside the original
    with pytest.raises(RunFolderError, match=r"items\.jsonl: item 'a' draw 0 is there twice"):
        RunWriter.open(tmp_path / "r", manifest)


def test_another_run_in_the_folder_is_refused_with_the_differing_fields(
    tmp_path: Path, item: MakeItem
) -> None:
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        writer.append(item("i1", 1.0))
    other = new_manifest("eval", "exam", {"model": "m", "sampling": {"temperature": 1.0}, "limit": 5})
    with pytest.raises(RunFolderError) as error:
        RunWriter.open(tmp_path, other)
    assert "limit - there, 5 here; sampling.temperature 0.7 there, 1 here" in str(error.value)
    assert "\n" not in str(error.value)
    assert json.loads((tmp_path / "manifest.json").read_text())["run_id"] == MANIFEST.run_id


def test_a_run_without_a_row_gives_way_and_one_with_files_of_others_does_not(tmp_path: Path) -> None:
    other = new_manifest("eval", "exam", {"model": "m2"}, title="Other")
    RunWriter.open(tmp_path, MANIFEST).close()
    RunWriter.open(tmp_path, other).close()
    assert open_run(tmp_path).manifest.run_id == other.run_id
    (tmp_path / "batch.json").write_text("{}")
    with pytest.raises(RunFolderError, match="holds another run"):
        RunWriter.open(tmp_path, MANIFEST)
    (tmp_path / "batch.json").unlink()
    with RunWriter.open(tmp_path, other) as writer:
        writer.seal()
    with pytest.raises(RunFolderError, match="holds another run"):
        RunWriter.open(tmp_path, MANIFEST)


OPEN_FOR_WRITING = """
import sys
from rvpo.results import RunWriter, open_run
RunWriter.open(sys.argv[1], open_run(sys.argv[1]).manifest)
"""


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    with RunWriter.open(tmp_path, MANIFEST):
        with pytest.raises(RunFolderError, match=r"another process \(pid \d+\) is writing this run"):
            RunWriter.open(tmp_path, MANIFEST)
        other = subprocess.run(
            [sys.executable, "-c", OPEN_FOR_WRITING, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert other.returncode == 1
        assert f"another process (pid {os.getpid()}) is writing this run" in other.stderr
    RunWriter.open(tmp_path, MANIFEST).close()


def test_numpy_numbers_are_stored_and_what_json_cannot_hold_is_refused_whole(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts
) -> None:
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        row = item("i1", np.float64(0.5), values={"c": np.float64("nan"), "d": np.float32(1)})
        writer.append(row, verdict_rows(row))
        bad = item("i2", 0.5, values={"c": 1.0}, meta={"path": tmp_path})
        with pytest.raises(ResultsError, match="a row cannot be stored: a PosixPath is not JSON"):
            writer.append(bad, verdict_rows(bad))
        assert writer.done == {("i1", 0)}
    run = open_run(tmp_path)
    assert run.items[0].values == {"c": None, "d": 1.0}
    assert [row.item_id for row in run.verdicts] == ["i1", "i1"]


def test_sealing_records_counts_and_hashes_and_leaves_nothing_to_do(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts
) -> None:
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        writer.append(item("i1", 0.5, values={"c": 1.0}), verdict_rows(item("i1", 0.5, values={"c": 1.0})))
        sealed = writer.seal({"failed": 0})
        assert writer.seal() is sealed
    run = open_run(tmp_path)
    assert run.sealed
    assert run.manifest.counts == {"failed": 0, "rows": 1}
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.json*")}
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        assert writer.sealed
        assert writer.done == {("i1", 0)}
        with pytest.raises(ResultsError, match="sealed at"):
            writer.append(item("i2", 0.5))
        writer.seal({"failed": 9})
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.json*")} == before


def test_rows_without_a_manifest_are_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text("{}\n")
    with pytest.raises(RunFolderError, match=r"holds items\.jsonl but no manifest\.json"):
        RunWriter.open(tmp_path, MANIFEST)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="cannot be written: Not a directory"):
        RunWriter.open(tmp_path / "file" / "run", MANIFEST)
