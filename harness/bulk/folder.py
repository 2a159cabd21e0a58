"""The folder of a bulk run: whose it is, who writes, what is left to do. Reads and writes files.

``manifest.json`` is an ordinary run's, with ``task`` ``bulk``: equal identity goes on, another one is refused. The rows
lie in the two tables (``parts.py``).
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from rvpo.harness.bulk.parts import PartCounts, make_folders, read_counts
from rvpo.harness.bulk.slices import Slice, Source
from rvpo.harness.errors import HarnessError
from rvpo.harness.judge_run import notes_on
from rvpo.judges import JudgeConfig, JudgeService
from rvpo.results import RunManifest, new_manifest
from rvpo.results.identity import differing_fields
from rvpo.results.journal import write_atomically
from rvpo.results.reader import MANIFEST, read_manifest
from rvpo.rubrics import Rubric, rubric_hash

TASK = "bulk"


class BulkFolder:
    """An open folder; made by ``open``."""

    def __init__(self, path: Path, manifest: RunManifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    @contextmanager
    def open(cls, path: Path, config: JudgeConfig, rubric: Rubric | None, source: Source) -> Iterator[Self]:
        """Open a run's folder and hold it; the judge is opened for a moment, to be asked who it is.

        Raises:
            HarnessError: The folder holds another run, or another process writes there.
            JudgeError: The judge cannot be used.
            RunFolderError: Its manifest cannot be read.
            OSError: It cannot be written.
        """
        with JudgeService.open_sync(config) as service:
            judge = service.fingerprint()
        identity = {
            "responses": source.rows,
            "data": source.digest,
            "rubric": rubric_hash(rubric) if rubric else None,
            "slice_rows": source.size,
            "judge": judge,
        }
        manifest = new_manifest("judge", TASK, identity, planned=source.rows, notes=notes_on(judge))
        path.mkdir(parents=True, exist_ok=True)
        with (path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HarnessError(f"{path}: another process is writing this run") from None
            folder = cls(path, _settled(path, manifest))
            make_folders(path)
            yield folder

    def left(self, slices: Sequence[Slice]) -> tuple[list[Slice], PartCounts]:
        """The slices to judge, in their order, and what the others came to; of a sealed run none is left.

        Raises:
            HarnessError: A part cannot be read.
        """
        left, done = [], PartCounts()
        for piece in slices:
            counts = read_counts(self.path, piece.number)
            if counts is None or (counts.holes and self.manifest.sealed is None):
                left.append(piece)
            else:
                done += counts
        return left, done

    def seal(self, counts: PartCounts) -> None:
        """Mark the run as finished; its holes are accepted."""
        if self.manifest.sealed is None:
            self.manifest = msgspec.structs.replace(
                self.manifest,
                sealed=datetime.now(UTC).isoformat(timespec="seconds"),
                counts={"rows": counts.rows, "holes": sum(counts.holes.values())},
            )
            _write(self.path, self.manifest)


def _settled(path: Path, manifest: RunManifest) -> RunManifest:
    """The manifest that lies there, or this one, written down."""
    if not (path / MANIFEST).exists():
        _write(path, manifest)
        return manifest
    present = read_manifest(path)
    if (present.task, present.run_id) != (manifest.task, manifest.run_id):
        fields = [("task", present.task, TASK)] if present.task != TASK else []
        fields += differing_fields(present.identity, manifest.identity)
        shown = "; ".join(f"{name} {there} there, {here} here" for name, there, here in fields[:4])
        raise HarnessError(f"{path}: holds another run: {shown}; choose another folder")
    return present


def _write(path: Path, manifest: RunManifest) -> None:
    write_atomically(path / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
