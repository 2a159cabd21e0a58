"""Single flight: however many ask the same question at the same time, it is read once and asked once.

A key is taken before the store is read, so nobody can slip in between a miss and the call. Reads are gathered:
all keys that come up in one turn of the event loop are read together. The work belongs to the flight and not to
the first who asked: it goes on while anybody waits, and stops when nobody does. Failures reach those who wait now
and are not remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from rvpo.judges.errors import JudgeError

Question = TypeVar("Question")
Outcome = TypeVar("Outcome")

Waiter = Callable[[Outcome | Exception], None]
"""Called once, on the event loop, with the outcome or what went wrong."""


class _Flight(msgspec.Struct, Generic[Question, Outcome], eq=False):
    key: bytes
    question: Question
    waiters: list[Waiter[Outcome]]
    task: asyncio.Task[None] | None = None


class SingleFlight(Generic[Question, Outcome]):
    """Joins those who ask for one key.

    Args:
        read: Returns the outcomes that are already known, for a batch of questions by key.
        ask: Finds the outcome of one question; runs in its own task.
        done: Called with every key that was read and not known, when it is asked no more: it has its outcome, it
            failed, it was stopped, or nobody wanted it any longer.
    """

    def __init__(
        self,
        read: Callable[[Mapping[bytes, Question]], Awaitable[Mapping[bytes, Outcome]]],
        ask: Callable[[bytes, Question], Awaitable[Outcome]],
        done: Callable[[bytes], None] = lambda _key: None,
    ) -> None:
        self._read = read
        self._ask = ask
        self._done = done
        self._flights: dict[bytes, _Flight[Question, Outcome]] = {}
        self._unread: list[_Flight[Question, Outcome]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, key: bytes, question: Question, waiter: Waiter[Outcome]) -> bool:
        """Wait for a key's outcome; returns whether this waiter is the first."""
        flight = self._flights.get(key)
        if flight is not None:
            flight.waiters.append(waiter)
            return False
        flight = self._flights[key] = _Flight(key, question, [waiter])
        if not self._unread:
            asyncio.get_running_loop().call_soon(self._start_reading)
        self._unread.append(flight)
        return True

    def leave(self, key: bytes, waiter: Waiter[Outcome]) -> None:
        """Stop waiting. The last to leave stops the work."""
        flight = self._flights.get(key)
        if flight is None or waiter not in flight.waiters:
            return
        flight.waiters.remove(waiter)
        if not flight.waiters:
            del self._flights[key]
            if flight.task is not None:
                flight.task.cancel()

    async def close(self) -> None:
        """Stop all work, tell whoever still waits, and return when all has stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for flight in list(self._flights.values()):
            self._land(flight, JudgeError("the judge service was closed before the answer came"))

    def _start_reading(self) -> None:
        flights, self._unread = self._unread, []
        waited_for = [flight for flight in flights if self._waited_for(flight)]
        self._start(self._read_together(waited_for), self._tasks.discard)

    def _start(
        self, work: Coroutine[Any, Any, None], end: Callable[[asyncio.Task[None]], None]
    ) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(end)
        return task

    async def _read_together(self, flights: Sequence[_Flight[Question, Outcome]]) -> None:
        try:
            known = await self._read({flight.key: flight.question for flight in flights})
        except Exception as wrong:  # noqa: BLE001 - handed to whoever waits, who decides
            for flight in flights:
                self._land(flight, wrong)
            return
        for flight in flights:
            if flight.key in known:
                self._land(flight, known[flight.key])
            elif self._waited_for(flight):
                flight.task = self._start(self._fly(flight), partial(self._end, flight.key))
            else:
                self._done(flight.key)

    def _end(self, key: bytes, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._done(key)

    async def _fly(self, flight: _Flight[Question, Outcome]) -> None:
        try:
            outcome = await self._ask(flight.key, flight.question)
        except Exception as wrong:  # noqa: BLE001 - handed to whoever waits, who decides
            self._land(flight, wrong)
        else:
            self._land(flight, outcome)

    def _waited_for(self, flight: _Flight[Question, Outcome]) -> bool:
        return self._flights.get(flight.key) is flight

    def _land(self, flight: _Flight[Question, Outcome], outcome: Outcome | Exception) -> None:
        if self._waited_for(flight):
            del self._flights[flight.key]
            for waiter in flight.waiters:
                waiter(outcome)
