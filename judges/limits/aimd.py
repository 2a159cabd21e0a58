"""How many requests an endpoint bears: additive increase, multiplicative decrease. Pure; times are passed in.

Only overload (429, 503, 529) shrinks the number, by a fifth and once a cooldown: the requests that were already in
flight when the first one was turned away say nothing new. It grows only while the number is really used, at first
by one a success (doubling each round trip) until the first overload, then by one a round trip. The constants are
inspect_ai's; it differs in looking at each success instead of at fixed rounds.
"""

from typing import Final

SHRINK: Final = 0.8
COOLDOWN_S: Final = 15.0
SATURATED: Final = 0.8
"""Share of the places in use from which a success is a reason for more."""


class Aimd:
    """The number of places for one endpoint."""

    __slots__ = ("_credit", "_least", "_most", "_searching", "_shrunk_at", "limit")

    def __init__(self, *, start: int, least: int, most: int) -> None:
        self._least = min(least, most)
        self._most = most
        self.limit = min(start, most)
        self._searching = True
        self._shrunk_at: float | None = None
        self._credit = 0

    def succeeded(self, in_flight: int, now: float) -> None:
        """Note a success.

        Args:
            in_flight: Places in use when it came, its own included.
            now: Seconds on any steady clock.
        """
        if in_flight < SATURATED * self.limit or self.limit >= self._most or self._cooling(now):
            return
        self._credit += 1
        if self._searching or self._credit >= self.limit:
            self._credit = 0
            self.limit += 1

    def overloaded(self, now: float) -> None:
        """Note that the endpoint turned a request away."""
        self._searching = False
        self._credit = 0
        if self._cooling(now):
            return
        self._shrunk_at = now
        self.limit = max(self._least, int(self.limit * SHRINK))

    def _cooling(self, now: float) -> bool:
        return self._shrunk_at is not None and now - self._shrunk_at < COOLDOWN_S
