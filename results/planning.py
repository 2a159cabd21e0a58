"""A plan for an exam from two runs that sat it: variances, what it finds, what to buy next. Pure."""

import math

import msgspec
import numpy as np

from rvpo.results.align import refuse_other_exam
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


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an exam of this design would show."""

    a: str
    b: str
    observed: float
    """The mean difference B - A of the two runs."""
    variances: Variances
    design: Design
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

    Raises:
        DifferentExams: the runs cannot be paired.
        ResultsError: too few items, or a setting out of range.
    """
    for name, value in (("difference", difference), ("run_sd", run_sd)):
        if value is not None and not math.isfinite(value):
            raise ResultsError(f"{name} {value}: must be a finite number")
    refuse_other_exam(a, b)
    rows_a, rows_b = by_item(a.items), by_item(b.items)
    scores_a, scores_b = item_scores(a), item_scores(b)
    ids = tuple(sorted(scores_a.keys() & scores_b.keys()))
    draws_a, draws_b = draw_table(rows_a, ids), draw_table(rows_b, ids)
    variances = msgspec.structs.replace(draw_variances(draws_a, draws_b), run=(run_sd or 0.0) ** 2)
    design = Design(
        items=items or len(ids),
        draws=draws or max(draws_a.shape[1], draws_b.shape[1]),
        runs=runs if run_sd else 1,
    )
    observed = float(np.mean([scores_b[item] - scores_a[item] for item in ids]))
    asked = observed if difference is None else difference
    return Plan(
        a=a.name,
        b=b.name,
        observed=observed,
        variances=variances,
        design=design,
        power=power,
        confidence=confidence,
        detectable=_finite(detectable(variances, design, power=power, confidence=confidence)),
        difference=asked,
        power_there=_finite(power_at(asked, variances, design, confidence)),
        items_needed=items_needed(asked, variances, design, power=power, confidence=confidence),
        purchases=what_to_buy(variances, design, power=power, confidence=confidence),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
