"""How well a rater agrees with others on met or not: pairwise F1 balanced over both classes, and Cohen's kappa. Pure.

A pair is one judgement of the rater and one label of somebody else on the same row; a row with three labels makes three.

- F1 of a class is the harmonic mean of precision and recall over all pairs, and is undefined unless the rater and the others
  each use the class at least once; the balanced F1 is the mean of "met" and "not met". Source: ``healthbench_meta_eval.py``
  (openai/simple-evals), ``pairwise_model_f1_balanced``.
- Kappa: Cohen (1960), ``(agreed - expected) / (1 - expected)``; undefined where chance alone agrees always.
- Intervals: percentile bootstrap over whole conversations, whose rows are not independent.

Shapes: P pairs; K conversations; the four counts of a table are met-met, met-not, not-met, not-not (rater first).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.results.stats.resample import bootstrap_means

Floats = NDArray[np.float64]
CONFIDENCE: Final = 0.95


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Of one rater with others; a figure is ``None`` where it is undefined."""

    pairs: int
    agreed: float | None
    """Share of pairs that say the same."""
    f1_met: float | None
    f1_not_met: float | None
    f1_balanced: float | None
    kappa: float | None
    f1_low: float | None = None
    """Interval of ``f1_balanced``..."""
    f1_high: float | None = None
    kappa_low: float | None = None
    """...and of ``kappa``; ``None`` below two conversations."""
    kappa_high: float | None = None


class Pairs(NamedTuple):
    """Pairs of judgements."""

    rater: NDArray[np.bool_]
    other: NDArray[np.bool_]
    conversation: NDArray[np.intp]
    """Number of the conversation, from 0."""


def agreement(pairs: Pairs, *, resamples: int = 0, seed: int = 0) -> Agreement:
    """Measure agreement.

    Args:
        pairs: Shape (P,) each.
        resamples: Of the bootstrap; 0 makes no intervals.
        seed: Of the bootstrap.
    """
    counts_K4 = _counts(pairs)
    table = counts_K4.sum(axis=0)[None, :]
    f1_met, f1_not, balanced, kappa = (float(each[0]) for each in (*f1_scores(table), kappas(table)))
    count = int(table.sum())
    found = Agreement(
        pairs=count,
        agreed=float(table[0, 0] + table[0, 3]) / count if count else None,
        f1_met=_known(f1_met),
        f1_not_met=_known(f1_not),
        f1_balanced=_known(balanced),
        kappa=_known(kappa),
    )
    if not resamples or len(counts_K4) < 2:
        return found
    means_B4 = bootstrap_means(counts_K4, resamples, np.random.default_rng(seed))
    f1_low, f1_high = _interval(f1_scores(means_B4)[2])
    kappa_low, kappa_high = _interval(kappas(means_B4))
    return msgspec.structs.replace(
        found, f1_low=f1_low, f1_high=f1_high, kappa_low=kappa_low, kappa_high=kappa_high
    )


def f1_scores(tables_B4: Floats) -> tuple[Floats, Floats, Floats]:
    """F1 of met, of not met, and their mean: shape (B,) each, NaN where undefined."""
    both, only_rater, only_other, neither = tables_B4.T
    met = _f1(both, only_rater, only_other)
    not_met = _f1(neither, only_other, only_rater)
    return met, not_met, (met + not_met) / 2


def kappas(tables_B4: Floats) -> Floats:
    """Cohen's kappa: shape (B,), NaN where undefined."""
    both, only_rater, only_other, neither = tables_B4.T
    total = tables_B4.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        agreed = (both + neither) / total
        rater, other = (both + only_rater) / total, (both + only_other) / total
        expected = rater * other + (1 - rater) * (1 - other)
        found: Floats = np.where(expected < 1, (agreed - expected) / (1 - expected), np.nan)
    return found


def pairs_of(rater: Sequence[bool], others: Sequence[Sequence[bool]], conversations: Sequence[str]) -> Pairs:
    """Pairs of a rater's judgements with every label of others on the same row."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(conversations))}
    flat = [
        (mine, theirs, numbers[name])
        for mine, labels, name in zip(rater, others, conversations, strict=True)
        for theirs in labels
    ]
    mine, theirs, names = zip(*flat, strict=True) if flat else ((), (), ())
    return Pairs(np.array(mine, dtype=bool), np.array(theirs, dtype=bool), np.array(names, dtype=np.intp))


def _counts(pairs: Pairs) -> Floats:
    """Counts of the four cells by conversation: shape (K, 4); conversations without a pair are left out."""
    _, number = np.unique(pairs.conversation, return_inverse=True)
    cell = 3 - 2 * pairs.rater.astype(np.intp) - pairs.other
    size = int(number.max(initial=-1)) + 1
    counts: Floats = np.bincount(number * 4 + cell, minlength=4 * size).reshape(-1, 4).astype(np.float64)
    return counts


def _f1(hit: Floats, only_rater: Floats, only_other: Floats) -> Floats:
    said, true = hit + only_rater, hit + only_other
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where((said > 0) & (true > 0), 2 * hit / (said + true), np.nan)
    return found


def _interval(values_B: Floats) -> tuple[float | None, float | None]:
    known = values_B[~np.isnan(values_B)]
    if not len(known):
        return None, None
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
