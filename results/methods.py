"""Methods: several training runs of one recipe, each examined on the same items. Reads run folders; the rest is pure.

An ``Arm`` (``arms.py``) is one training run over its checkpoints; a ``Method`` is one checkpoint of several training runs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from rvpo.results.align import refuse_other_exam
from rvpo.results.arms import run_folders
from rvpo.results.draws import item_scores, item_values
from rvpo.results.errors import ResultsError
from rvpo.results.naming import named, notes_of, told_apart
from rvpo.results.reader import Run, open_run
from rvpo.results.records import ItemRow
from rvpo.results.stats.inference import Floats


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """The examinations of a method's training runs."""

    name: str
    runs: tuple[Run, ...]


def open_method(spec: str) -> Method:
    """Opens the training runs of a method.

    Args:
        spec: ``NAME=PLACE[,PLACE...]`` or ``PLACE[,PLACE...]``: run folders, folders of run folders, or patterns
            (``exams/rvpo-seed*/final``). Unnamed, a method is called after its first place.

    Raises:
        ResultsError: a place without a run, or one run named twice.
        DifferentExams: the runs sat different exams.
    """
    name, equals, places = spec.partition("=")
    if not equals:
        name, places = "", spec
    found: list[Path] = []
    for place in filter(None, places.split(",")):
        folders = run_folders(place)
        if not folders:
            raise ResultsError(f"{place}: no run folder there; an arm is NAME=PLACE[,PLACE...]")
        twice = [folder for folder in folders if folder in found]
        if twice:
            raise ResultsError(f"{spec}: {twice[0]} is named twice; a training run counts once")
        found += folders
    if not found:
        raise ResultsError(f"{spec!r}: no place; an arm is NAME=PLACE[,PLACE...]")
    runs = tuple(open_run(folder) for folder in found)
    for run in runs[1:]:
        refuse_other_exam(runs[0], run)
    return Method(name=name or Path(places.split(",")[0]).name, runs=runs)


def draws_of(methods: Collection[Method]) -> int:
    """The most draws of an item in any run."""
    return max((row.draw + 1 for method in methods for run in method.runs for row in run.items), default=1)


def pooled(method: Method, draws: int, ids: Collection[str] | None = None) -> Run:
    """All runs of a method as one, each run's answers being further draws of the items.

    Run r's draw k becomes draw ``r * draws + k``, so that two methods pooled alike are paired run by run and draw by draw.

    Args:
        method: what to pool.
        draws: ``draws_of`` everything that is pooled together.
        ids: items to keep; all by default.
    """
    first = method.runs[0]
    manifests = [run.manifest for run in method.runs]
    manifest = msgspec.structs.replace(
        first.manifest,
        title=method.name,
        run_id="+".join(each.run_id for each in manifests),
        notes=tuple(notes_of(told_apart(method.runs))),
        sealed=first.manifest.sealed if all(run.sealed for run in method.runs) else None,
        planned=sum(each.planned for each in manifests),
        files={},
    )
    return Run(
        folder=first.folder,
        manifest=manifest,
        items=tuple(
            msgspec.structs.replace(row, draw=place * draws + row.draw)
            for place, run in enumerate(method.runs)
            for row in run.items
            if ids is None or row.item_id in ids
        ),
        verdicts=tuple(
            msgspec.structs.replace(row, draw=place * draws + row.draw)
            for place, run in enumerate(method.runs)
            for row in run.verdicts
            if ids is None or row.item_id in ids
        ),
    )


def complete_items(methods: Sequence[Method]) -> tuple[str, ...]:
    """Items with a score in every run of every method, in order of id."""
    held = [item_scores(run).keys() for method in methods for run in method.runs]
    return tuple(sorted(set.intersection(*map(set, held)))) if held else ()


def score_table(method: Method, ids: Sequence[str]) -> Floats:
    """Item means of every run: (runs, items), NaN where a run has no score."""
    scores = [item_scores(run) for run in method.runs]
    return np.array([[found.get(item, np.nan) for item in ids] for found in scores])


def value_tables(
    method: Method, ids: Sequence[str], of: Callable[[ItemRow], Mapping[str, float | None]]
) -> dict[str, Floats]:
    """The same of every measure that ``of`` reads (``values``, ``tags``) and all runs have, by its name."""
    values = [item_values(run, of) for run in method.runs]
    names = [name for name in values[0] if all(name in found for found in values)]
    return {
        name: np.array([[found[name].get(item, np.nan) for item in ids] for found in values])
        for name in names
    }


def single_runs(method: Method) -> tuple[Run, ...]:
    """The runs, named after their method and numbered where there are several."""
    if len(method.runs) == 1:
        return (named(method.runs[0], method.name),)
    return tuple(named(run, f"{method.name}, run {place}") for place, run in enumerate(method.runs, start=1))
