"""What a reader of a comparison must know beside its figures, one line each. Pure."""

import numpy as np

from rvpo.results.align import Paired
from rvpo.results.clustering import Clustering
from rvpo.results.identity import differing_fields
from rvpo.results.naming import notes_of
from rvpo.results.reader import Run
from rvpo.results.records import Effect
from rvpo.results.stats.clusters import warnings_of
from rvpo.results.stats.significance import FlipTest

JUDGE_FIELDS = frozenset({"judge", "judge_template", "template"})
"""Identity fields that say how a run was judged."""


def run_remarks(a: Run, b: Run) -> list[str]:
    """What the runs say of themselves, what is unfinished, and whether they were judged alike."""
    notes = notes_of((a, b))
    for run in (a, b):
        if not run.sealed:
            of = f" of {run.manifest.planned}" if run.manifest.planned else ""
            notes.append(f"{run.name} is not finished: {len(run.items)}{of} rows so far")
    judged = [
        f"{name}: {left} and {right}"
        for name, left, right in differing_fields(a.manifest.identity, b.manifest.identity)
        if name.split(".")[0] in JUDGE_FIELDS
    ]
    if judged:
        notes.append(f"the two runs were judged differently ({'; '.join(judged)})")
    return notes


def data_remarks(paired: Paired, primary: Effect, test: FlipTest, confidence: float) -> list[str]:
    """What the data could not show."""
    notes = []
    if paired.unbounded:
        notes.append(f"{paired.unbounded} items without a response in one of the runs are in no bound")
    too_rare = paired.criteria.too_rare + paired.tags.too_rare
    if too_rare:
        notes.append(f"{too_rare} criteria or tags that too few items share are not compared one by one")
    if np.isclose(primary.low, primary.high, rtol=0, atol=1e-12):
        notes.append("every item differs by the same amount: the interval has no width and says little")
    if test.p_floor > 1 - confidence:
        notes.append(f"so few items differ that no p-value below {test.p_floor:.2g} was possible")
    return notes


def cluster_remarks(clustering: Clustering | None, lost: int) -> list[str]:
    """What clusters cost: few of them, and measures that lie in one.

    Args:
        clustering: of the items; ``None`` where each stands by itself.
        lost: criteria and tags that enough items carry, but in one cluster only.
    """
    if clustering is None:
        return []
    notes = list(warnings_of(clustering.count))
    if lost:
        notes.append(f"{lost} criteria or tags lie in one cluster each and are not compared")
    return notes
