"""The records that the judges room hands out: verdicts and reward vectors. Pure data.

The first law: a judge failure is never a score. ``Verdict.score`` is ``None`` and the vector's value is NaN,
with ``status`` saying why, from here to the loss and to the report. A criterion that does not apply has no score
either, but is no failure: ``applicable`` tells the two apart.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.rubrics import NOT_APPLICABLE, Rubric
from rvpo.rubrics.score import Met

Status = Literal[
    "ok",
    "not_applicable",     # the criterion does not apply to the response: no score, and no failure
    "timeout",            # no answer in time, after all retries
    "rate_limited",       # 429 until the retries ran out
    "transport",          # refused, reset, 5xx until the retries ran out
    "rejected",           # the endpoint refused the request for good (400, 401, 404 ...)
    "context_length",     # the prompt does not fit the judge
    "content_filter",     # the provider withheld the answer
    "refusal",            # the judge refused
    "truncated",          # the reply was cut before the verdict
    "unparseable",        # a reply without a verdict in it
    "missing",            # of several criteria in one call, the reply leaves this one out
    "off_menu",           # an answer that the criterion's scale does not have
    "unsupported",        # "met" with a quote that is not in the response
    "contradicted",       # a verdict whose reason closes with the opposite
    "uncertain",          # probability mode: yes and no together hold too little probability
    "not_asked",          # the money was used up, or only an estimate was wanted
    "split",              # no majority of the votes: some say that the criterion does not apply
    "rule_failed",        # a rule that itself fails on the response, as a pattern without end does
]  # fmt: skip

Message = Mapping[str, str]
"""One turn: ``{"role": ..., "content": ...}``."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Tokens of the calls behind a verdict."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0


class JudgeIdentity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who judged: as asked, and as the endpoint answered."""

    kind: str
    """``rule``, or what ``judge:`` said: ``embedded``, ``openai-compatible``, ``scripted`` ..."""
    model: str = ""
    endpoint: str = ""
    """Scheme, host, port and path; never a key."""
    model_returned: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one judge said of one criterion."""

    criterion_id: str
    score: float | None
    """How far the criterion is met, in [0, 1]; ``None`` exactly when ``status`` is not ``ok``."""
    status: Status
    answer: str | float | None = None
    """What the judge said on a scale with labels or numbers."""
    p_met: float | None = None
    """Probability of "met", where the judge gives one."""
    votes: tuple[float | None, ...] = ()
    """The score of each vote, where there were several; ``None`` withholds."""
    explanation: str = ""
    evidence: str = ""
    """Words of the response that the judge quoted for its verdict, where the criterion asks for them."""
    usage: Usage = Usage()
    usd: float | None = None
    """Price of this verdict; ``None`` is unknown, 0 is free (rules, cache hits)."""
    cached: bool = False
    attempts: int = 0
    judge: JudgeIdentity
    criterion_hash: str
    request_key: str = ""
    """The key under which the raw reply lies in the store; empty for rules."""

    @property
    def met(self) -> Met:
        """The score as ``score_rubric`` takes it: ``None`` is a failure, ``NOT_APPLICABLE`` is none."""
        return NOT_APPLICABLE if self.status == "not_applicable" else self.score


class JudgeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One response to judge against one rubric."""

    rubric: Rubric
    prompt: str | Sequence[Message]
    response: str
    id: str = ""
    fields: Mapping[str, Any] = {}
    """Fields of the data row that rules may ask for (``calls_from: ...``) and texts may name (``{reference}``)."""


class Behind(Protocol):
    """What lies behind a reward vector; it may be worked out no sooner than somebody reads it."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each criterion, in the rubric's order."""
        ...

    @property
    def rubric_hash(self) -> str:
        """The rubric's."""
        ...


class Told(msgspec.Struct, frozen=True):
    """What lies behind a reward vector that came whole."""

    verdicts: tuple[Verdict, ...]
    rubric_hash: str


class RewardVector(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One response's reward vector, in the order of its rubric's criteria."""

    id: str
    names: tuple[str, ...]
    values: NDArray[np.float64]
    """Shape (C,), each in [0, 1] with 1 good whatever the polarity; NaN is a hole (the judge failed) or does not
    apply."""
    applicable: NDArray[np.bool_]
    """Shape (C,), false where the judge said that the criterion does not apply."""
    coverage: float
    """Share of the absolute points of the applicable criteria that was judged, in [0, 1]."""
    scalar: float | None
    """The rubric's score by the HealthBench rule over what was judged; ``None`` if nothing could be."""
    behind: Behind

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each criterion, in the rubric's order."""
        return self.behind.verdicts

    @property
    def rubric_hash(self) -> str:
        """Of the rubric that it was judged by."""
        return self.behind.rubric_hash

    def values_or_none(self) -> list[float | None]:
        """The values with holes as ``None``, for JSON."""
        return [None if math.isnan(value) else float(value) for value in self.values]


class JudgeStats(msgspec.Struct, frozen=True, kw_only=True):
    """What a service has done since it was opened."""

    calls: int = 0
    """Asks sent to the judge, failed ones included; repeated attempts of one ask are in ``attempts``."""
    attempts: int = 0
    hits: int = 0
    """Verdicts read from the store."""
    shared: int = 0
    """Verdicts that came with somebody else's call, in flight at the time."""
    rule_verdicts: int = 0
    failures: Mapping[str, int] = {}
    """Holes by status."""
    usage: Usage = Usage()
    """Of the calls made, not of the hits."""
    usd: float | None = 0.0
    """Price of the replies that came in; ``None`` as soon as one is unknown. What an ask costs that brought none, no
    endpoint says."""
    saved_usd: float | None = 0.0
    """What the verdicts that needed no call would have cost; ``None`` as soon as one price is unknown."""

    @property
    def saved_calls(self) -> int:
        """Verdicts that needed no call."""
        return self.hits + self.shared + self.rule_verdicts
