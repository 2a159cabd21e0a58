"""The run folder: who it belongs to, which checkpoints in it are whole, its log. The disk edge of this room.

::

    <out>/run.json            identity of the config, data and model; written first
    <out>/log.jsonl           one row for each step, with every figure of that step and what the guards said of it
    <out>/held_out.jsonl      one row for each examination on held-out prompts
    <out>/warm_start/         the model after the warm start
    <out>/checkpoint-<step>/  trainer checkpoints; ``complete`` inside is written last
    <out>/final/              the trained model; its presence says that the run is done
"""

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rvpo.results.identity import differing_fields
from rvpo.results.journal import write_atomically
from rvpo.trainer.errors import DamagedRun, OtherConfig

IDENTITY = "run.json"
MARK = "complete"
LEAST_FREE = 1 << 20
"""Bytes; a disk with fewer free is full."""
_TORCH_WRITER = "inline_container"
CHECKPOINT = re.compile(r"checkpoint-(\d+)")


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a scratch folder that becomes ``target`` once the block has ended well."""
    scratch = target.with_name(f".making-{target.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    yield scratch
    sync(scratch)
    scratch.rename(target)


def sync(folder: Path) -> None:
    """Make sure that the files of a folder are on disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())


def disk_is_full(wrong: BaseException, out: Path) -> bool:
    """Whether an error comes from a full disk under ``out``.

    Writers of checkpoints have errors of their own for it: safetensors' repeats the system's words, torch's says only
    that its container came out too short, for which the disk itself is asked.
    """
    words = os.strerror(errno.ENOSPC)
    chain = [each for each in (wrong, wrong.__context__) if each is not None]
    if any(getattr(each, "errno", None) == errno.ENOSPC or words in str(each) for each in chain):
        return True
    return _TORCH_WRITER in str(wrong) and shutil.disk_usage(out).free < LEAST_FREE


def differences(out: Path, identity: Mapping[str, Any]) -> list[str]:
    """In words, every field in which the run that a folder belongs to is another; none if it belongs to nobody.

    Raises:
        DamagedRun: What says whom it belongs to cannot be read.
    """
    path = out / IDENTITY
    if not path.exists():
        return []
    try:
        there_is = json.loads(path.read_text())
    except ValueError:
        raise DamagedRun(
            f"{path}: is no JSON, so nobody can tell whose run this is; choose another out"
        ) from None
    return [
        f"{name} {there} there, {here} here" for name, there, here in differing_fields(there_is, identity)
    ]


def claim(out: Path, identity: Mapping[str, Any]) -> None:
    """Make the folder this run's, or make sure that it is.

    Raises:
        OtherConfig: It belongs to another config; the message shows every field that differs.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / IDENTITY
    if not path.exists():
        write_atomically(path, json.dumps(identity, indent=2).encode() + b"\n")
        return
    if differing := differences(out, identity):
        shown = "; ".join(differing)
        raise OtherConfig(
            f"{out} holds a run of another config ({shown}): choose another out, or remove that folder"
        )


def whole_checkpoints(out: Path) -> list[tuple[int, Path]]:
    """Steps and folders of the complete checkpoints, oldest first."""
    named = [(CHECKPOINT.fullmatch(path.name), path) for path in out.glob("checkpoint-*")]
    return sorted((int(name[1]), path) for name, path in named if name and (path / MARK).exists())


def remove_torn(out: Path) -> None:
    """Remove checkpoints that were never finished, so that nothing takes them for whole."""
    for path in out.glob("checkpoint-*"):
        if CHECKPOINT.fullmatch(path.name) and not (path / MARK).exists():
            shutil.rmtree(path)


def mark_whole(checkpoint: Path) -> None:
    """Declare a checkpoint complete: after this it survives and is continued from."""
    sync(checkpoint)
    write_atomically(checkpoint / MARK, b"")


def keep_newest(out: Path, count: int | None, spared: int | None = None) -> None:
    """Remove all complete checkpoints but the newest ``count``, and that of step ``spared``; ``None`` keeps all."""
    if count is not None:
        for step, path in whole_checkpoints(out)[:-count]:
            if step != spared:
                (path / MARK).unlink()  # torn from here on, whatever happens to the rest
                shutil.rmtree(path)


class StepLog:
    """``log.jsonl`` or ``held_out.jsonl``: rows in order, no step twice however often the run was continued."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[dict[str, Any]]:
        """All complete rows.

        Raises:
            DamagedRun: One of them cannot be read.
        """
        if not self.path.exists():
            return []
        lines = self.path.read_text().split("\n")
        # What follows the last line break was torn off.
        return [self._row(number, line) for number, line in enumerate(lines[:-1], start=1)]

    def _row(self, number: int, line: str) -> dict[str, Any]:
        try:
            row: dict[str, Any] = json.loads(line)
        except ValueError:
            raise DamagedRun(
                f"{self.path}:{number}: is no JSON, so the run cannot be continued exactly"
            ) from None
        return row

    def forget_after(self, step: int) -> None:
        """Drop the rows of steps that will be taken again, and a torn last line."""
        if self.path.exists():
            kept = [json.dumps(row) + "\n" for row in self.rows() if row["step"] <= step]
            write_atomically(self.path, "".join(kept).encode())

    def append(self, row: Mapping[str, Any]) -> None:
        """Add the row of a step."""
        with self.path.open("a") as handle:
            handle.write(json.dumps(row) + "\n")
