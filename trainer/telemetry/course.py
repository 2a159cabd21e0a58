"""What only the whole course of a run tells: gains since the start, neglect, money in all. Pure: a fold over log rows."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any, Final

WINDOW: Final = 10
CEILING: Final = 0.95
_MEAN = re.compile(r"rewards/(.+)/mean")


class _Curve:
    """The first and the last values of one criterion's mean reward."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=window)
        self._count = 0

    def add(self, value: float) -> None:
        if len(self._first) < self._window:
            self._first.append(value)
        self._last.append(value)
        self._count += 1

    def ends(self) -> tuple[float, float] | None:
        """Means of the first and the last window, which never overlap; ``None`` before there are two values."""
        width = min(self._window, self._count // 2)
        if not width:
            return None
        return fmean(self._first[:width]), fmean(list(self._last)[-width:])


class Course:
    """Follows a run from its first row.

    The gain of a criterion is its mean reward over its last w steps minus that over its first w, where w is ``window``,
    or half of the steps it was seen in while these are fewer than two windows. The neglect index is the mean gain minus
    the smallest one, over the criteria that had anything to gain: 0 if all gained alike, 0.2 if the worst one stayed
    0.2 behind the average. A criterion at 0.95 or more at both ends had nothing to gain and counts in neither.

    Args:
        window: Steps that a mean is taken over.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._curves: dict[str, _Curve] = {}
        self._usd: float | None = 0.0

    def replay(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in the rows of a run that is continued."""
        for row in rows:
            self.see(row)

    def see(self, row: Mapping[str, Any]) -> dict[str, float]:
        """Add a step; return its ``rewards/<label>/gain``, ``rvpo/gain_*``, ``rvpo/neglect`` and ``judge/usd_total``."""
        for name, value in row.items():
            if found := _MEAN.fullmatch(name):
                self._curves.setdefault(found[1], _Curve(self._window)).add(value)
        ends = {label: curve.ends() for label, curve in self._curves.items()}
        gains = {label: now - start for label, (start, now) in _known(ends).items()}
        open_ = [now - start for start, now in _known(ends).values() if min(start, now) < CEILING]
        figures = {f"rewards/{label}/gain": gain for label, gain in gains.items()}
        if open_:
            figures |= {
                "rvpo/gain_mean": fmean(open_),
                "rvpo/gain_worst": min(open_),
                "rvpo/neglect": fmean(open_) - min(open_),
            }
        if "judge/asked" in row:
            usd = row.get("judge/usd")
            self._usd = None if usd is None or self._usd is None else self._usd + usd
            if self._usd is not None:
                figures["judge/usd_total"] = self._usd
        return figures


def _known(ends: Mapping[str, tuple[float, float] | None]) -> dict[str, tuple[float, float]]:
    return {label: pair for label, pair in ends.items() if pair is not None}
