"""Comparisons as CSV: a row a measure, figures unrounded and in their own unit (a score of 0.41, not 41 points). Pure."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, Final

from rvpo.results.records import Comparison, Effect

COLUMNS: Final = (
    "a", "b", "run_a", "run_b", "family", "measure", "n_items", "mean_a", "mean_b", "difference", "low", "high",
    "confidence", "interval", "p_value", "p_holm", "wins", "ties", "losses", "seed",
)  # fmt: skip


def to_csv(comparisons: Sequence[Comparison]) -> str:
    """The header and a row for the score, every criterion and every tag of each comparison; absent cells are empty."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for comparison in comparisons:
        writer.writerows(_rows(comparison))
    return out.getvalue()


def _rows(c: Comparison) -> Iterator[list[Any]]:
    yield _row(c, "score", "score", c, _interval(c))
    for family, effects in (("criterion", c.by_criterion), ("tag", c.by_tag)):
        for effect in effects:
            yield _row(c, family, effect.name, effect, effect.interval)


def _row(c: Comparison, family: str, measure: str, effect: Comparison | Effect, interval: str) -> list[Any]:
    return [
        c.a, c.b, c.run_a, c.run_b, family, measure, effect.n_items, effect.mean_a, effect.mean_b, effect.difference,
        effect.low, effect.high, c.confidence, interval, effect.p_value, effect.p_holm, effect.wins, effect.ties,
        effect.losses, c.seed,
    ]  # fmt: skip


def _interval(c: Comparison) -> str:
    """The kind of the primary interval, as the method names it."""
    return c.method.split(" % ", 1)[-1].split(" interval", 1)[0]
