"""A circuit breaker: stops sending to an endpoint that is down. Pure; times are passed in.

It opens after so many failures in a row (no success or refusal by anybody in between) within a window. While it is
open only one probe at a time is let through; any success closes it. A young outage makes calls wait, since servers
restart and waiting costs nothing; an old one makes them fail at once, since a dead endpoint must not cost every one
of 57 000 calls its own retries. So a run against a dead endpoint ends about ``patience_s`` after its first failures.
"""

import math
from collections import deque
from typing import Literal

from rvpo.judges.limits.settings import Breaking

Admission = Literal["go", "probe", "wait", "no"]


class Breaker:
    """Counts failures of one endpoint."""

    def __init__(self, settings: Breaking) -> None:
        self._settings = settings
        self._failed_at: deque[float] = deque(maxlen=settings.after)
        self._opened_at: float | None = None
        self._probe_from = 0.0
        self._probing = False
        self.last = ""
        """Detail of the newest failure."""

    def admit(self, now: float) -> Admission:
        """Whether to send: ``go``, ``probe`` (report its end with ``probe=True``), ``wait`` a little, or ``no``."""
        if self._opened_at is None:
            return "go"
        if not self._probing and now >= self._probe_from:
            self._probing = True
            self._probe_from = now + self._settings.probe_s
            return "probe"
        return "wait" if now - self._opened_at < self._settings.patience_s else "no"

    def succeeded(self) -> None:
        """Note an answer: the endpoint lives."""
        if self._failed_at:
            self._failed_at.clear()
        self._opened_at = None
        self._probing = False

    def failed(self, now: float, detail: str, *, probe: bool) -> None:
        """Note that an attempt brought no answer."""
        self.last = detail
        if probe:
            self._probing = False
            return
        self._failed_at.append(now)
        full = len(self._failed_at) == self._settings.after
        if self._opened_at is None and full and now - self._failed_at[0] <= self._settings.within_s:
            self._opened_at = now
            self._probe_from = now + self._settings.probe_s

    def abandoned(self) -> None:
        """Note that the probe was cancelled and says nothing; the next call may probe at once."""
        if self._opened_at is not None:
            self._probing = False
            self._probe_from = -math.inf

    def excuse(self) -> str:
        """Why a call was not sent."""
        return f"not sent, the endpoint failed {self._settings.after} times in a row: {self.last}"
