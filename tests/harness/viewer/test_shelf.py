"""Where the viewer finds runs, and when it reads them again."""

from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.harness.viewer import Shelf
from rvpo.harness.viewer.shelf import KEPT
from rvpo.results import ItemRow, ResultsError, RunFolderError, RunWriter, new_manifest


def test_runs_are_found_at_any_depth(folder: Path) -> None:
    assert list(Shelf([folder]).folders()) == ["after", "before"]
    assert list(Shelf([folder / "after", folder]).folders()) == ["after", "before"]
    assert list(Shelf([folder.parent]).folders()) == ["after", "before"]


def test_a_place_without_runs_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RunFolderError, match="no run folder, and none inside"):
        Shelf([tmp_path])
    assert main(["view", str(tmp_path / "nowhere")]) == 2
    assert "nowhere: no run folder" in capsys.readouterr().err


def test_a_run_is_read_again_when_it_has_grown(tmp_path: Path) -> None:
    shelf_of = tmp_path / "runs"
    with RunWriter.open(shelf_of / "r", new_manifest("eval", "exam", {"model": "r"})) as writer:
        writer.append(ItemRow(item_id="a", prompt_hash="h", score=1.0), [])
        shelf = Shelf([shelf_of])
        first = shelf.run("r")
        assert shelf.run("r") is first
        writer.append(ItemRow(item_id="b", prompt_hash="h", score=1.0), [])
        assert [row.item_id for row in shelf.run("r").items] == ["a", "b"]


def test_few_runs_are_held_and_new_ones_found(tmp_path: Path) -> None:
    def add(name: str) -> None:
        with RunWriter.open(tmp_path / name, new_manifest("eval", "exam", {"model": name})) as writer:
            writer.seal()

    add("r00")
    shelf = Shelf([tmp_path])
    for number in range(1, KEPT + 2):
        add(f"r{number:02}")
    runs = [shelf.run(name) for name in shelf.folders()]
    assert len(runs) == KEPT + 2
    assert shelf.run("r00") is not runs[0]
    assert shelf.run(f"r{KEPT + 1:02}") is runs[-1]
    with pytest.raises(ResultsError, match="no run 'zzz'"):
        shelf.run("zzz")
