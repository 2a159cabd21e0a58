"""Verdicts -> reward vector. Pure: a failed judgement is NaN and ``None`` here, whatever its cause.

So is a criterion that does not apply; ``RewardVector.applicable`` tells the two apart.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

import msgspec
import numpy as np

from rvpo.judges.asking import all_plain
from rvpo.judges.errors import CallFailed
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity, JudgeRequest, RewardVector, Usage, Verdict
from rvpo.rubrics import Rubric, RuleOutcome, criterion_hash, rubric_hash, score_rubric

RULES: Final = JudgeIdentity(kind="rule")


class RubricPlan:
    """What is computed once for a rubric, however many responses it judges, and no sooner than it is needed."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.names = tuple([criterion.id for criterion in rubric.criteria])
        self.all_plain = all_plain(rubric.criteria)
        polarities = [criterion.polarity for criterion in rubric.criteria]
        self.faults = tuple([place for place, each in enumerate(polarities) if each == "met_is_bad"])
        """Places of the criteria that are bad to meet."""

    @cached_property
    def rubric_hash(self) -> str:
        """Of all that it says."""
        return rubric_hash(self.rubric)

    @cached_property
    def criterion_hashes(self) -> tuple[str, ...]:
        """Of each criterion, as a judge sees it."""
        return tuple(criterion_hash(self.rubric, criterion) for criterion in self.rubric.criteria)

    @cached_property
    def llm_places(self) -> tuple[int, ...]:
        """Of the criteria that a judge answers."""
        return tuple(place for place, each in enumerate(self.rubric.criteria) if each.kind == "llm")


class _Judged(msgspec.Struct, frozen=True, gc=False):
    """Behind a vector that was judged here."""

    plan: RubricPlan
    verdicts: tuple[Verdict, ...]

    @property
    def rubric_hash(self) -> str:
        """See ``Behind``."""
        return self.plan.rubric_hash


def rule_verdict(plan: RubricPlan, place: int, outcome: RuleOutcome) -> Verdict:
    """The verdict of a rule: free, and a hole when the rule itself failed."""
    return Verdict(
        criterion_id=plan.names[place],
        score=outcome.met,
        status="rule_failed" if outcome.met is None else "ok",
        explanation=outcome.reason,
        usd=0.0,
        judge=RULES,
        criterion_hash=plan.criterion_hashes[place],
    )


def hole(plan: RubricPlan, place: int, judge: JudgeIdentity, failed: CallFailed) -> Verdict:
    """The verdict where the judge failed."""
    return Verdict(
        criterion_id=plan.names[place],
        score=None,
        status=failed.status,
        explanation=failed.detail,
        attempts=failed.attempts,
        judge=judge,
        criterion_hash=plan.criterion_hashes[place],
    )


class Paid(NamedTuple):
    """What a verdict took whose call was made for it."""

    usd: float | None
    attempts: int


def answered(
    plan: RubricPlan,
    place: int,
    judge: JudgeIdentity,
    key: bytes,
    reading: Reading,
    *,
    usage: Usage,
    paid: Paid | None = None,
) -> Verdict:
    """The verdict of a reply under this key as its criterion reads it; without ``paid`` it was there, and is free."""
    if reading.model and reading.model != judge.model:
        judge = _as_answered(judge, reading.model)
    usd, attempts = paid or (0.0, 0)
    return Verdict(
        criterion_id=plan.names[place],
        score=reading.score,
        status=reading.status,
        answer=reading.answer,
        p_met=reading.p_met,
        explanation=reading.explanation,
        evidence=reading.evidence,
        usage=usage,
        usd=usd,
        cached=paid is None,
        attempts=attempts,
        judge=judge,
        criterion_hash=plan.criterion_hashes[place],
        request_key=key.hex(),
    )


@lru_cache(maxsize=64)
def _as_answered(judge: JudgeIdentity, model: str) -> JudgeIdentity:
    """One record for all verdicts of a model, not one for each."""
    return msgspec.structs.replace(judge, model_returned=model)


def build_vector(request: JudgeRequest, plan: RubricPlan, verdicts: Sequence[Verdict]) -> RewardVector:
    """Put verdicts, in the rubric's order, into a reward vector."""
    criteria = request.rubric.criteria
    scored = score_rubric(request.rubric, [verdict.met for verdict in verdicts])
    values = [
        np.nan if verdict.score is None else criterion.goodness(verdict.score)
        for criterion, verdict in zip(criteria, verdicts, strict=True)
    ]
    return RewardVector(
        id=request.id,
        names=plan.names,
        values=np.array(values, dtype=np.float64),
        applicable=np.array([verdict.status != "not_applicable" for verdict in verdicts], dtype=np.bool_),
        coverage=scored.coverage,
        scalar=scored.score,
        behind=_Judged(plan, tuple(verdicts)),
    )
