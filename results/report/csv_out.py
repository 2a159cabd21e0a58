"""Comparisons as CSV: a row a measure, figures unrounded and in their own unit (a score of 0.41, not 41 points). Pure."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, Final

from rvpo.results.records import Comparison, Effect, Size, TrainingRuns

COLUMNS: Final = (
    "a", "b", "run_a", "run_b", "family", "measure", "n_items", "mean_a", "mean_b", "difference", "low", "high",
    "confidence", "interval", "p_value", "p_holm", "wins", "ties", "losses", "seed", "d_z", "d_z_low", "d_z_high",
    "superiority", "odds_ratio", "odds_low", "odds_high", "clusters", "runs_a", "runs_b", "unit",
)  # fmt: skip


def to_csv(comparisons: Sequence[Comparison]) -> str:
    """The header, and a row for the score, every criterion, tag and scoring rule, and every other reading of training runs.

    Absent cells are empty.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for comparison in comparisons:
        writer.writerows([row.get(column) for column in COLUMNS] for row in _rows(comparison))
    return out.getvalue()


def _rows(c: Comparison) -> Iterator[Mapping[str, Any]]:
    pair = {"a": c.a, "b": c.b, "run_a": c.run_a, "run_b": c.run_b, "seed": c.seed}
    unit = {
        "confidence": c.confidence,
        "clusters": c.clusters,
        "runs_a": c.training.runs_a if c.training else None,
        "runs_b": c.training.runs_b if c.training else None,
        "unit": c.unit,
    }
    score = {"family": "score", "measure": "score"}
    yield pair | unit | score | _figures(c) | {"interval": _interval(c)}
    for family, effects in (("criterion", c.by_criterion), ("tag", c.by_tag)):
        for each in effects:
            named = {"family": family, "measure": each.name, "interval": each.interval}
            yield pair | unit | named | _figures(each)
    for reading in _readings(c.training) if c.training else ():
        yield pair | unit | score | {"family": "training runs", "difference": c.difference} | reading
    for rule in c.by_scoring:
        figures = {"mean_a": rule.a, "mean_b": rule.b, "difference": rule.difference}
        yield pair | {"family": "scoring", "measure": rule.name} | figures


def _figures(effect: Comparison | Effect) -> dict[str, Any]:
    names = (
        "n_items", "mean_a", "mean_b", "difference", "low", "high", "p_value", "p_holm", "wins", "ties", "losses",
    )  # fmt: skip
    found = {name: getattr(effect, name) for name in names}
    return found | {name: getattr(effect.size, name, None) for name in Size.__struct_fields__}


def _readings(runs: TrainingRuns) -> Iterator[dict[str, Any]]:
    """Kind, interval and p-value of every reading but the one that the comparison leads with."""
    yield {
        "interval": "runs and items, two-way variance",
        "low": runs.both_low,
        "high": runs.both_high,
        "p_value": runs.both_p,
    }
    yield {
        "interval": "hierarchical bootstrap",
        "low": runs.hierarchical_low,
        "high": runs.hierarchical_high,
    }
    yield {"interval": "regrouping of runs", "p_value": runs.p_randomised}
    yield {"interval": "items alone, runs fixed", "low": runs.items_low, "high": runs.items_high}


def _interval(c: Comparison) -> str:
    """The kind of the primary interval, as the method names it."""
    return c.method.split(" % ", 1)[-1].split(" interval", 1)[0]
