"""Verdicts -> scores. Pure. The HealthBench rule (openai/simple-evals, ``healthbench_eval.py``) unless a rubric says else.

The rule: the points of what a reply earns over the sum of the positive points; not clipped, so it may be negative;
a tag's score is the same over the criteria that carry it, and a prompt's own tags take the prompt's score.
Departures, each without effect on HealthBench's own data and whole verdicts:

- Points are earned by *goodness* (polarity applied), so a pitfall worded "avoids X" with negative points costs
  when it is not met. HealthBench's own are ``met_is_bad``, all of them (see ``formats/healthbench.py``).
- A verdict may lie between not met and met, and then counts in part.
- A verdict may be missing. The score is then over what was judged, its points alone in the denominator, and comes
  with its coverage and with the bounds that the whole rubric's score keeps however the holes would have come out.
- A criterion may not apply (``NOT_APPLICABLE``). It is then no part of the rubric for this reply.
- A gate that fails (a ``required`` criterion less than half met, a ``veto`` at least half met) leaves a score of at
  most 0; an unjudged gate only lowers the lower bound.

``aggregate.normalise`` may choose another rule: ``rar``, the explicit form of Rubrics as Rewards (arXiv 2507.17746):
the category weights' share of what is good, the stored points unused; ``plain``: the mean reward, by equal weights or
by points. Both lie in [0, 1] and know no negative points: a fault that is avoided earns what a virtue does.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, NamedTuple

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.schema.rubric import CATEGORIES

Clip = Literal["after_mean", "per_item", "none"]

RAR_WEIGHTS: Final = dict(zip(CATEGORIES, (1.0, 0.7, 0.3, 0.9), strict=True))
"""Weight of each category tag in ``normalise: rar`` (arXiv 2507.17746, explicit aggregation)."""

SILENCES: Final = "lint:"
"""How tags begin that speak to ``rvpo rubric lint``: they have no score."""

GATE_PASSES_AT: Final = 0.5
"""How good a gate's verdict must be for it to open."""


class Sentinel(Enum):
    """What stands in place of a verdict."""

    NOT_APPLICABLE = "n/a"


NOT_APPLICABLE: Final = Sentinel.NOT_APPLICABLE
"""The judge says that the criterion does not apply to this reply: no hole, and no score either."""

Met = bool | float | None | Literal[Sentinel.NOT_APPLICABLE]
"""How far a criterion is met, in [0, 1]; ``None`` or NaN: the judge failed."""


@dataclass(frozen=True, slots=True)
class RubricScore:
    """One reply's score on one rubric."""

    score: float | None
    """Over what was judged; ``None`` when nothing was that could earn anything."""
    coverage: float
    """Share of the absolute points that was judged, in [0, 1]."""
    low: float | None
    """The whole rubric's score if every hole had come out worst..."""
    high: float | None
    """...and best; ``None`` for a rubric in which nothing can be earned."""
    by_tag: Mapping[str, float]
    """Score of every tag with positive points judged."""
    failed_gates: tuple[str, ...] = ()
    """Ids of the gates that hold the score down."""


class TagScore(NamedTuple):
    """A tag's mean over a data set."""

    mean: float
    n: int
    """Rows that have a score for the tag."""


class Judged(NamedTuple):
    """A criterion that applies to a reply, and what was said of it."""

    id: str
    worst: float
    """What it adds to the score's numerator at worst..."""
    best: float
    """...and at best, which is its share of the denominator."""
    good: float | None
    """How good the reply is by it, polarity applied, in [0, 1]; ``None`` is a hole."""
    gate: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def earned(self) -> float:
        """Between worst and best; a fault half avoided costs half."""
        assert self.good is not None
        return self.worst + self.good * (self.best - self.worst)


def score_rubric(rubric: Rubric, met: Sequence[Met]) -> RubricScore:
    """Score one reply.

    Args:
        rubric: The rubric.
        met: How far each criterion is met, in the rubric's order and without polarity: a boolean or a number in
            [0, 1]; ``None`` or NaN where the judge failed; ``NOT_APPLICABLE`` where the criterion does not apply.

    Raises:
        RubricError: ``met`` has another length than the rubric, or a value outside [0, 1].
    """
    if len(met) != len(rubric.criteria):
        raise RubricError(
            f"{len(met)} verdicts for the {len(rubric.criteria)} criteria of rubric {rubric.id!r}"
        )
    judged = [
        _judged(criterion, span, value)
        for criterion, span, value in zip(rubric.criteria, earnings(rubric), met, strict=True)
        if value is not NOT_APPLICABLE
    ]
    return score_judged(judged, rubric.tags)


def score_judged(judged: Sequence[Judged], prompt_tags: Iterable[str] = ()) -> RubricScore:
    """Score one reply by what was said of each criterion that applies to it; ``score_rubric`` for stored verdicts.

    Args:
        judged: Every criterion that applies, with what it can earn.
        prompt_tags: Tags that take the prompt's score.
    """
    gates = [each for each in judged if each.gate is not None]
    failed = tuple(each.id for each in gates if not _opens(each.good, default=True))
    unsure = any(each.good is None for each in gates)
    low, high = _bounds(judged)
    score, high = _gated(_score(judged), failed), _gated(high, failed)
    by_tag = dict.fromkeys(prompt_tags, score)
    by_tag |= {tag: _score(members) for tag, members in _by_tag(judged).items()}
    return RubricScore(
        score=score,
        coverage=_coverage(judged),
        low=_gated(low, failed or unsure),
        high=high,
        by_tag={tag: value for tag, value in by_tag.items() if value is not None},
        failed_gates=failed,
    )


