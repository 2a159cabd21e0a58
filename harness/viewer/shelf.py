"""The runs that a viewer shows: found under folders, read when they are asked for and again when they have grown.

Reads only. A run that cannot be read is an error of that run, never of the page.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rvpo.harness.local_page import tell_apart
from rvpo.results import ResultsError, Run, RunFolderError, open_run
from rvpo.results.reader import MANIFEST
from rvpo.rubrics.wording import nearest

KEPT: Final = 8
"""Runs held in memory: two side by side and some that were looked at before."""
_Stamp = tuple[tuple[str, int, int], ...]


class Shelf:
    """Run folders by name. Thread-safe."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Remember where to look.

        Args:
            paths: Run folders, or folders that hold some at any depth.

        Raises:
            RunFolderError: A path is not there, or holds no run.
        """
        self._paths = tuple(paths)
        self._open: OrderedDict[str, tuple[_Stamp, Run]] = OrderedDict()
        self._turn = threading.Lock()
        for path in paths:
            if not _runs_under(path):
                raise RunFolderError(f"{path}: no run folder, and none inside (a run has a {MANIFEST})")

    def folders(self) -> dict[str, Path]:
        """The runs that are there now, by name, in order of their paths."""
        return tell_apart(folder for path in self._paths for folder in _runs_under(path))

    def stamp(self, name: str) -> _Stamp:
        """What changes when the run's files do."""
        return _stamp(self._folder(name))

    def run(self, name: str) -> Run:
        """The run as it is now.

        Raises:
            ResultsError: No run has that name, or its folder is torn.
        """
        folder = self._folder(name)
        with self._turn:
            stamp = _stamp(folder)
            held = self._open.get(name)
            if held is None or held[0] != stamp:
                held = self._open[name] = (stamp, open_run(folder))
            self._open.move_to_end(name)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            return held[1]

    def _folder(self, name: str) -> Path:
        folders = self.folders()
        if name not in folders:
            guess = nearest(name, list(folders))
            raise ResultsError(f"no run {name!r} here" + (f"; did you mean {guess!r}?" if guess else ""))
        return folders[name]


def _runs_under(path: Path) -> list[Path]:
    if (path / MANIFEST).is_file():
        return [path]
    return sorted(manifest.parent for manifest in path.rglob(MANIFEST)) if path.is_dir() else []


def _stamp(folder: Path) -> _Stamp:
    """Name, time and size of every file of the run."""
    files = ((entry.name, entry.stat()) for entry in folder.iterdir() if not entry.name.startswith("."))
    return tuple(sorted((name, found.st_mtime_ns, found.st_size) for name, found in files))
