"""Which requests run unusually long, and whether one more may be sent beside them. Pure.

Latencies of the last ``WINDOW`` good replies; after Dean & Barroso, "The Tail at Scale" (2013): a second request is
sent when the first has outlived the given quantile, which bounds the extra load to about 1 - quantile. A hard bound on
their share stands beside it, for the case that everything becomes slow at once.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from typing import Final

from rvpo.judges.limits.settings import Hedging

WINDOW: Final = 256
LEAST: Final = 20
"""Replies seen before anything is called slow."""


class Stragglers:
    """Remembers how long requests take."""

    def __init__(self, settings: Hedging) -> None:
        self._settings = settings
        self._recent: deque[float] = deque()
        self._sorted: list[float] = []
        self.calls = 0
        self.hedges = 0

    def took(self, seconds: float) -> None:
        """Note the time that a good reply took."""
        self.calls += 1
        self._recent.append(seconds)
        insort(self._sorted, seconds)
        if len(self._recent) > WINDOW:
            oldest = self._recent.popleft()
            del self._sorted[bisect_left(self._sorted, oldest)]

    def patience_s(self) -> float | None:
        """How long to wait for a reply before a second request; ``None`` while too little is known."""
        count = len(self._sorted)
        if count < LEAST:
            return None
        return self._sorted[math.ceil(self._settings.after_p * count) - 1]

    def spend(self) -> bool:
        """Take one second request out of the allowed share; false where none is left."""
        if self.hedges + 1 > self._settings.most * self.calls:
            return False
        self.hedges += 1
        return True
