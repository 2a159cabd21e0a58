"""What was read out of one raw reply. Pure data."""

import msgspec

from rvpo.judges.records import Status, Usage


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A verdict, or the reason why there is none."""

    status: Status
    score: float | None = None
    answer: str | float | None = None
    """What was said on a scale with labels or numbers."""
    p_met: float | None = None
    explanation: str = ""
    """The judge's reason; without a verdict, what was wrong with the reply."""
    evidence: str = ""
    usage: Usage = Usage()
    model: str = ""
    """The model as the endpoint calls it."""
