import asyncio

import pytest

from rvpo.judges.limits.leader import LeaderFirst


def test_the_first_of_each_group_goes_alone() -> None:
    """Events of two groups of four: a leader's end comes before any other start of its group."""
    events: list[tuple[str, str, int]] = []

    async def call(leader: LeaderFirst, shared: str, number: int) -> None:
        async with leader.turn(shared):
            events.append((shared, "start", number))
            await asyncio.sleep(0.01)
            events.append((shared, "end", number))

    async def whole() -> LeaderFirst:
        leader = LeaderFirst()
        await asyncio.gather(*(call(leader, shared, number) for number in range(4) for shared in "ab"))
        return leader

    leader = asyncio.run(whole())
    for shared in "ab":
        own = [(what, number) for group, what, number in events if group == shared]
        assert own[:2] == [("start", 0), ("end", 0)]
        assert [what for what, _ in own[2:]] == ["start"] * 3 + ["end"] * 3  # the rest at once
    assert events[:2] == [("a", "start", 0), ("b", "start", 0)]  # groups do not wait for each other
    assert not leader._groups


@pytest.mark.parametrize("how", ["fails", "is cancelled"])
def test_a_leader_that_comes_to_nothing_holds_nobody_up(how: str) -> None:
    async def call(leader: LeaderFirst, *, leads: bool) -> str:
        async with leader.turn("x"):
            await asyncio.sleep(0.01)
            if leads and how == "fails":
                raise ValueError
            return "done"

    async def whole() -> list[str | BaseException]:
        leader = LeaderFirst()
        calls = [asyncio.ensure_future(call(leader, leads=number == 0)) for number in range(3)]
        await asyncio.sleep(0)
        if how == "is cancelled":
            calls[0].cancel()
        return await asyncio.gather(*calls, return_exceptions=True)

    first, *rest = asyncio.run(whole())
    assert isinstance(first, ValueError | asyncio.CancelledError)
    assert rest == ["done", "done"]


def test_a_follower_that_is_cancelled_leaves_nothing_behind() -> None:
    async def whole() -> None:
        leader = LeaderFirst()

        async def call() -> None:
            async with leader.turn("x"):
                await asyncio.sleep(0.02)

        leads, follows = asyncio.ensure_future(call()), asyncio.ensure_future(call())
        await asyncio.sleep(0)
        follows.cancel()
        await asyncio.gather(leads, follows, return_exceptions=True)
        assert not leader._groups

    asyncio.run(whole())
