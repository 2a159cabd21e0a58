"""What a judge file may say about limits, and the record that the dispatcher takes. Pure data."""

from typing import Annotated, Self

import msgspec
from pydantic import Field, model_validator

from rvpo.rubrics.schema import Record
from rvpo.rubrics.schema.base import Number

Places = Annotated[int, Field(strict=True, ge=1)]
Seconds = Annotated[Number, Field(gt=0)]


class Adaptive(Record):
    """Let the number in flight follow what the endpoint bears; ``concurrency`` is then the most."""

    start: Places = 20
    min: Places = 4

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.start:
            raise ValueError(f"min {self.min} is more than start {self.start}")
        return self


class Breaking(Record):
    """Stop sending to an endpoint that is down."""

    after: Places = 50
    """Failures in a row, by anybody, that open the circuit: nothing is sent then but probes."""
    within_s: Seconds = 60.0
    """They count only if they all lie within this time."""
    probe_s: Seconds = 5.0
    """Between two probes."""
    patience_s: Annotated[Number, Field(ge=0)] = 60.0
    """How long calls wait for a probe to succeed; from then on they fail at once."""


class Hedging(Record):
    """Send a second request beside one that takes unusually long; the first good reply wins."""

    after_p: Annotated[Number, Field(ge=0.5, lt=1)] = 0.95
    """Share of the recent requests that were quicker than one that gets company."""
    most: Annotated[Number, Field(gt=0, le=1)] = 0.05
    """Most second requests, as a share of all calls."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How calls to one endpoint are held back and repeated."""

    concurrency: int = 64
    """Most requests in flight; without ``adaptive`` exactly so many, as long as there are callers."""
    timeout_s: float = 60.0
    """Of one attempt."""
    max_attempts: int = 5
    """Of one call, the first included."""
    first_pause_s: float = 0.5
    """Before the second attempt; doubles from there up to ``LONGEST_PAUSE_S`` of the dispatcher."""
    adaptive: Adaptive | None = None
    rpm: float | None = None
    """Requests a minute."""
    tpm: float | None = None
    """Tokens a minute, of prompts and replies."""
    breaker: Breaking | None = None
    hedge: Hedging | None = None
