"""Runs opened again: only the chosen rows go, whatever form the run has and wherever it is killed."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rvpo.results import ItemRow, RunFolderError, RunWriter, VerdictRow, new_manifest, open_run, reopening
from rvpo.results.reader import read_rows_of
from rvpo.results.reopening import ASKED_AGAIN, has_holes, is_failed

MakeItem = Callable[..., ItemRow]
MakeVerdicts = Callable[[ItemRow], list[VerdictRow]]
MANIFEST = new_manifest("eval", "exam", {"model": "m"}, planned=4, notes=["demo judge"])


@pytest.fixture
def write(item: MakeItem, verdict_rows: MakeVerdicts) -> Callable[..., None]:
    """Four rows: two answered, one of them with a hole, and two failed; perhaps sealed."""

    def make(folder: Path, *, seal: bool = True, tables: bool = True) -> None:
        rows = [
            item("whole", 1.0, values={"c": 1.0}),
            item("holed", None, values={"c": None}),
            item("failed", None, status="failed", meta={"error": "refused"}),
            item("failed", None, draw=1, status="failed", meta={"error": "refused"}),
        ]
        with RunWriter.open(folder, MANIFEST) as writer:
            for row in rows:
                writer.append(row, verdict_rows(row) if row.status != "failed" else ())
            if seal:
                writer.seal({"failed": 2}, notes=["2 failed"], tables=tables, summary=b"{}")

    return make


@pytest.mark.parametrize("seal", [True, False])
@pytest.mark.parametrize("tables", [True, False])
def test_failed_rows_are_written_anew_and_the_rest_stays(
    write: Callable[..., None], item: MakeItem, tmp_path: Path, *, seal: bool, tables: bool
) -> None:
    write(tmp_path, seal=seal, tables=tables)
    before = open_run(tmp_path)
    with RunWriter.open(tmp_path, MANIFEST, again=is_failed) as writer:
        assert not writer.sealed
        assert writer.done == {("whole", 0), ("holed", 0)}
        assert open_run(tmp_path).items == before.items[:2]
        writer.append(item("failed", 0.5))
        writer.append(item("failed", None, draw=1, status="failed"))
        writer.seal({"failed": 1}, tables=tables)
    after = open_run(tmp_path)
    assert after.items[:2] == before.items[:2]
    assert after.verdicts == before.verdicts
    assert [(row.draw, row.status, row.score) for row in after.items[2:]] == [
        (0, "ok", 0.5),
        (1, "failed", None),
    ]
    assert after.manifest.counts == {"failed": 1, "rows": 4}
    # What the first sealing remarked is gone, for it may no longer hold.
    assert after.manifest.notes == ("demo judge", f"{ASKED_AGAIN}2")
    with RunWriter.open(tmp_path, MANIFEST, again=is_failed):
        pass
    assert open_run(tmp_path).manifest.notes == ("demo judge", f"{ASKED_AGAIN}3")


def test_holes_are_chosen_by_their_verdicts(write: Callable[..., None], tmp_path: Path) -> None:
    write(tmp_path)
    with RunWriter.open(tmp_path, MANIFEST, again=has_holes) as writer:
        assert writer.done == {("whole", 0), ("failed", 0), ("failed", 1)}
    assert [row.item_id for row in open_run(tmp_path).verdicts] == ["whole"]


def test_a_run_without_such_rows_is_left_alone(write: Callable[..., None], tmp_path: Path) -> None:
    write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with RunWriter.open(tmp_path, MANIFEST, again=lambda _row, _verdicts: False) as writer:
        assert writer.sealed
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_sealed_run_that_was_changed_is_not_opened(write: Callable[..., None], tmp_path: Path) -> None:
    write(tmp_path, tables=False)
    with (tmp_path / "items.jsonl").open("ab") as journal:
        journal.write(b"\n")
    with pytest.raises(RunFolderError, match=r"items\.jsonl: changed since it was sealed"):
        RunWriter.open(tmp_path, MANIFEST, again=is_failed)


class Death(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


@pytest.mark.parametrize("tables", [True, False])
@pytest.mark.parametrize("step", range(5))
def test_killed_at_any_step_nothing_answered_is_lost(
    write: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, *, tables: bool
) -> None:
    write(tmp_path, tables=tables)
    before = open_run(tmp_path)
    left = [step]

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            if not left[0]:
                raise Death
            left[0] -= 1
            return function(*arguments)

        return counted

    with monkeypatch.context() as patched:
        for name in ("replace_rows", "write_manifest"):
            patched.setattr(reopening, name, dying(getattr(reopening, name)))
        patched.setattr(Path, "unlink", dying(Path.unlink))
        with suppress(Death):
            RunWriter.open(tmp_path, MANIFEST, again=is_failed).close()
    torn = open_run(tmp_path)
    assert torn.items in (before.items, before.items[:2])
    assert torn.verdicts == before.verdicts
    with RunWriter.open(tmp_path, MANIFEST, again=is_failed) as writer:
        assert writer.done == {("whole", 0), ("holed", 0)}
    assert read_rows_of(tmp_path, writer.manifest).items == before.items[:2]
