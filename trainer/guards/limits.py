"""Figures that should stay within bounds. Pure: a fold over the rows of the log."""

from collections import deque
from collections.abc import Mapping
from statistics import fmean
from typing import Any, Literal

from rvpo.trainer.guards.alarms import Alarm, Switch
from rvpo.trainer.guards.settings import Limit


class LimitWatch:
    """Watches one figure."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._recent: deque[float] = deque(maxlen=limit.window)
        self._start: float | None = None
        self._above, self._below = Switch(), Switch()

    def see(self, row: Mapping[str, Any]) -> list[Alarm]:
        """Look at the next row; one without the figure changes nothing.

        Nothing is said before there are ``window`` values, nor, with ``of_start``, about the first ``window``.
        """
        value = row.get(self._limit.figure)
        if value is None:
            return []
        self._recent.append(float(value))
        if len(self._recent) < self._limit.window:
            return []
        mean = fmean(self._recent)
        if self._limit.of_start and self._start is None:
            self._start = mean
            return []
        alarms = (self._look("above", mean, row["step"]), self._look("below", mean, row["step"]))
        return [alarm for alarm in alarms if alarm is not None]

    def _look(self, side: Literal["above", "below"], mean: float, step: int) -> Alarm | None:
        given = self._limit.above if side == "above" else self._limit.below
        if given is None:
            return None
        bound = given * self._start if self._limit.of_start and self._start is not None else given
        margin = self._limit.back * abs(bound)
        if side == "above":
            change = self._above.turn(bad=mean > bound, good=mean <= bound - margin)
        else:
            change = self._below.turn(bad=mean < bound, good=mean >= bound + margin)
        if change is None:
            return None
        figure = self._limit.figure
        words = (
            f"{figure} {mean:.4g} is {side} {bound:.4g}"
            if change == "raised"
            else f"{figure} {mean:.4g} is back"
        )
        return Alarm(figure, change, step, mean, bound, words)
