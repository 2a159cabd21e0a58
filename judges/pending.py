"""The answers that one request waits for, all at once and no longer than to a deadline."""

import asyncio
from functools import partial

from rvpo.judges.answers import Answer
from rvpo.judges.errors import CallFailed
from rvpo.judges.flight import SingleFlight, Waiter
from rvpo.judges.protocol import Question


class Pending:
    """Gathers outcomes by place. One future for all of them, since a warm request must cost microseconds."""

    def __init__(self, flight: SingleFlight[Question, Answer]) -> None:
        self.outcomes: dict[int, Answer | CallFailed] = {}
        self.first: set[int] = set()
        """Places whose call, if there was one, was made for this request."""
        self._flight = flight
        self._asked: list[tuple[bytes, Waiter[Answer]]] = []
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def ask(self, place: int, key: bytes, question: Question) -> None:
        """Start waiting for one answer."""
        land = partial(self._land, place)
        self._asked.append((key, land))
        if self._flight.join(key, question, land):
            self.first.add(place)

    def _land(self, place: int, outcome: Answer | Exception) -> None:
        if isinstance(outcome, Answer | CallFailed):
            self.outcomes[place] = outcome
            if len(self.outcomes) == len(self._asked) and not self._done.done():
                self._done.set_result(None)
        elif not self._done.done():
            self._done.set_exception(outcome)

    async def wait(self, deadline: float | None) -> None:
        """Return when all outcomes are in, or at the deadline (a time of the event loop).

        Raises:
            Exception: What is no failure of the judge: the store's, or a fault of ours.
        """
        if not self._asked:
            return
        try:
            async with asyncio.timeout_at(deadline):
                await self._done
        except TimeoutError:
            pass
        finally:
            for key, land in self._asked if len(self.outcomes) < len(self._asked) else ():
                self._flight.leave(key, land)
            # The waiters hold us and we hold them: let go, so that nothing is left for the garbage collector.
            self._asked.clear()
