"""Writes a run folder: manifest first, rows as they finish, sealed at the end.

```
runs/x/manifest.json    written first (atomically), rewritten once at sealing
runs/x/items.jsonl      the journal; an item row present means that the item is complete
runs/x/verdicts.jsonl   an item's verdict rows, written before its item row
runs/x/summary.json     the figures, written at sealing where the run has some
runs/x/.lock            held (flock) by the one process that writes
```
Sealed with ``tables``, a run keeps ``items.parquet`` and ``verdicts.parquet`` in place of its journals (``tables.py``).
Reading is ``reader.py``'s. Killed at any moment, a run opened again goes on where it was: a torn last line is
mended, verdict rows whose item row never came are dropped. A run of an older version that is gone on with becomes one
of this version. A run that was begun and holds no row (its model did not answer, it was stopped at once) gives way to another.
"""

import fcntl
import os
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from rvpo.results.errors import ResultsError, RunFolderError
from rvpo.results.identity import differing_fields
from rvpo.results.journal import Journal, read_rows, replace_rows, to_lines, write_atomically
from rvpo.results.manifest import write_manifest
from rvpo.results.reader import ITEMS, MANIFEST, SUMMARY, VERDICTS, file_hash, read_manifest, read_rows_of
from rvpo.results.records import SCHEMA_VERSION, ItemRow, RunManifest, VerdictRow
from rvpo.results.reopening import Chosen, reopen
from rvpo.results.syncing import Syncing
from rvpo.results.tables import seal_rows

LOCK = ".lock"
SHOWN_FIELDS = 4


class RunWriter:
    """The one writer of a run folder; a context manager made by ``RunWriter.open``. Thread-safe."""

    def __init__(self, folder: Path, manifest: RunManifest, lock: int) -> None:
        self.folder = folder
        self.manifest = manifest
        self._lock = lock
        self._turn = threading.Lock()
        self._journals: tuple[Journal, ...] = ()
        if self.sealed:
            self._done = {(row.item_id, row.draw) for row in read_rows_of(folder, manifest).items}
            return
        self._done = _mend(folder)
        self._items = Journal(folder / ITEMS)
        self._verdicts = Journal(folder / VERDICTS)
        self._journals = (self._items, self._verdicts)
        self._syncing = Syncing(self._journals)

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], manifest: RunManifest, *, again: Chosen | None = None
    ) -> Self:
        """Creates the run, or takes up the one that lies there.

        Args:
            folder: made if absent; refused if it holds another run.
            manifest: of the run to write; of a run taken up, the one on disk stays.
            again: of a run taken up, sealed or not, the rows to be had anew (``reopening.py``).

        Raises:
            RunFolderError: another run's folder (the differing fields are named), another writer at work, a
                torn or newer folder, no permission, no space.
        """
        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = _take_lock(path)
        except OSError as error:
            raise RunFolderError(f"{path}: cannot be written: {error.strerror}") from error
        try:
            settled = _settle_manifest(path, manifest)
            return cls(path, settled if again is None else reopen(path, settled, manifest, again), lock)
        except BaseException as error:
            os.close(lock)
            if isinstance(error, OSError):
                raise RunFolderError(f"{path}: cannot be written: {error.strerror}") from error
            raise

    @property
    def done(self) -> frozenset[tuple[str, int]]:
        """``(item_id, draw)`` of every complete item."""
        return frozenset(self._done)

    @property
    def sealed(self) -> bool:
        """Whether the run is finished: there is nothing left to write."""
        return self.manifest.sealed is not None

    def append(self, item: ItemRow, verdicts: Iterable[VerdictRow] = ()) -> None:
        """Writes one finished item, whole or not at all.

        Raises:
            ResultsError: the run is sealed, the item is there already, a verdict is of another item, or a field
                holds something that JSON cannot.
            RunFolderError: no space; nothing is half-written and everything before it is kept.
        """
        key = (item.item_id, item.draw)
        rows = list(verdicts)
        stray = next((row for row in rows if (row.item_id, row.draw) != key), None)
        if stray is not None:
            raise ResultsError(
                f"verdict of item {stray.item_id!r} draw {stray.draw} given with item {key[0]!r} draw {key[1]}"
            )
        verdict_lines, item_line = to_lines(rows), to_lines([item])
        with self._turn:
            if self.sealed:
                raise ResultsError(f"{self.folder}: sealed at {self.manifest.sealed}; no row can be added")
            if key in self._done:
                raise ResultsError(f"{self.folder}: item {key[0]!r} draw {key[1]} is there already")
            before = self._verdicts.size
            try:
                self._syncing.wrote()
                self._verdicts.append(verdict_lines)
                self._items.append(item_line)
            except OSError as error:
                self._verdicts.truncate(before)
                raise RunFolderError(self._full(error)) from error
            self._done.add(key)

    def seal(
        self,
        counts: Mapping[str, int] | None = None,
        *,
        notes: Iterable[str] = (),
        tables: bool = False,
        summary: bytes | None = None,
    ) -> RunManifest:
        """Marks the run as finished, with counts and the sha256 of every file; a second time it does nothing.

        Killed while it seals, a run is either sealed or can be gone on with.

        Args:
            counts: what the maker counted (failed, truncated, holes ...); ``rows`` is added here.
            notes: what a reader must know and only the finished rows could tell; added to those there are.
            tables: puts the rows into tables and removes the journals.
            summary: JSON, the run's figures; written to ``summary.json``.
        """
        with self._turn:
            if self.sealed:
                return self.manifest
            try:
                for journal in self._journals:
                    journal.sync()
                files = self._sealed_files(tables=tables)
                if summary is not None:
                    write_atomically(self.folder / SUMMARY, summary)
                    files.append(self.folder / SUMMARY)
                finished = msgspec.structs.replace(
                    self.manifest,
                    sealed=datetime.now(UTC).isoformat(timespec="seconds"),
                    counts={**(counts or {}), "rows": len(self._done)},
                    notes=(*self.manifest.notes, *notes),
                    files={path.name: file_hash(path) for path in files},
                )
                write_manifest(self.folder, finished)
                self.manifest = finished
                if tables:
                    for name in (ITEMS, VERDICTS):
                        (self.folder / name).unlink()
            except OSError as error:
                raise RunFolderError(self._full(error)) from error
        return self.manifest

    def _sealed_files(self, *, tables: bool) -> list[Path]:
        items, verdicts = self.folder / ITEMS, self.folder / VERDICTS
        if not tables:
            return [items, verdicts]
        return [
            seal_rows(items, read_rows(items, ItemRow)[0], ItemRow),
            seal_rows(verdicts, read_rows(verdicts, VerdictRow)[0], VerdictRow),
        ]

    def close(self) -> None:
        """Forces the rows to disk and lets the next writer in."""
        try:
            if self._journals:
                self._syncing.close()
        finally:
            for journal in self._journals:
                journal.close()
            self._journals = ()
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _full(self, error: OSError) -> str:
        return (
            f"{self.folder}: cannot be written: {error.strerror}; {len(self._done)} item rows are kept, "
            "make room and run the same command again"
        )


