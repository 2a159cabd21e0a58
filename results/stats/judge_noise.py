"""How much of a difference is the judge: re-judging the same responses, and asking several judges. Pure.

Neither shows a bias that all calls share: for that there are human labels (``ppi.py``).
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.clusters import cluster_mean
from rvpo.results.stats.inference import Inference, check_level, matrix
from rvpo.results.stats.paired import paired_t


class JudgeNoise(msgspec.Struct, frozen=True, kw_only=True):
    """What re-judging the same responses shows."""

    n: int
    """Responses with two calls or more."""
    calls: float
    """Harmonic mean of the calls a response."""
    variance: float
    """Of one call about the response's mean over calls."""
    between: float
    """Of the responses' true means, judge noise taken off; not below 0."""
    reliability: float
    """``between / (between + variance)``: how well one call ranks responses (ICC(1)); NaN if nothing varies."""
    flips: float
    """Chance that two calls on one response differ at all."""
    se: float
    """What the judge's luck puts into the mean over these responses."""
    share: float
    """Of the variance of that mean (judge / (judge + responses)); NaN if nothing varies."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One judge's row of the sensitivity table."""

    judge: str
    result: Inference
    winner: str
    """``A``, ``B``, or ``undecided`` when the interval holds 0."""


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """The same comparison under each judge."""

    rows: tuple[Judged, ...]
    holds: bool
    """Whether every judge names the same winner, and none is undecided."""
    spread: float
    """Largest minus smallest difference."""
    between: float
    """Standard deviation of the judges' differences; NaN with one judge."""


def judge_noise(scores_NM: ArrayLike) -> JudgeNoise:
    """Variance of re-judging the same responses (one-way analysis of variance; unequal calls allowed).

    Args:
        scores_NM: responses by calls; NaN is a call that failed or was not made.

    Raises:
        ResultsError: fewer than two responses were judged twice.
    """
    x = matrix(scores_NM, what="re-judged scores")
    counts = (~np.isnan(x)).sum(axis=1)
    x, counts = x[counts >= 2], counts[counts >= 2]
    if len(x) < 2:
        raise ResultsError(f"re-judged scores: {len(x)} responses have two calls; at least 2 are needed")
    means = np.nanmean(x, axis=1)
    variance = float(np.nansum((x - means[:, None]) ** 2) / np.sum(counts - 1))
    inverse = float(np.mean(1 / counts))
    between = max(0.0, float(means.var(ddof=1)) - variance * inverse)
    of_judge, of_both = variance * inverse, variance * inverse + between
    return JudgeNoise(
        n=len(x),
        calls=1 / inverse,
        variance=variance,
        between=between,
        reliability=between / (between + variance) if between + variance else float("nan"),
        flips=float(np.mean([_differ(row[~np.isnan(row)]) for row in x])),
        se=float(np.sqrt(of_judge / len(x))),
        share=of_judge / of_both if of_both else float("nan"),
    )


def judge_sensitivity(
    differences: Mapping[str, ArrayLike],
    confidence: float = 0.95,
    *,
    clusters: Sequence[object] | None = None,
) -> Sensitivity:
    """The paired comparison under each judge; a winner must hold under all of them.

    All rows keep the same level: asking that *every* judge agrees only makes a claim harder (an intersection-union
    test, Berger 1982), so nothing is adjusted.

    Args:
        differences: item differences B - A by judge; NaN is a hole.
        confidence: of each interval.
        clusters: of the items, if they are not independent.

    Raises:
        ResultsError: no judge, or one with fewer than two differences.
    """
    if not differences:
        raise ResultsError("judge sensitivity: no judge was given")
    check_level(confidence)
    rows = []
    for judge, values in differences.items():
        found = (
            paired_t(values, confidence) if clusters is None else cluster_mean(values, clusters, confidence)
        )
        rows.append(Judged(judge=judge, result=found, winner=_winner(found)))
    estimates = [row.result.estimate or 0.0 for row in rows]
    winners = {row.winner for row in rows}
    return Sensitivity(
        rows=tuple(rows),
        holds=len(winners) == 1 and "undecided" not in winners,
        spread=max(estimates) - min(estimates),
        between=float(np.std(estimates, ddof=1)) if len(estimates) > 1 else float("nan"),
    )


def _winner(found: Inference) -> str:
    if found.low is None or found.high is None or found.low <= 0 <= found.high:
        return "undecided"
    return "B" if found.low > 0 else "A"


def _differ(calls: np.ndarray) -> float:
    """Share of pairs of calls that differ."""
    left, right = np.triu_indices(len(calls), 1)
    return float(np.mean(np.abs(calls[left] - calls[right]) > 1e-9))
