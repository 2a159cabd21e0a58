"""What runs are called where several stand side by side. Pure."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rvpo.results.reader import Run


def named(run: Run, name: str) -> Run:
    """The run under another name."""
    return msgspec.structs.replace(run, manifest=msgspec.structs.replace(run.manifest, title=name))


def told_apart(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs, those of one name followed by their folder's; by its path where that is the same too."""
    names = Counter(run.name for run in runs)
    pairs = Counter((run.name, run.folder.name) for run in runs)
    return tuple(
        run
        if names[run.name] == 1
        else named(
            run, f"{run.name} ({run.folder.name if pairs[run.name, run.folder.name] == 1 else run.folder})"
        )
        for run in runs
    )


def notes_of(runs: Sequence[Run]) -> list[str]:
    """What the runs say of themselves: what all say, then what some do, each with its run's name before it."""
    every = [
        note
        for note in dict.fromkeys(runs[0].manifest.notes)
        if all(note in run.manifest.notes for run in runs)
    ]
    return every + [
        f"{run.name}: {note}"
        for run in runs
        for note in dict.fromkeys(run.manifest.notes)
        if note not in every
    ]
