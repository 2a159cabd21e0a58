"""What the service has delivered, by time: totals are the judge service's own, this adds the last minutes and the savings."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from rvpo.judges.records import JudgeIdentity, JudgeStats, RewardVector, Usage
from rvpo.judges.tally import add_usage

STEP_S: Final = 5.0
STEPS: Final = 120
"""Ten minutes are kept."""

JUDGED: Final = frozenset({"ok", "not_applicable"})


class Step(msgspec.Struct, kw_only=True):
    """What was delivered in one stretch of time."""

    verdicts: int = 0
    """All, the three below included; the rest are rules' verdicts."""
    asked: int = 0
    """Verdicts that a call was made for."""
    spared: int = 0
    """Verdicts from the store, or with somebody else's call."""
    holes: int = 0


class ProxyCounts(msgspec.Struct, kw_only=True):
    """What the caching proxy has answered."""

    hits: int = 0
    misses: int = 0
    failures: int = 0
    """Answers of the upstream that were no completion, or none at all."""


class Savings(msgspec.Struct, frozen=True, kw_only=True):
    """What was not asked, because it was known; its price is in ``stats``."""

    verdicts: int
    usage: Usage


class UsageReport(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``GET /v1/usage``."""

    judge: JudgeIdentity
    uptime_s: float
    responses: int
    """Delivered."""
    responses_in_flight: int
    most_in_flight: int
    stats: JudgeStats
    hit_rate: float | None
    """Share of the judge's verdicts, rules' and holes apart, that needed no call; ``None`` before the first."""
    saved: Savings
    proxy: ProxyCounts
    step_s: float
    steps: list[Step]
    """The last minutes, oldest first; the last one is still running."""


class Meter:
    """Counts what is delivered; lives on one event loop."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.proxy = ProxyCounts()
        self._now = now
        self._start = now()
        self._steps: deque[tuple[int, Step]] = deque(maxlen=STEPS)
        self._saved = Usage()
        self._saved_verdicts = self._asked_verdicts = 0
        self._responses = 0

    def delivered(self, vector: RewardVector) -> None:
        """Count one vector."""
        step = self._step()
        step.verdicts += len(vector.verdicts)
        self._responses += 1
        saved = []
        for verdict in vector.verdicts:
            if verdict.status not in JUDGED:
                step.holes += 1
            elif verdict.cached:
                step.spared += 1
                saved.append(verdict.usage)
            elif verdict.request_key:
                step.asked += 1
                self._asked_verdicts += 1
        if saved:
            self._saved = add_usage((self._saved, *saved))
            self._saved_verdicts += len(saved)

    def report(self, judge: JudgeIdentity, stats: JudgeStats, in_flight: int, most: int) -> UsageReport:
        """All counts as they are now."""
        judged = self._saved_verdicts + self._asked_verdicts
        return UsageReport(
            judge=judge,
            uptime_s=self._now() - self._start,
            responses=self._responses,
            responses_in_flight=in_flight,
            most_in_flight=most,
            stats=stats,
            hit_rate=self._saved_verdicts / judged if judged else None,
            saved=Savings(verdicts=self._saved_verdicts, usage=self._saved),
            proxy=self.proxy,
            step_s=STEP_S,
            steps=self._series(),
        )

    def _step(self) -> Step:
        at = int((self._now() - self._start) // STEP_S)
        if not self._steps or self._steps[-1][0] != at:
            self._steps.append((at, Step()))
        return self._steps[-1][1]

    def _series(self) -> list[Step]:
        last = int((self._now() - self._start) // STEP_S)
        known = dict(self._steps)
        return [known.get(at) or Step() for at in range(max(0, last - STEPS + 1), last + 1)]
