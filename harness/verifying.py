"""Whether a run folder is what it was when it was sealed, and whether its figures follow from its verdicts. Reads files.

Four looks, each with a line for what it finds: the sealed files against their sha256, the rows against each other and
against the plan, every draw's score against its verdicts, and the stored summary against one made from those scores.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.harness.rescoring import rescored
from rvpo.harness.summary import summarise
from rvpo.results import ItemRow, ResultsError, Run
from rvpo.results.reader import SUMMARY, changed_files, read_manifest, read_rows_of

SAME: Final = 1e-9
"""Numbers that differ by less are the same: they were added in another order."""
SHOWN: Final = 5
"""Draws that are named one by one."""
_SCORED: Final = ("score", "coverage", "low", "high", "values", "tags")


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one run folder."""

    folder: str
    files: int = 0
    """Sealed files that were hashed."""
    draws: int = 0
    recomputed: int = 0
    """Draws whose score was worked out again; those of older versions cannot be."""
    verdicts: int = 0
    differences: tuple[str, ...] = ()
    """A line each; empty when all is as it should be."""


def verify_run(folder: Path) -> Verification:
    """Look at a run folder; changes nothing.

    Raises:
        RunFolderError: There is no run, or one of a newer version.
        ModuleNotFoundError: Its tables are Parquet and pyarrow is not installed.
    """
    manifest = read_manifest(folder)
    lines: list[str] = []
    try:
        lines += changed_files(folder, manifest)
        run = read_rows_of(folder, manifest)
    except OSError as error:
        lines.append(f"{error.filename or folder}: cannot be read: {error.strerror}")
        return Verification(folder=str(folder), files=len(manifest.files), differences=tuple(lines))
    except ResultsError as error:
        return Verification(folder=str(folder), files=len(manifest.files), differences=(*lines, str(error)))
    lines += _wrong_rows(run)
    anew, wrong = _anew(run)
    lines += wrong
    if SUMMARY in manifest.files:
        lines += _wrong_figures(folder / SUMMARY, run, anew)
    return Verification(
        folder=str(folder),
        files=len(manifest.files),
        draws=len(run.items),
        recomputed=sum(again is not None for again in anew),
        verdicts=len(run.verdicts),
        differences=tuple(lines),
    )


def _wrong_rows(run: Run) -> Iterator[str]:
    place, manifest = run.folder, run.manifest
    if not run.sealed:
        yield f"{place}: not finished: {len(run.items)} of {manifest.planned} rows; the same command goes on with it"
    elif manifest.kind != "train" and manifest.planned and len(run.items) != manifest.planned:
        yield f"{place}: {len(run.items)} rows, {manifest.planned} were planned"
    if run.sealed and manifest.counts.get("rows", len(run.items)) != len(run.items):
        yield f"{place}: {len(run.items)} rows, {manifest.counts['rows']} were counted when it was sealed"
    twice = Counter((row.item_id, row.draw) for row in run.items)
    yield from (
        f"{place}: item {item!r} draw {draw} is there {count} times"
        for (item, draw), count in twice.items()
        if count > 1
    )


def _anew(run: Run) -> tuple[list[ItemRow | None], list[str]]:
    """The rows by their verdicts, and a line for each that says something else."""
    rows, wrong = [], []
    for stored, again in rescored(run):
        rows.append(again)
        if again is None:
            continue
        found = next(_differing(_scores(stored), _scores(again)), None)
        if found is not None:
            name, left, right = found
            wrong.append(
                f"{run.folder}: item {stored.item_id!r} draw {stored.draw}: {name} is {_said(left)}, "
                f"by its verdicts {_said(right)}"
            )
    more = len(wrong) - SHOWN
    return rows, wrong if more <= 0 else [*wrong[:SHOWN], f"{run.folder}: and {more} draws more"]


def _scores(row: ItemRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SCORED}


def _wrong_figures(path: Path, run: Run, anew: list[ItemRow | None]) -> Iterator[str]:
    """Figures of the stored summary that the verdicts do not give; those that only one of the two has are passed over."""
    try:
        stored = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        yield f"{path}: cannot be read: {error}"
        return
    if "answered_coverage" not in stored:
        # Summaries called it so while failed draws were left out of it.
        stored["answered_coverage"] = stored.pop("coverage", None)
    rows = tuple(again or row for row, again in zip(run.items, anew, strict=True))
    made = msgspec.to_builtins(summarise(msgspec.structs.replace(run, items=rows)))
    common = stored.keys() & made.keys()
    for name, left, right in _differing({k: stored[k] for k in common}, {k: made[k] for k in common}):
        yield f"{path}: {name} is {_said(left)}, by the verdicts {_said(right)}"


def _differing(
    a: Mapping[str, Any], b: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Name and both values of what differs, mappings field by field."""
    for key in sorted(a.keys() | b.keys()):
        left, right = a.get(key), b.get(key)
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            yield from _differing(left, right, f"{prefix}{key}.")
        elif not _same(left, right):
            yield f"{prefix}{key}", left, right


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=0, abs_tol=SAME)
    return bool(left == right)


def _said(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "absent" if value is None else str(value)
