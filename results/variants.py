"""The same grades under other scoring rules: does the winner change? Pure.

Harnesses differ in how they make one figure of rubric scores (research on HealthBench found three rules in use). Each is
applied to both runs; a reader sees whether the verdict hangs on the rule.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import numpy as np

from rvpo.results.draws import by_item, mean_of
from rvpo.results.reader import Run
from rvpo.results.records import ItemRow, VerdictRow
from rvpo.results.stats.resample import t_interval

NEAR: Final = 1e-6


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs under one rule; differences are B - A."""

    rule: str
    mean_a: float
    mean_b: float
    difference: float
    low: float | None
    """Student's t over items; ``None`` where the rule has no figure of single items."""
    high: float | None
    n_items: int


def scoring_variants(a: Run, b: Run, confidence: float = 0.95) -> tuple[Variant, ...]:
    """Both runs unclipped, clipped after the mean, clipped item by item, and with failures counted as not met.

    The last needs rubrics whose score is the points met over the positive points; it is left out where the rows of a
    run say otherwise, or nothing failed.
    """
    scores = [
        {item: [row.score for row in rows] for item, rows in by_item(run.items).items()} for run in (a, b)
    ]
    plain = _paired("mean of the items, not clipped", _means(scores[0]), _means(scores[1]), confidence)
    if plain is None:
        return ()
    clipped = [_means(run, lambda score: min(max(score, 0.0), 1.0)) for run in scores]
    per_item = _paired("every draw clipped to 0..100, then the mean", clipped[0], clipped[1], confidence)
    ends = [min(max(mean, 0.0), 1.0) for mean in (plain.mean_a, plain.mean_b)]
    after = Variant(
        rule="the mean clipped to 0..100",
        mean_a=ends[0],
        mean_b=ends[1],
        difference=ends[1] - ends[0],
        low=None,
        high=None,
        n_items=plain.n_items,
    )
    as_false = None
    if _has_failures(a) or _has_failures(b):
        failed_a, failed_b = _failures_as_false(a), _failures_as_false(b)
        if failed_a and failed_b:
            as_false = _paired(
                "judge failures and missing answers as not met", failed_a, failed_b, confidence
            )
    return tuple(variant for variant in (plain, after, per_item, as_false) if variant is not None)


def _means(
    scores: Mapping[str, list[float | None]], change: Callable[[float], float] = lambda score: score
) -> dict[str, float]:
    means = {
        item: mean_of(None if score is None else change(score) for score in draws)
        for item, draws in scores.items()
    }
    return {item: mean for item, mean in means.items() if not math.isnan(mean)}


def _paired(rule: str, a: Mapping[str, float], b: Mapping[str, float], confidence: float) -> Variant | None:
    ids = sorted(a.keys() & b.keys())
    if len(ids) < 2:
        return None
    values = np.array([[a[item], b[item]] for item in ids])
    difference = values[:, 1] - values[:, 0]
    low, high = t_interval(difference, confidence)
    means = values.mean(axis=0)
    return Variant(
        rule=rule,
        mean_a=float(means[0]),
        mean_b=float(means[1]),
        difference=float(difference.mean()),
        low=float(low),
        high=float(high),
        n_items=len(ids),
    )


def _failures_as_false(run: Run) -> dict[str, float] | None:
    """Item means with every hole as "not met" and every missing answer as 0; ``None`` if the rubric is scored otherwise."""
    draws: dict[str, list[float]] = {}
    for row in run.items:
        verdicts = run.verdicts_of.get((row.item_id, row.draw), [])
        holes = any(verdict.hole for verdict in verdicts)
        score = _met_over_positive(verdicts)
        if row.status == "failed":
            score = 0.0
        elif score is None or (not holes and not _agrees(row, score)):
            return None
        draws.setdefault(row.item_id, []).append(score)
    return {item: math.fsum(scores) / len(scores) for item, scores in draws.items()}


def _has_failures(run: Run) -> bool:
    return any(row.status == "failed" for row in run.items) or any(verdict.hole for verdict in run.verdicts)


def _agrees(row: ItemRow, score: float) -> bool:
    return row.score is not None and abs(row.score - score) < NEAR


def _met_over_positive(verdicts: list[VerdictRow]) -> float | None:
    """Points met over positive points, holes as not met; ``None`` without positive points."""
    counted = [verdict for verdict in verdicts if verdict.status != "not_applicable"]
    most = math.fsum(max(verdict.points, 0.0) for verdict in counted)
    if not most:
        return None
    return math.fsum(verdict.points * (verdict.score or 0.0) for verdict in counted) / most
