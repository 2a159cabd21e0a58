"""Requests or tokens a minute: a token bucket that goes into debt. Pure; times are passed in.

A full bucket holds one second's worth, so that in any t seconds no more than (t + 1) seconds' worth is let through,
and the extra one only after a second's idling. What is larger than the bucket waits for a full one and leaves a debt
that the next ones wait for. Reservations are served in the order they are made.
"""


class TokenBucket:
    """Lets ``per_minute`` units a minute through."""

    __slots__ = ("_at", "_capacity", "_level", "_rate")

    def __init__(self, per_minute: float) -> None:
        self._rate = per_minute / 60.0
        self._capacity = max(self._rate, 1.0)
        self._level = self._capacity
        self._at: float | None = None

    def reserve(self, amount: float, now: float) -> float:
        """Take units; returns how many seconds to wait before using them."""
        self._fill(now)
        wait_s = max(0.0, (min(amount, self._capacity) - self._level) / self._rate)
        self._level -= amount
        return wait_s

    def correct(self, more: float) -> None:
        """Take units that an estimate was short of, or give back (``more`` < 0) what it was over."""
        self._level = min(self._capacity, self._level - more)

    def _fill(self, now: float) -> None:
        if self._at is not None:
            self._level = min(self._capacity, self._level + (now - self._at) * self._rate)
        self._at = now
