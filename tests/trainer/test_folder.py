"""The run folder: ownership, whole checkpoints, the log."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from rvpo.trainer.errors import DamagedRun, OtherConfig
from rvpo.trainer.folder import (
    StepLog,
    claim,
    disk_is_full,
    keep_newest,
    mark_whole,
    remove_torn,
    whole_checkpoints,
    whole_folder,
)


def test_a_folder_is_claimed_once(tmp_path: Path) -> None:
    claim(tmp_path / "run", {"k": 1.0, "model": "m"})
    claim(tmp_path / "run", {"model": "m", "k": 1})
    with pytest.raises(
        OtherConfig, match=r"run holds a run of another config \(k 1 there, 2 here; seed - there, 0 here\)"
    ):
        claim(tmp_path / "run", {"model": "m", "k": 2, "seed": 0})


def checkpoint(out: Path, step: int, *, whole: bool) -> Path:
    folder = out / f"checkpoint-{step}"
    folder.mkdir()
    (folder / "weights").write_text("w")
    if whole:
        mark_whole(folder)
    return folder


def test_half_written_checkpoints_are_removed(tmp_path: Path) -> None:
    for step, whole in ((2, True), (10, True), (12, False)):
        checkpoint(tmp_path, step, whole=whole)
    (tmp_path / "checkpoint-best").mkdir()
    assert [step for step, _ in whole_checkpoints(tmp_path)] == [2, 10]
    remove_torn(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-10",
        "checkpoint-2",
        "checkpoint-best",
    ]


def test_only_the_newest_stay(tmp_path: Path) -> None:
    for step in (2, 4, 10):
        checkpoint(tmp_path, step, whole=True)
    keep_newest(tmp_path, None)
    assert len(whole_checkpoints(tmp_path)) == 3
    keep_newest(tmp_path, 2)
    assert [step for step, _ in whole_checkpoints(tmp_path)] == [4, 10]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "final"
    with pytest.raises(FileNotFoundError), whole_folder(target) as scratch:
        (scratch / "none" / "half").write_text("")
    assert not target.exists()
    with whole_folder(target) as scratch:
        (scratch / "all").write_text("")
        assert not target.exists()
    assert [path.name for path in target.iterdir()] == ["all"]


def test_log_forgets_the_steps_that_are_taken_again_and_a_torn_line(tmp_path: Path) -> None:
    log = StepLog(tmp_path / "log.jsonl")
    log.forget_after(0)
    assert log.rows() == []
    for step in (1, 2, 3):
        log.append({"step": step, "loss": step / 2})
    with log.path.open("a") as handle:
        handle.write('{"step": 4, "lo')
    assert [row["step"] for row in log.rows()] == [1, 2, 3]
    log.forget_after(2)
    log.append({"step": 3, "loss": 9.0})
    assert log.rows() == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 1.0}, {"step": 3, "loss": 9.0}]


def test_damaged_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(DamagedRun, match=r"run.json: is no JSON.*choose another out"):
        claim(tmp_path, {"k": 1.0})
    (tmp_path / "log.jsonl").write_text('{"step": 1}\n{"st\n{"step": 3}\n')
    with pytest.raises(DamagedRun, match=r"log.jsonl:2: is no JSON"):
        StepLog(tmp_path / "log.jsonl").rows()


@pytest.mark.parametrize(
    ("wrong", "free", "full"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1 << 30, True),
        (RuntimeError("I/O error: No space left on device (os error 28)"), 1 << 30, True),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 62"), 0, True),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 62"), 1 << 30, False),
        (RuntimeError("shapes do not fit"), 0, False),
    ],
)
def test_a_full_disk_is_told_from_other_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Exception, free: int, full: bool
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    assert disk_is_full(wrong, tmp_path) is full
