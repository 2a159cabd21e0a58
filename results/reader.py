"""Reads run folders; changes nothing in them.

An unsealed run can be read while it is being written: a torn last line and verdicts without their item row are
left out, and ``Run.sealed`` says so. A sealed run whose files are not the sealed ones is refused.
"""

import difflib
import hashlib
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import msgspec

from rvpo.results.errors import RunFolderError
from rvpo.results.journal import read_rows
from rvpo.results.records import SCHEMA_VERSION, ItemRow, RunManifest, VerdictRow
from rvpo.results.tables import read_sealed, sealed_form

MANIFEST, ITEMS, VERDICTS = "manifest.json", "items.jsonl", "verdicts.jsonl"
SUMMARY = "summary.json"
"""The figures of a sealed run, as its maker wrote them."""
Row = TypeVar("Row", bound=msgspec.Struct)


class Run(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A run as read from its folder."""

    folder: Path
    manifest: RunManifest
    items: tuple[ItemRow, ...] = ()
    verdicts: tuple[VerdictRow, ...] = ()

    @property
    def name(self) -> str:
        """What to call the run: its title, else its folder."""
        return self.manifest.title or self.folder.name or self.manifest.run_id

    @property
    def sealed(self) -> bool:
        """Whether the run was finished."""
        return self.manifest.sealed is not None

    @property
    def coverage(self) -> float | None:
        """Mean share of the rubric's points that was judged, over all draws: none of a failed one's; ``None`` without draws."""
        shares = [0.0 if row.status == "failed" else row.coverage for row in self.items]
        return fmean(shares) if shares else None

    @cached_property
    def verdicts_of(self) -> dict[tuple[str, int], list[VerdictRow]]:
        """Verdict rows by ``(item_id, draw)``."""
        found: dict[tuple[str, int], list[VerdictRow]] = {}
        for row in self.verdicts:
            found.setdefault((row.item_id, row.draw), []).append(row)
        return found


def open_run(folder: str | os.PathLike[str]) -> Run:
    """Reads a run folder.

    Raises:
        RunFolderError: no run there (a near name is offered), a newer version, a row that cannot be read, or a
            sealed file that was changed since.
        ModuleNotFoundError: its tables are Parquet and pyarrow is not installed.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    try:
        for change in changed_files(path, manifest):
            raise RunFolderError(change)
    except OSError as error:
        raise RunFolderError(f"{error.filename or path}: cannot be read: {error.strerror}") from error
    return read_rows_of(path, manifest)


def changed_files(folder: Path, manifest: RunManifest) -> Iterator[str]:
    """A line for every sealed file that is not as it was sealed.

    Raises:
        OSError: one cannot be read.
    """
    for name, sealed_hash in manifest.files.items():
        found = file_hash(folder / name)
        if found != sealed_hash:
            yield (
                f"{folder / name}: changed since it was sealed (sha256 {found[:12]}, sealed {sealed_hash[:12]})"
            )


def read_rows_of(folder: Path, manifest: RunManifest) -> Run:
    """The rows of a run, whether or not its files are those that were sealed.

    Raises:
        RunFolderError: a row cannot be read.
        ModuleNotFoundError: its tables are Parquet and pyarrow is not installed.
    """
    try:
        items = _rows(folder / ITEMS, ItemRow, manifest)
        verdicts = _rows(folder / VERDICTS, VerdictRow, manifest)
    except OSError as error:
        raise RunFolderError(f"{error.filename or folder}: cannot be read: {error.strerror}") from error
    done = {(row.item_id, row.draw) for row in items}
    kept = tuple(row for row in verdicts if (row.item_id, row.draw) in done)
    return Run(folder=folder, manifest=manifest, items=tuple(items), verdicts=kept)


def _rows(journal: Path, row_type: type[Row], manifest: RunManifest) -> list[Row]:
    sealed = sealed_form(journal, manifest.files)
    return read_rows(journal, row_type)[0] if sealed is None else read_sealed(sealed, row_type)


def read_manifest(folder: Path) -> RunManifest:
    """The manifest of a run folder.

    Raises:
        RunFolderError: absent, unreadable or of a newer version.
    """
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunFolderError(f"{folder}: not a run folder (no {MANIFEST}){_near(folder)}") from error
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        version = msgspec.json.decode(data, type=_Version).schema_version
        if version > SCHEMA_VERSION:
            raise RunFolderError(
                f"{path}: schema_version {version}, this rvpo reads up to {SCHEMA_VERSION}; update rvpo"
            )
        return msgspec.json.decode(data, type=RunManifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RunFolderError(f"{path}: not a run manifest: {error}") from error


def file_hash(path: Path) -> str:
    """sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Version(msgspec.Struct):
    schema_version: int = SCHEMA_VERSION


def _near(folder: Path) -> str:
    """``; did you mean ...`` with the run folder beside it whose name is nearest."""
    if not folder.parent.is_dir():
        return ""
    beside = [entry.name for entry in folder.parent.iterdir() if (entry / MANIFEST).is_file()]
    near = difflib.get_close_matches(folder.name, beside, n=1)
    return f"; did you mean {folder.parent / near[0]}?" if near else ""
