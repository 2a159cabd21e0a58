"""Whether the judge itself has changed: frozen replies judged again. Pure."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from rvpo.trainer.guards.alarms import Alarm, Switch
from rvpo.trainer.guards.settings import Sentinels


def drift_of(before: Sequence[float | None], now: Sequence[float | None]) -> float | None:
    """Mean absolute difference of the scores that both times have; ``None`` if there is none."""
    differences = [abs(a - b) for a, b in zip(before, now, strict=True) if a is not None and b is not None]
    return fmean(differences) if differences else None


class DriftWatch:
    """Watches the scores that rows of the log bring under ``sentinels``; the first ones are what counts as right."""

    def __init__(self, settings: Sentinels) -> None:
        self._threshold = settings.drift
        self._first: Sequence[float | None] | None = None
        self._switch = Switch()

    def see(self, row: Mapping[str, Any]) -> list[Alarm]:
        """Look at the next row."""
        scores: Sequence[float | None] | None = row.get("sentinels")
        if scores is None:
            return []
        if self._first is None or len(self._first) != len(scores):
            self._first = scores
            return []
        drift = drift_of(self._first, scores)
        if drift is None:
            return []
        change = self._switch.turn(bad=drift > self._threshold, good=drift < self._threshold / 2)
        if change is None:
            return []
        words = (
            f"the judge's scores of {len(scores)} frozen replies differ by {drift:.3f} from the first ones"
        )
        return [Alarm("sentinels", change, row["step"], drift, self._threshold, words)]
