"""Correcting a biased judge with a few human labels: PPI++ on items and on rubric criteria. Pure.

With F_i the judge's difference B - A of item i, and Y_i the humans' on n labelled items,

    estimate = mean_labelled(Y) + lambda (mean_unlabelled(F) - mean_labelled(F))
    se^2     = var_labelled(Y - lambda F) / n + lambda^2 var_unlabelled(F) / N
    lambda   = cov_labelled(Y, F) / ((1 + n / N) var(F)),  clipped to [0, 1]

(Angelopoulos, Duchi & Zrnic 2023, PPI++: eq. 2 and 6 for a mean). The judge may be biased in any way; what must hold is
that the labelled items are a random sample of all. lambda = 0 is the humans alone, 1 is prediction-powered inference.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.inference import Floats, Inference, check_level, same_length
from rvpo.results.stats.paired import paired_t

FEW = 30
"""Labelled items below which the normal theory behind PPI++ is shaky."""


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """A difference by the judge, by the humans, and by both together."""

    judge: Inference
    """All items, judge only: biased if the judge favours one side."""
    humans: Inference
    """Labelled items, humans only: unbiased and wide."""
    corrected: Inference
    """PPI++: unbiased, and no wider than the humans alone (but for estimating lambda)."""
    bias: Inference
    """Judge minus humans on the labelled items: an interval off zero shows a judge that favours one side."""
    weight: float
    """lambda: how far the judge is listened to."""
    correlation: float
    """Of judge and humans over labelled items; NaN if either does not vary."""
    labelled: int
    unlabelled: int


def ppi_difference(judge_N: ArrayLike, human_N: ArrayLike, confidence: float = 0.95) -> Corrected:
    """PPI++ estimate of the mean difference B - A over items.

    Args:
        judge_N: the judge's difference of every item; NaN is a hole.
        human_N: the humans' difference, NaN where nobody labelled. Labelled items must be a random sample.
        confidence: of the intervals.

    Raises:
        ResultsError: lengths differ, an infinite value, or fewer than two labelled items.
    """
    judge, human = np.asarray(judge_N, dtype=float), np.asarray(human_N, dtype=float)
    same_length(judge, human, what="judge and human differences")
    return _corrected(judge, human, judge, confidence)


def ppi_criteria(
    items: Sequence[object],
    points: ArrayLike,
    *,
    judge_a: ArrayLike,
    judge_b: ArrayLike,
    human_a: ArrayLike,
    human_b: ArrayLike,
    confidence: float = 0.95,
) -> Corrected:
    """PPI++ estimate of the mean difference of rubric scores, from labels on single criteria.

    An item's score is the points of its met criteria over its positive points, unclipped (HealthBench); criteria with
    negative points count against it. Where only some criteria of an item are labelled, the labelled ones stand for the
    others of the item by expansion, (criteria / labelled) times their sum: unbiased if they are a random sample.

    Args:
        items: item of every row; one row is one criterion.
        points: of the criterion; negative is a fault.
        judge_a: how far A met it by the judge, 0..1; NaN is a hole, and leaves the row out.
        judge_b: the same of B.
        human_a: by the humans; NaN where nobody labelled.
        human_b: the same of B.
        confidence: of the intervals.

    Raises:
        ResultsError: lengths differ, an item without positive points, or fewer than two labelled items.
    """
    columns = [np.asarray(values, dtype=float) for values in (points, judge_a, judge_b, human_a, human_b)]
    for column in columns:
        same_length(items, column, what="criteria")
    numbers: dict[object, int] = {}
    codes = np.array([numbers.setdefault(item, len(numbers)) for item in items], dtype=np.intp)
    count = len(numbers)
    weight, here, labelled = _weights(columns, codes, list(numbers))
    by_judge = weight * (columns[2] - columns[1])
    by_human = weight * (columns[4] - columns[3])

    def total(values: Floats, rows: np.ndarray) -> Floats:
        return np.bincount(codes[rows], weights=values[rows], minlength=count).astype(float)

    rows = np.bincount(codes[here], minlength=count)
    marked = np.bincount(codes[labelled], minlength=count)
    full = np.where(rows > 0, total(by_judge, here), np.nan)
    factor = np.where(marked > 0, rows / np.maximum(marked, 1), np.nan)
    return _corrected(
        full, factor * total(by_human, labelled), factor * total(by_judge, labelled), confidence
    )


def _weights(
    columns: list[Floats], codes: np.ndarray, names: list[object]
) -> tuple[Floats, np.ndarray, np.ndarray]:
    """Points over the item's positive points, which rows are judged, and which of those are labelled."""
    points = columns[0]
    if np.isnan(points).any():
        raise ResultsError(f"criteria: row {int(np.argmax(np.isnan(points)))} has no points")
    positive = np.bincount(codes, weights=np.maximum(points, 0.0), minlength=len(names))
    if (positive <= 0).any():
        raise ResultsError(f"criteria: item {names[int(np.argmax(positive <= 0))]!r} has no positive points")
    here = ~np.isnan(columns[1] + columns[2])
    labelled = here & ~np.isnan(columns[3] + columns[4])
    return points / positive[codes], here, labelled


def _corrected(judge: Floats, human: Floats, shadow: Floats, confidence: float) -> Corrected:
    """``shadow`` is the judge's difference on what the humans labelled of the item: what ``human`` is paired with."""
    from scipy.special import ndtr, ndtri

    if np.isinf(judge).any() or np.isinf(human).any():
        raise ResultsError("judge and human differences: an infinite value; finite or NaN is allowed")
    judged = ~np.isnan(judge)
    marked = judged & ~np.isnan(human)
    y, f, rest = human[marked], shadow[marked], judge[judged & ~marked]
    n, big = len(y), len(rest)
    if n < 2:
        raise ResultsError(f"human labels: {n} items are labelled and judged; at least 2 are needed")
    weight = _lambda(y, f, judge[judged], n, big)
    estimate = float(y.mean()) + (weight * float(rest.mean() - f.mean()) if big else 0.0)
    variance = float((y - weight * f).var(ddof=1)) / n
    if big > 1:
        variance += weight**2 * float(rest.var(ddof=1)) / big
    se = variance**0.5
    half = float(ndtri((1 + check_level(confidence)) / 2)) * se
    varies = y.std() > 0 and f.std() > 0
    return Corrected(
        judge=paired_t(judge, confidence),
        humans=paired_t(y, confidence),
        corrected=Inference(
            method="PPI++, normal, two-sided",
            n=n + big,
            estimate=estimate,
            se=se,
            low=estimate - half,
            high=estimate + half,
            confidence=confidence,
            statistic=estimate / se if se else float("nan"),
            p_value=2 * float(ndtr(-abs(estimate / se))) if se else float("nan"),
            notes=(f"only {n} labelled items: below {FEW} the interval is too narrow",) if n < FEW else (),
        ),
        bias=paired_t(f - y, confidence),
        weight=weight,
        correlation=float(np.corrcoef(y, f)[0, 1]) if varies else float("nan"),
        labelled=n,
        unlabelled=big,
    )


def _lambda(y: Floats, f: Floats, everything: Floats, n: int, big: int) -> float:
    spread = float(everything.var(ddof=1))
    if big < 2 or spread <= 0:
        return 0.0
    covariance = float(np.cov(y, f)[0, 1])
    return float(np.clip(covariance / ((1 + n / big) * spread), 0.0, 1.0))
