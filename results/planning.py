"""A plan for an exam from two runs that sat it: variances, what it finds, what to buy next. Pure."""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from rvpo.results.align import refuse_other_exam
from rvpo.results.clustering import clusters_of
from rvpo.results.draws import by_item, draw_table, item_scores
from rvpo.results.errors import ResultsError
from rvpo.results.reader import Run
from rvpo.results.stats import (
    Design,
    Purchase,
    Variances,
    detectable,
    draw_variances,
    items_needed,
    power_at,
    what_to_buy,
)
from rvpo.results.stats.clusters import warnings_of
from rvpo.results.stats.inference import Floats
from rvpo.results.stats.power import item_variance


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an exam of this design would show."""

    a: str
    b: str
    observed: float
    """The mean difference B - A of the two runs."""
    variances: Variances
    design: Design
    cluster_by: str = ""
    """What the items were grouped by; empty where each stands by itself."""
    design_effect: float = 1.0
    """Variance of the runs' mean difference over that of as many independent items."""
    power: float
    confidence: float
    detectable: float | None
    """Smallest true difference found with ``power``; ``None`` when no difference of methods can be found at all."""
    difference: float
    """The true difference that the next two figures are about: the one asked for, else the observed one."""
    power_there: float | None
    items_needed: int | None
    purchases: tuple[Purchase, ...]
    """Each component doubled by itself, the best gain per call first."""


def plan_exam(
    a: Run,
    b: Run,
    *,
    items: int | None = None,
    draws: int | None = None,
    runs: int = 1,
    run_sd: float | None = None,
    difference: float | None = None,
    power: float = 0.8,
    confidence: float = 0.95,
    cluster_by: str | None = None,
) -> Plan:
    """Plans an exam with the variances of two runs.

    Args:
        a: the baseline.
        b: the other run.
        items: of the exam to plan; as many as both runs share by default.
        draws: of every item; as many as the runs have by default.
        runs: training runs an arm.
        run_sd: standard deviation of a training run's mean about its method's, in units of the score; without it the
            plan is about these two sets of weights, whatever ``runs`` is.
        difference: true difference to ask the power for; the observed one by default.
        power: how often a difference is to be found.
        confidence: of the test.
        cluster_by: what groups items (``clustering.py``), as for a comparison. The plan is then one of whole clusters like
            those of the runs, of the same mean size.

    Raises:
        DifferentExams: the runs cannot be paired.
        ResultsError: too few items or clusters, a setting out of range, or an item is in no cluster while others are.
    """
    _refuse_infinite(difference=difference, run_sd=run_sd)
    seen = _seen(a, b, cluster_by)
    variances = msgspec.structs.replace(seen.variances, run=(run_sd or 0.0) ** 2)
    design = Design(
        items=items or len(seen.differences),
        draws=draws or seen.draws,
        runs=runs if run_sd else 1,
        cluster_size=seen.cluster_size,
    )
    observed = float(seen.differences.mean())
    asked = observed if difference is None else difference
    return Plan(
        a=a.name,
        b=b.name,
        observed=observed,
        variances=variances,
        design=design,
        cluster_by=seen.cluster_by,
        design_effect=seen.design_effect,
        power=power,
        confidence=confidence,
        detectable=_finite(detectable(variances, design, power=power, confidence=confidence)),
        difference=asked,
        power_there=_finite(power_at(asked, variances, design, confidence)),
        items_needed=items_needed(asked, variances, design, power=power, confidence=confidence),
        purchases=what_to_buy(variances, design, power=power, confidence=confidence),
    )


def _refuse_infinite(**numbers: float | None) -> None:
    for name, value in numbers.items():
        if value is not None and not math.isfinite(value):
            raise ResultsError(f"{name} {value}: must be a finite number")


class _Seen(NamedTuple):
    """What two runs tell a plan."""

    variances: Variances
    differences: Floats
    """B - A of every item."""
    draws: int
    cluster_by: str
    cluster_size: float
    design_effect: float


def _seen(a: Run, b: Run, cluster_by: str | None) -> _Seen:
    refuse_other_exam(a, b)
    scores_a, scores_b = item_scores(a), item_scores(b)
    ids = tuple(sorted(scores_a.keys() & scores_b.keys()))
    draws_a, draws_b = draw_table(by_item(a.items), ids), draw_table(by_item(b.items), ids)
    differences = np.array([scores_b[item] - scores_a[item] for item in ids])
    draws = max(draws_a.shape[1], draws_b.shape[1])
    clustering = clusters_of(a, b, ids, cluster_by)
    if clustering is None:
        return _Seen(draw_variances(draws_a, draws_b), differences, draws, "", 1.0, 1.0)
    labels, alone = clustering.labels, item_variance(differences)
    found = draw_variances(draws_a, draws_b, labels)
    return _Seen(
        variances=msgspec.structs.replace(found, notes=(*found.notes, *warnings_of(clustering.count))),
        differences=differences,
        draws=draws,
        cluster_by=clustering.by,
        cluster_size=len(ids) / clustering.count,
        design_effect=item_variance(differences, labels) / alone if alone else 1.0,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
