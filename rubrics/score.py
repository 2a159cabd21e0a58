"""Verdicts -> scores, by the HealthBench rule (openai/simple-evals, ``healthbench_eval.py``). Pure.

The rule: the points of what a reply earns over the sum of the positive points; not clipped, so it may be negative;
a tag's score is the same over the criteria that carry it, and a prompt's own tags take the prompt's score.
Departures, each without effect on HealthBench's own data and whole verdicts:

- Points are earned by *goodness* (polarity applied), so a pitfall worded "avoids X" with negative points costs
  when it is not met. HealthBench words all of them so that meeting is bad, which is ``met_is_bad`` here.
- A verdict may lie between not met and met, and then counts in part.
- A verdict may be missing. The score is then over what was judged, its points alone in the denominator, and comes
  with its coverage and with the bounds that the whole rubric's score keeps however the holes would have come out.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.schema import Criterion, Rubric

Clip = Literal["after_mean", "per_item", "none"]


@dataclass(frozen=True, slots=True)
class RubricScore:
    """One reply's score on one rubric."""

    score: float | None
    """Over what was judged; ``None`` when no positive points were."""
    coverage: float
    """Share of the absolute points that was judged, in [0, 1]."""
    low: float | None
    """The whole rubric's score if every hole had come out worst..."""
    high: float | None
    """...and best; ``None`` for a rubric without positive points."""
    by_tag: Mapping[str, float]
    """Score of every tag with positive points judged."""


class TagScore(NamedTuple):
    """A tag's mean over a data set."""

    mean: float
    n: int
    """Rows that have a score for the tag."""


def score_rubric(rubric: Rubric, met: Sequence[bool | float | None]) -> RubricScore:
    """Score one reply.

    Args:
        rubric: The rubric.
        met: How far each criterion is met, in the rubric's order and without polarity: a boolean or a number in
            [0, 1]; ``None`` or NaN where the judge failed.

    Raises:
        RubricError: ``met`` has another length than the rubric, or a value outside [0, 1].
    """
    if len(met) != len(rubric.criteria):
        raise RubricError(
            f"{len(met)} verdicts for the {len(rubric.criteria)} criteria of rubric {rubric.id!r}"
        )
    judged = [_judged(criterion, value) for criterion, value in zip(rubric.criteria, met, strict=True)]
    score = _score(judged)
    low, high = _bounds(judged)
    by_tag = dict.fromkeys(rubric.tags, score)
    by_tag |= {tag: _score(members) for tag, members in _by_tag(rubric, judged).items()}
    known = {tag: value for tag, value in by_tag.items() if value is not None}
    return RubricScore(score, _coverage(judged), low, high, known)


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


class _Judged(NamedTuple):
    points: float
    earned: float | None
    """Points earned, negative for a fault; ``None`` is a hole."""


def _judged(criterion: Criterion, met: float | None) -> _Judged:
    if met is None or math.isnan(met):
        return _Judged(criterion.points, None)
    if not 0.0 <= met <= 1.0:
        raise RubricError(f"criterion {criterion.id!r}: got met {met!r}, allowed true, false, null or 0 to 1")
    good = criterion.goodness(float(met))
    return _Judged(criterion.points, criterion.points * (good if criterion.points > 0 else 1.0 - good))


def _score(judged: Iterable[_Judged]) -> float | None:
    positive = earned = 0.0
    for each in judged:
        if each.earned is not None:
            positive += max(each.points, 0.0)
            earned += each.earned
    return earned / positive if positive > 0 else None


def _bounds(judged: Sequence[_Judged]) -> tuple[float | None, float | None]:
    positive = sum(max(each.points, 0.0) for each in judged)
    if positive <= 0:
        return None, None
    worst = sum(min(each.points, 0.0) if each.earned is None else each.earned for each in judged)
    best = sum(max(each.points, 0.0) if each.earned is None else each.earned for each in judged)
    return worst / positive, best / positive


def _coverage(judged: Sequence[_Judged]) -> float:
    """By points; by count where no criterion has points."""
    if not any(each.points for each in judged):
        return sum(each.earned is not None for each in judged) / len(judged)
    known = sum(abs(each.points) for each in judged if each.earned is not None)
    return known / sum(abs(each.points) for each in judged)


def _by_tag(rubric: Rubric, judged: Sequence[_Judged]) -> dict[str, list[_Judged]]:
    members: dict[str, list[_Judged]] = {}
    for criterion, each in zip(rubric.criteria, judged, strict=True):
        for tag in criterion.tags:
            members.setdefault(tag, []).append(each)
    return members


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
