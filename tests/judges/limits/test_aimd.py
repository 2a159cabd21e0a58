from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.limits.aimd import COOLDOWN_S, Aimd


def test_doubles_each_round_trip_until_the_first_overload() -> None:
    aimd = Aimd(start=4, least=1, most=100)
    for expected in (8, 16, 32):
        for _ in range(aimd.limit):
            aimd.succeeded(aimd.limit, now=0.0)
        assert aimd.limit == expected


def test_afterwards_one_more_a_round_trip() -> None:
    aimd = Aimd(start=20, least=4, most=100)
    aimd.overloaded(now=0.0)
    assert aimd.limit == 16  # 0.8 x 20
    for expected in (17, 18):
        for _ in range(aimd.limit):
            aimd.succeeded(aimd.limit, now=COOLDOWN_S)
        assert aimd.limit == expected


def test_shrinks_once_a_cooldown_and_does_not_grow_in_it() -> None:
    aimd = Aimd(start=100, least=4, most=100)
    for now in (0.0, 1.0, COOLDOWN_S - 0.1):
        aimd.overloaded(now)
        aimd.succeeded(aimd.limit, now)
    assert aimd.limit == 80
    aimd.overloaded(COOLDOWN_S)
    assert aimd.limit == 64


@pytest.mark.parametrize(("in_flight", "grows"), [(7, False), (8, True), (10, True)])
def test_grows_only_where_eight_in_ten_places_are_used(in_flight: int, grows: bool) -> None:
    aimd = Aimd(start=10, least=1, most=100)
    aimd.succeeded(in_flight, now=0.0)
    assert (aimd.limit == 11) is grows


@given(
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 200),
    st.lists(st.tuples(st.booleans(), st.floats(0, 20), st.integers(1, 200)), max_size=200),
)
def test_stays_within_its_bounds_and_steps(
    start: int, least: int, most: int, events: Sequence[tuple[bool, float, int]]
) -> None:
    aimd = Aimd(start=max(start, least), least=least, most=most)
    now = 0.0
    for good, later, in_flight in events:
        now += later
        before = aimd.limit
        if good:
            aimd.succeeded(in_flight, now)
            assert before <= aimd.limit <= before + 1
        else:
            aimd.overloaded(now)
            assert min(least, most, before) <= aimd.limit <= before
            assert aimd.limit >= int(before * 0.8)
        assert min(least, most) <= aimd.limit <= most


def test_settles_about_what_a_server_bears() -> None:
    """A server with 50 places turns away what is more, one round trip a second, for 40 minutes.

    Sawtooth: from a little over 50 down to 0.8 of it, then up one a round after the cooldown of 15 rounds.
    """
    aimd = Aimd(start=20, least=4, most=200)
    used: list[int] = []
    for second in range(2400):
        limit = aimd.limit
        for place in range(limit):
            if place < 50:
                aimd.succeeded(limit, float(second))
            else:
                aimd.overloaded(float(second))
        used.append(limit)
    late = used[600:]
    assert max(late) <= 52
    assert min(late) >= 39
    assert sum(late) / len(late) > 42
