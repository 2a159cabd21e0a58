"""What one caller of a judge service has seen of it: the counts of ``JudgeStats``, from the vectors that came. Pure.

The service's own counts are of all callers together. A verdict that came with somebody else's call cannot be told
from one out of the store here: both are ``hits``. Nor can the asks of one verdict be told from repeated attempts: it
counts as one call, however often it was asked for. What was saved, the service knows (``/v1/usage``).
"""

from collections import Counter

from rvpo.judges.records import JudgeStats, RewardVector, Usage
from rvpo.judges.tally import add_usage, add_usd

_NO_FAILURE = frozenset({"ok", "not_applicable"})


class Seen:
    """Counts vectors."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._usage = Usage()
        self._usd: float | None = 0.0

    def vector(self, vector: RewardVector) -> None:
        """Count one vector."""
        paid = [verdict for verdict in vector.verdicts if verdict.request_key and not verdict.cached]
        for verdict in vector.verdicts:
            if verdict.status not in _NO_FAILURE:
                self._failures[verdict.status] += 1
            elif verdict.cached:
                self._counts["hits"] += 1
            elif not verdict.request_key:
                self._counts["rule_verdicts"] += 1
            if (
                verdict.attempts and not verdict.cached
            ):  # of a call's verdicts the first one bears its attempts
                self._counts["calls"] += 1
                self._counts["attempts"] += verdict.attempts
        self._usage = add_usage((self._usage, *(verdict.usage for verdict in paid)))
        self._usd = add_usd((self._usd, *(verdict.usd for verdict in paid)))

    def stats(self) -> JudgeStats:
        """The counts so far."""
        return JudgeStats(
            calls=self._counts["calls"],
            attempts=self._counts["attempts"],
            hits=self._counts["hits"],
            rule_verdicts=self._counts["rule_verdicts"],
            failures=dict(self._failures),
            usage=self._usage,
            usd=self._usd,
            saved_usd=None if self._counts["hits"] else 0.0,
        )
