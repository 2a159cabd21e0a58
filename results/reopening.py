"""Opens a run again for rows that are to be had anew, such as draws that failed. Reads and writes files.

A journal holds a row once, so these are taken out of it, with their verdicts: to the maker they are rows that never came,
which a rerun brings. A sealed run becomes an unsealed one first. Killed at any moment, a run is sealed as it was, or can be
gone on with; a row taken out is lost, so none may be that holds what cannot be had again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from rvpo.results.errors import RunFolderError
from rvpo.results.journal import replace_rows
from rvpo.results.manifest import write_manifest
from rvpo.results.reader import ITEMS, VERDICTS, changed_files, read_rows_of
from rvpo.results.records import SCHEMA_VERSION, ItemRow, RunManifest, VerdictRow

Chosen = Callable[[ItemRow, Sequence[VerdictRow]], bool]
"""Whether a row, given its verdicts, is to be had anew."""
ASKED_AGAIN = "rows that had failed were asked for again: "
"""How the note of a run that was opened again begins; their number follows, over all times."""


def is_failed(row: ItemRow, verdicts: Sequence[VerdictRow]) -> bool:  # noqa: ARG001 - a Chosen
    """Choose draws that brought no answer."""
    return row.status == "failed"


def has_holes(row: ItemRow, verdicts: Sequence[VerdictRow]) -> bool:  # noqa: ARG001 - a Chosen
    """Choose rows with a criterion that the judge left open."""
    return any(verdict.hole for verdict in verdicts)


def reopen(folder: Path, present: RunManifest, fresh: RunManifest, chosen: Chosen) -> RunManifest:
    """Take rows out of a run; a run without such rows is left as it is.

    Args:
        folder: The run's; the caller holds its lock.
        present: Its manifest.
        fresh: What a first start would have written; its notes stand in place of those made at sealing.
        chosen: Which rows.

    Returns:
        The manifest of the run as it now lies there.

    Raises:
        RunFolderError: A sealed file was changed since, or a row cannot be read.
        OSError: The folder cannot be written.
    """
    for change in changed_files(folder, present):
        raise RunFolderError(change)
    run = read_rows_of(folder, present)
    kept = [row for row in run.items if not chosen(row, run.verdicts_of.get((row.item_id, row.draw), ()))]
    if len(kept) == len(run.items):
        return present
    tables = present.files.keys() - {ITEMS, VERDICTS}
    if ITEMS not in present.files and present.sealed is not None:
        replace_rows(folder / VERDICTS, list(run.verdicts))
        replace_rows(folder / ITEMS, list(run.items))
    told = [note for note in present.notes if note.startswith(ASKED_AGAIN)]
    count = len(run.items) - len(kept) + sum(int(note.removeprefix(ASKED_AGAIN)) for note in told)
    notes = [note for note in fresh.notes if not note.startswith(ASKED_AGAIN)]
    reopened = msgspec.structs.replace(
        present,
        sealed=None,
        counts={},
        files={},
        notes=(*notes, f"{ASKED_AGAIN}{count}"),
        schema_version=SCHEMA_VERSION,
    )
    write_manifest(folder, reopened)
    for name in tables:
        (folder / name).unlink()
    replace_rows(folder / ITEMS, kept)
    return reopened
