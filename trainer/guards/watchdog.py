"""All guards of one run: rows in, alarms and at most one decision out.

Every process keeps a watchdog of its own and shows it the same figures, so that all come to the same decision.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from rvpo.trainer.guards.alarms import Alarm
from rvpo.trainer.guards.collapse import CollapseWatch
from rvpo.trainer.guards.divergence import DivergenceWatch
from rvpo.trainer.guards.drift import DriftWatch
from rvpo.trainer.guards.limits import LimitWatch
from rvpo.trainer.guards.settings import Guards

REFUSED: Final = "guards/refused_update"
"""Figure of a step whose update was left out for what was in its gradient: 1."""
SKIPPED: Final = "guards/judge_down"
"""Figure of a step whose update was left out because the judge was down: 1."""
HOLED: Final = "guards/holes"
"""Figure of a step whose update was left out for its holes: the share of points that was not judged."""

Decision = Literal["diverged", "collapsed", "roll_back"]
_ENDS: Final[Mapping[str, Decision | None]] = {"alarm": None, "stop": "collapsed", "roll_back": "roll_back"}


class Watchdog:
    """Watches the rows of a run."""

    def __init__(self, guards: Guards) -> None:
        self._guards = guards
        self._watches: list[LimitWatch | DivergenceWatch | DriftWatch] = [
            LimitWatch(limit) for limit in guards.limits
        ]
        if guards.gold is not None:
            self._watches.append(DivergenceWatch(guards.gold))
        if guards.sentinels is not None:
            self._watches.append(DriftWatch(guards.sentinels))
        self._collapse = None if guards.held_out is None else CollapseWatch(guards.held_out)
        self._in_a_row = 0
        self.decision: Decision | None = None
        """What should end the run."""

    def replay(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in the rows of a run that is continued; their alarms were given when they were new."""
        for row in rows:
            self.see(row)
        self.decision = None
        self._in_a_row = 0

    def see(self, row: Mapping[str, Any]) -> list[Alarm]:
        """Look at the next row, of a step or of an examination on held-out prompts."""
        alarms = [alarm for watch in self._watches for alarm in watch.see(row)]
        if self._collapse is not None:
            alarms += self._collapse.see(row)
            if self._collapse.collapsed and self._guards.held_out is not None:
                self.decision = _ENDS[self._guards.held_out.on_collapse]
        return alarms + self._updates(row)

    def _updates(self, row: Mapping[str, Any]) -> list[Alarm]:
        """Updates that were left out."""
        if "eval_score" in row:
            return []
        step = row["step"]
        alarms = []
        if row.get(SKIPPED):
            words = "the judge was down and the update was left out"
            alarms.append(
                Alarm("judge_down", "noted", step, row[SKIPPED], self._guards.judge_down_share, words)
            )
        if missing := row.get(HOLED):
            words = f"{missing:.0%} of the points were not judged and the update was left out"
            alarms.append(Alarm("holes", "noted", step, missing, self._guards.max_missing, words))
        if down_s := row.get("guards/judge_down_s"):
            words = f"the judge was down for {down_s:.0f} s and was waited for"
            alarms.append(
                Alarm("judge_down", "noted", step, down_s, self._guards.judge_wait_at_most_s, words)
            )
        self._in_a_row = self._in_a_row + 1 if row.get(REFUSED) else 0
        if self._in_a_row:
            most = self._guards.nonfinite_in_a_row
            words = f"a NaN or an infinity in the gradient: update left out, {self._in_a_row} in a row of at most {most}"
            alarms.append(Alarm("nonfinite", "noted", step, self._in_a_row, most, words))
            if self._in_a_row >= most:
                self.decision = "diverged"
        return alarms
