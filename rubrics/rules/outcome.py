"""What a rule says of one reply. Pure data."""

from typing import NamedTuple


class RuleOutcome(NamedTuple):
    """How far a reply meets a rule, and why."""

    met: float | None
    """In [0, 1]; ``None`` when the rule itself failed (a pattern without end), which is never a score."""
    reason: str