def whole_score(rubric: Rubric, good: Sequence[float]) -> float | None:
    """The ``score_rubric(...).score`` of a reply whose criteria all apply and are judged; its coverage is 1.

    Args:
        rubric: The rubric.
        good: How good the reply is by each criterion, polarity applied, in [0, 1].
    """
    possible = earned = 0.0
    for (worst, best), each in zip(earnings(rubric), good, strict=True):
        possible += best
        earned += worst + each * (best - worst)
    gates = [criterion.gate for criterion in rubric.criteria]
    closed = any(gates) and any(
        gate and each < GATE_PASSES_AT for gate, each in zip(gates, good, strict=True)
    )
    return _gated(earned / possible if possible > 0 else None, closed)


def earnings(rubric: Rubric) -> list[tuple[float, float]]:
    """What each criterion adds to the numerator at worst and at best; the best is its share of the denominator."""
    match rubric.aggregate.normalise:
        case "healthbench":
            points = [criterion.points for criterion in rubric.criteria]
            return [(0.0, each) if each > 0 else (each, 0.0) for each in points]
        case "rar":
            return [(0.0, _category_weight(criterion)) for criterion in rubric.criteria]
        case "plain":
            by_points = rubric.aggregate.weights == "points"
            weights = (abs(each.points) if by_points else float(each.points != 0) for each in rubric.criteria)
            return [(0.0, weight) for weight in weights]


def _category_weight(criterion: Criterion) -> float:
    return next(RAR_WEIGHTS[tag] for tag in criterion.tags if tag in RAR_WEIGHTS)


def score_dataset(scores: Iterable[RubricScore | float | None], clip: Clip = "after_mean") -> float | None:
    """Average the scores of a data set.

    Args:
        scores: A score for each reply; ``None`` (nothing could be judged) is left out of the mean.
        clip: ``after_mean`` clips the mean to [0, 1], as HealthBench does; ``per_item`` clips each score, which
            gives several points more; ``none`` leaves the mean as it is, to tell "0.000" from "far below".

    Returns:
        The mean, or ``None`` when no reply has a score.

    Raises:
        RubricError: ``clip`` is none of the three.
    """
    if clip not in {"after_mean", "per_item", "none"}:
        raise RubricError(f"clip: got {clip!r}, allowed after_mean | per_item | none")
    values = [each.score if isinstance(each, RubricScore) else each for each in scores]
    known = [_unit(value) if clip == "per_item" else value for value in values if value is not None]
    if not known:
        return None
    mean = math.fsum(known) / len(known)
    return _unit(mean) if clip == "after_mean" else mean


def score_dataset_tags(
    by_tags: Iterable[RubricScore | Mapping[str, float]], clip: Clip = "after_mean"
) -> dict[str, TagScore]:
    """Average every tag over the replies that have a score for it, sorted by tag; ``clip`` as in ``score_dataset``."""
    values: dict[str, list[float]] = {}
    for each in by_tags:
        for tag, value in (each.by_tag if isinstance(each, RubricScore) else each).items():
            values.setdefault(tag, []).append(value)
    means = ((tag, score_dataset(values[tag], clip), len(values[tag])) for tag in sorted(values))
    return {tag: TagScore(mean, n) for tag, mean, n in means if mean is not None}


def _judged(criterion: Criterion, span: tuple[float, float], met: float | None) -> Judged:
    worst, best = span
    good = None
    if met is not None and not math.isnan(met):
        if not 0.0 <= met <= 1.0:
            raise RubricError(
                f"criterion {criterion.id!r}: got met {met!r}, allowed true, false, null or 0 to 1"
            )
        good = criterion.goodness(float(met))
    return Judged(criterion.id, worst, best, good, criterion.gate, criterion.tags)


def _opens(good: float | None, *, default: bool) -> bool:
    return default if good is None else good >= GATE_PASSES_AT


def _gated(score: float | None, closed: object) -> float | None:
    return min(score, 0.0) if closed and score is not None else score


def _score(judged: Iterable[Judged]) -> float | None:
    possible = earned = 0.0
    for each in judged:
        if each.good is not None:
            possible += each.best
            earned += each.earned
    return earned / possible if possible > 0 else None


def _bounds(judged: Sequence[Judged]) -> tuple[float | None, float | None]:
    possible = sum(each.best for each in judged)
    if possible <= 0:
        return None, None
    worst = sum(each.worst if each.good is None else each.earned for each in judged)
    best = sum(each.best if each.good is None else each.earned for each in judged)
    return worst / possible, best / possible


def _coverage(judged: Sequence[Judged]) -> float:
    """By points; by count where no criterion has points; whole where nothing applies."""
    spans = [each.best - each.worst for each in judged]
    if not any(spans):
        spans = [1.0] * len(judged)
    known = sum(span for span, each in zip(spans, judged, strict=True) if each.good is not None)
    return known / sum(spans) if judged else 1.0


def _by_tag(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    members: dict[str, list[Judged]] = {}
    for each in judged:
        for tag in each.tags:
            if tag.startswith(SILENCES):
                continue
            members.setdefault(tag, []).append(each)
    return members


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
