"""A judge examined: its verdicts against physicians', and physicians against each other as what can be reached. Pure.

The judge's agreement is pooled over all its pairs (simple-evals' score), and per category; the mean over categories is
what the HealthBench paper's table 5 shows (arXiv 2505.08775, section 8.1). Physicians are compared each with the others on
the same row; a category's figure is their mean weighted by the size of each one's table, as there. Rows on which the
judge failed are counted and in no figure of the judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import msgspec

from rvpo.harness.healthbench.agreement import Agreement, agreement, pairs_of
from rvpo.harness.healthbench.meta_rows import MetaRow
from rvpo.judges.reliability import Bin, Error, error_of, reliability

MET_AT = 0.5
"""A score from here on counts as "met" where met or not is asked."""


class CategoryAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """One category's figures."""

    rows: int
    judge: Agreement
    physicians_f1: float | None
    """Balanced F1 of physicians with each other, weighted over them."""


class Probabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the judge's scores are worth as probabilities of a physician's "met"."""

    error: Error
    curve: tuple[Bin, ...]


class MetaEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How a judge does against physicians."""

    rows: int
    judged: int
    failed: int
    """Rows that the judge left open; they are in no figure of its."""
    conversations: int
    physicians: int
    judge: Agreement
    between_physicians: Agreement
    """All ordered pairs of physicians on a row, pooled: the ceiling of ``judge``."""
    mean_over_categories: float | None
    """Of the judge's balanced F1..."""
    physicians_mean_over_categories: float | None
    """...and of physicians'."""
    categories: Mapping[str, CategoryAgreement]
    probabilities: Probabilities | None = None
    """``None`` where the judge gives verdicts only."""
    resamples: int
    seed: int
    notes: tuple[str, ...] = ()


def meta_evaluation(
    rows: Sequence[MetaRow],
    scores: Sequence[float | None],
    *,
    resamples: int = 2_000,
    seed: int = 0,
    notes: Sequence[str] = (),
) -> MetaEvaluation:
    """Compare a judge with physicians.

    Args:
        rows: The rows.
        scores: The judge's score of each, in [0, 1]; ``None`` where it failed.
        resamples: Of the bootstrap over conversations.
        seed: Of the bootstrap.
        notes: What a reader must know.
    """
    judged = [(row, score) for row, score in zip(rows, scores, strict=True) if score is not None]
    names = sorted({row.category for row in rows})
    categories = {
        name: CategoryAgreement(
            rows=sum(row.category == name for row in rows),
            judge=_judge(((row, score) for row, score in judged if row.category == name), resamples, seed),
            physicians_f1=_weighted_f1([row for row in rows if row.category == name]),
        )
        for name in names
    }
    return MetaEvaluation(
        rows=len(rows),
        judged=len(judged),
        failed=len(rows) - len(judged),
        conversations=len({row.conversation for row in rows}),
        physicians=len({name for row in rows for name in row.physicians}),
        judge=_judge(judged, resamples, seed),
        between_physicians=_between(rows, resamples, seed),
        mean_over_categories=_mean(each.judge.f1_balanced for each in categories.values()),
        physicians_mean_over_categories=_mean(each.physicians_f1 for each in categories.values()),
        categories=categories,
        probabilities=_probabilities(judged),
        resamples=resamples,
        seed=seed,
        notes=tuple(notes),
    )


def _judge(judged: Iterable[tuple[MetaRow, float]], resamples: int, seed: int) -> Agreement:
    rows = list(judged)
    pairs = pairs_of(
        [score >= MET_AT for _, score in rows],
        [row.labels for row, _ in rows],
        [row.conversation for row, _ in rows],
    )
    return agreement(pairs, resamples=resamples, seed=seed)


def _between(rows: Iterable[MetaRow], resamples: int, seed: int) -> Agreement:
    """Every physician as the rater once, on every row with another."""
    each = [
        (row.labels[place], row.labels[:place] + row.labels[place + 1 :], row.conversation)
        for row in rows
        for place in range(len(row.labels))
    ]
    pairs = pairs_of(
        [mine for mine, _, _ in each], [rest for _, rest, _ in each], [name for _, _, name in each]
    )
    return agreement(pairs, resamples=resamples, seed=seed)


def _weighted_f1(rows: Sequence[MetaRow]) -> float | None:
    """Mean of each physician's balanced F1 with the others, weighted by the pairs that it rests on.

    Of a physician the weight is, as in simple-evals, hits and misses of both classes: each class's pairs in which
    either side says it.
    """
    by_physician: dict[str, tuple[list[bool], list[Sequence[bool]]]] = {}
    for row in rows:
        for place, name in enumerate(row.physicians):
            mine, others = by_physician.setdefault(name, ([], []))
            mine.append(row.labels[place])
            others.append(row.labels[:place] + row.labels[place + 1 :])
    weights, values = [], []
    for mine, others in by_physician.values():
        pairs = pairs_of(mine, others, [""] * len(mine))
        found = agreement(pairs).f1_balanced
        if found is not None:
            values.append(found)
            weights.append(len(pairs.rater) + int((pairs.rater != pairs.other).sum()))
    return sum(map(float.__mul__, values, map(float, weights))) / sum(weights) if weights else None


def _probabilities(judged: Sequence[tuple[MetaRow, float]]) -> Probabilities | None:
    if all(score in {0.0, 1.0} for _, score in judged):
        return None
    p = [score for row, score in judged for _ in row.labels]
    met = [label for row, _ in judged for label in row.labels]
    return Probabilities(error=error_of(p, met), curve=reliability(p, met))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
