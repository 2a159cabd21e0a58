import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.limits.gate import Gate

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.just(0)),
        st.tuples(st.just("leave"), st.integers(0, 30)),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("resize"), st.integers(1, 6)),
    ),
    max_size=40,
)


@given(STEPS, st.integers(1, 5))
def test_never_too_many_never_fewer_than_could_be_and_in_order(
    steps: Sequence[tuple[str, int]], size: int
) -> None:
    async def whole() -> None:
        gate = Gate(size)
        asked: list[asyncio.Task[None]] = []
        entered: list[int] = []
        gone: set[int] = set()

        async def ask(number: int) -> None:
            await gate.enter()
            entered.append(number)

        for what, which in steps:
            inside = [number for number in entered if number not in gone]
            before = len(inside)
            if what == "ask":
                asked.append(asyncio.ensure_future(ask(len(asked))))
            elif what == "leave" and inside:
                gone.add(inside[which % len(inside)])
                gate.leave()
            elif what == "cancel" and asked:
                asked[which % len(asked)].cancel()
            elif what == "resize":
                gate.resize(which)
            for _ in range(4):
                await asyncio.sleep(0)
            inside = [number for number in entered if number not in gone]
            waiting = sum(not task.done() for task in asked)
            assert gate.inside == len(inside)
            assert len(inside) <= max(gate.size, before)
            assert not waiting or len(inside) >= gate.size
            assert entered == sorted(entered)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(whole())


def test_a_place_given_to_one_who_is_cancelled_at_that_moment_is_not_lost() -> None:
    async def whole() -> None:
        gate = Gate(1)
        await gate.enter()
        second, third = (asyncio.ensure_future(gate.enter()) for _ in range(2))
        await asyncio.sleep(0)
        gate.leave()
        second.cancel()  # its turn has come, but it has not run yet
        await asyncio.wait_for(third, 1.0)
        assert second.cancelled()
        assert gate.inside == 1

    asyncio.run(whole())


def test_a_free_place_is_not_taken_before_those_who_wait() -> None:
    async def whole() -> None:
        gate = Gate(1)
        assert gate.try_enter()
        waiting = asyncio.ensure_future(gate.enter())
        await asyncio.sleep(0)
        gate.leave()
        assert not gate.try_enter()
        await waiting

    asyncio.run(whole())
