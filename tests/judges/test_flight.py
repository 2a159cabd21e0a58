import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from rvpo.judges import JudgeError
from rvpo.judges.flight import SingleFlight

KEY = b"k"


class World:
    """A store and a judge that note what they are asked."""

    def __init__(self, known: Mapping[bytes, str] | None = None) -> None:
        self.known = dict(known or {})
        self.reads: list[list[bytes]] = []
        self.asked: list[bytes] = []
        self.stopped: list[bytes] = []
        self.go = asyncio.Event()
        self.fail = False
        self.flight = SingleFlight[str, str](self._read, self._ask)

    async def _read(self, questions: Mapping[bytes, str]) -> Mapping[bytes, str]:
        self.reads.append(list(questions))
        await asyncio.sleep(0)
        return {key: self.known[key] for key in questions if key in self.known}

    async def _ask(self, key: bytes, question: str) -> str:
        self.asked.append(key)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.stopped.append(key)
            raise
        if self.fail:
            raise OSError("the judge is down")
        self.known[key] = f"answer to {question}"
        return self.known[key]

    def join(self, key: bytes = KEY, question: str = "q") -> tuple[list[Any], Callable[[Any], None]]:
        got: list[Any] = []
        self.flight.join(key, question, got.append)
        return got, got.append


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def check(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story()

    asyncio.run(whole())


def test_many_askers_cost_one_read_and_one_call() -> None:
    async def story() -> None:
        world = World()
        waiting = [world.join()[0] for _ in range(64)]
        await settle()
        late = world.join()[0]
        world.go.set()
        await settle()
        assert world.asked == [KEY]
        assert world.reads == [[KEY]]
        assert [*waiting, late] == [["answer to q"]] * 65

    check(story)


def test_keys_of_one_turn_are_read_together_and_known_ones_are_not_asked() -> None:
    async def story() -> None:
        world = World({b"a": "A", b"b": "B"})
        got = {key: world.join(key)[0] for key in (b"a", b"b", b"c")}
        world.go.set()
        await settle()
        assert world.reads == [[b"a", b"b", b"c"]]
        assert world.asked == [b"c"]
        assert got == {b"a": ["A"], b"b": ["B"], b"c": ["answer to q"]}

    check(story)


def test_nobody_slips_in_between_the_answer_and_the_next_read() -> None:
    async def story() -> None:
        world = World()
        world.go.set()
        for _ in range(5):
            world.join()
            await settle()
        assert world.asked == [KEY]

    check(story)


def test_the_call_goes_on_when_the_first_leaves_and_stops_when_all_have() -> None:
    async def story() -> None:
        world = World()
        first, leader = world.join()
        second, follower = world.join()
        await settle()
        world.flight.leave(KEY, leader)
        await settle()
        assert world.stopped == []
        world.go.set()
        await settle()
        assert (first, second) == ([], ["answer to q"])

        world.go.clear()
        _, only = world.join(b"other")
        await settle()
        world.flight.leave(b"other", only)
        world.flight.leave(b"other", only)
        await settle()
        assert world.stopped == [b"other"]
        assert follower is not None

    check(story)


def test_one_who_leaves_before_the_read_costs_nothing() -> None:
    async def story() -> None:
        world = World()
        _, waiter = world.join()
        world.flight.leave(KEY, waiter)
        again, _ = world.join()
        world.go.set()
        await settle()
        assert world.asked == [KEY]
        assert again == ["answer to q"]

    check(story)


def test_a_failure_reaches_those_who_wait_and_is_forgotten() -> None:
    async def story() -> None:
        world = World()
        world.fail = True
        got = [world.join()[0] for _ in range(3)]
        world.go.set()
        await settle()
        assert all(isinstance(outcome, OSError) for (outcome,) in got)
        world.fail = False
        later, _ = world.join()
        await settle()
        assert later == ["answer to q"]
        assert world.asked == [KEY, KEY]

    check(story)


def test_closing_stops_the_work_and_tells_the_waiters() -> None:
    async def story() -> None:
        world = World()
        got, _ = world.join()
        await settle()
        await world.flight.close()
        assert world.stopped == [KEY]
        assert isinstance(got[0], JudgeError)

    check(story)


def test_a_store_that_cannot_be_read_is_told_to_all() -> None:
    async def story() -> None:
        async def broken(_questions: Mapping[bytes, str]) -> Mapping[bytes, str]:
            raise OSError("no disk")

        async def never(_key: bytes, _question: str) -> str:
            pytest.fail("asked although the store is broken")

        got: list[Any] = []
        flight = SingleFlight[str, str](broken, never)
        flight.join(KEY, "q", got.append)
        await settle()
        assert isinstance(got[0], OSError)

    check(story)


def test_every_key_that_was_asked_is_let_go_however_it_ends() -> None:
    async def story() -> None:
        world = World({b"known": "K"})
        gone: list[bytes] = []
        world.flight = SingleFlight[str, str](world._read, world._ask, gone.append)
        world.join(b"known")
        world.join(b"answered")
        _, left = world.join(b"left while asked")
        await settle()
        _, early = world.join(b"left while read")
        asyncio.get_running_loop().call_soon(world.flight.leave, b"left while read", early)
        await settle()
        assert gone == [b"left while read"]
        world.flight.leave(b"left while asked", left)
        await settle()
        world.go.set()
        await settle()
        assert gone == [b"left while read", b"left while asked", b"answered"]
        world.fail = True
        world.join(b"failed")
        await settle()
        assert gone[3:] == [b"failed"]

    check(story)