def _take_lock(folder: Path) -> int:
    """Descriptor of the lock file, locked until it is closed or the process dies."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise RunFolderError(f"{folder}: another process (pid {holder}) is writing this run") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _settle_manifest(folder: Path, manifest: RunManifest) -> RunManifest:
    """The manifest on disk; written from ``manifest`` if there is none."""
    if not (folder / MANIFEST).exists():
        foreign = [name for name in (ITEMS, VERDICTS) if (folder / name).exists()]
        if foreign:
            raise RunFolderError(f"{folder}: holds {foreign[0]} but no {MANIFEST}; choose an empty folder")
        write_manifest(folder, manifest)
        return manifest
    present = read_manifest(folder)
    if present.run_id != manifest.run_id and present.sealed is None and _is_bare(folder):
        write_manifest(folder, manifest)
        return manifest
    if present.run_id != manifest.run_id:
        fields = [f"{name} {there} there, {here} here" for name, there, here in
                  differing_fields(present.identity, manifest.identity)]  # fmt: skip
        more = f" and {len(fields) - SHOWN_FIELDS} more" if len(fields) > SHOWN_FIELDS else ""
        raise RunFolderError(
            f"{folder}: holds another run: {'; '.join(fields[:SHOWN_FIELDS])}{more}; choose another folder"
        )
    if present.schema_version < SCHEMA_VERSION and present.sealed is None:
        present = msgspec.structs.replace(present, schema_version=SCHEMA_VERSION)
        write_manifest(folder, present)
    return present


def _is_bare(folder: Path) -> bool:
    """Whether a run's folder holds nothing but its beginning."""
    files = {path.name: path.stat().st_size for path in folder.iterdir()}
    return (
        files.keys() <= {MANIFEST, ITEMS, VERDICTS, LOCK} and not files.get(ITEMS) and not files.get(VERDICTS)
    )


def _mend(folder: Path) -> set[tuple[str, int]]:
    """Drops what a crash left over; returns the keys of the complete items."""
    items, torn_item = read_rows(folder / ITEMS, ItemRow)
    done: set[tuple[str, int]] = set()
    for row in items:
        if (key := (row.item_id, row.draw)) in done:
            raise RunFolderError(f"{folder / ITEMS}: item {key[0]!r} draw {key[1]} is there twice")
        done.add(key)
    if torn_item or _lacks_newline(folder / ITEMS):
        replace_rows(folder / ITEMS, items)
    verdicts, torn_verdict = read_rows(folder / VERDICTS, VerdictRow)
    kept = [row for row in verdicts if (row.item_id, row.draw) in done]
    if torn_verdict or len(kept) < len(verdicts) or _lacks_newline(folder / VERDICTS):
        replace_rows(folder / VERDICTS, kept)
    return done


def _lacks_newline(path: Path) -> bool:
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
