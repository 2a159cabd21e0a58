"""Arms: the checkpoints of one training run, each examined on the same items. Reads run folders; the rest is pure.

A checkpoint's step is the last number in its folder's name (``checkpoint-200``); the folders lie under one folder or
match one pattern.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.results.align import refuse_other_exam
from rvpo.results.draws import item_scores
from rvpo.results.errors import DifferentExams, ResultsError
from rvpo.results.reader import MANIFEST, Run, open_run

Floats = NDArray[np.float64]
FEWEST: Final = 2
_WILD: Final = re.compile(r"[*?\[]")


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoints of one training run, in order of their steps."""

    name: str
    steps: tuple[float, ...]
    runs: tuple[Run, ...]


def open_arm(spec: str) -> Arm:
    """Opens the checkpoints of an arm.

    Args:
        spec: ``NAME=PLACE`` or ``PLACE``: a folder with run folders inside, or a pattern (``runs/rvpo/checkpoint-*``).
            Unnamed, an arm is called after its folder.

    Raises:
        ResultsError: fewer than two runs there, a folder without a step in its name, or two of one step.
    """
    name, equals, place = spec.partition("=")
    if not equals:
        name, place = "", spec
    folders = run_folders(place)
    if len(folders) < FEWEST:
        raise ResultsError(
            f"{place}: {len(folders)} run folders; a curve needs at least {FEWEST} checkpoints"
        )
    by_step: dict[float, Path] = {}
    for folder in folders:
        step = step_of(folder)
        if step in by_step:
            raise ResultsError(
                f"{folder} and {by_step[step]}: both are step {step:g}; an arm has one run a step"
            )
        by_step[step] = folder
    steps = tuple(sorted(by_step))
    runs = tuple(open_run(by_step[step]) for step in steps)
    return Arm(name=name or folders[0].resolve().parent.name, steps=steps, runs=runs)


def score_tables(arms: Sequence[Arm]) -> tuple[tuple[str, ...], list[Floats]]:
    """Item scores of every arm over the same items: (items, checkpoints) each, NaN where a checkpoint has none.

    Returns:
        The items that every checkpoint of every arm was asked, in order of id, and a table an arm.

    Raises:
        DifferentExams: a checkpoint sat another exam, or no item is common to all.
    """
    runs = [run for arm in arms for run in arm.runs]
    for run in runs[1:]:
        refuse_other_exam(runs[0], run)
    common = set.intersection(*({row.item_id for row in run.items} for run in runs))
    if not common:
        raise DifferentExams(f"{runs[0].folder} and {len(runs) - 1} other checkpoints have no item in common")
    ids = tuple(sorted(common))
    tables = []
    for arm in arms:
        scores = [item_scores(run) for run in arm.runs]
        tables.append(np.array([[found.get(item, np.nan) for found in scores] for item in ids]))
    return ids, tables


def shared_steps(a: Arm, b: Arm) -> tuple[tuple[float, ...], list[int], list[int]]:
    """Steps that both arms have, and their places in either.

    Raises:
        ResultsError: fewer than two.
    """
    steps = tuple(step for step in a.steps if step in b.steps)
    if len(steps) < FEWEST:
        raise ResultsError(
            f"{a.name} and {b.name} share {len(steps)} steps; a difference curve needs {FEWEST}"
        )
    return steps, [a.steps.index(step) for step in steps], [b.steps.index(step) for step in steps]


def run_folders(place: str) -> list[Path]:
    """The run folders at a place, in order of their names.

    Args:
        place: a run folder, a folder with run folders inside, or a pattern (``*``, ``?``, ``[...]``).
    """
    path = Path(place)
    if (path / MANIFEST).is_file():
        return [path]
    if not is_pattern(place):
        return sorted(manifest.parent for manifest in path.glob(f"*/{MANIFEST}"))
    return [folder for folder in matching_folders(place) if (folder / MANIFEST).is_file()]


def is_pattern(place: str) -> bool:
    """Whether a place is written with wildcards."""
    return _WILD.search(place) is not None


def matching_folders(pattern: str) -> list[Path]:
    """What a pattern with a wildcard matches, in order of names."""
    path = Path(pattern)
    wild = next(place for place, part in enumerate(path.parts) if _WILD.search(part))
    return sorted(Path(*path.parts[:wild]).glob(str(Path(*path.parts[wild:]))))


def step_of(folder: Path) -> float:
    """The step of a checkpoint, or of its examination: the last number in the folder's name.

    Raises:
        ResultsError: there is none.
    """
    numbers = re.findall(r"\d+", folder.name)
    if not numbers:
        raise ResultsError(
            f"{folder}: its name has no step; a checkpoint's folder ends in one, as checkpoint-200"
        )
    return float(numbers[-1])
