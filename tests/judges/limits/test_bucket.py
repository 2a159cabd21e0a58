from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.limits.bucket import TokenBucket


def test_a_second_worth_at_once_then_at_the_rate() -> None:
    bucket = TokenBucket(120.0)  # two a second
    waits = [bucket.reserve(1.0, now=0.0) for _ in range(5)]
    assert waits == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.5])


def test_slower_than_one_a_second() -> None:
    bucket = TokenBucket(6.0)  # one in ten seconds
    assert [bucket.reserve(1.0, 0.0) for _ in range(3)] == pytest.approx([0.0, 10.0, 20.0])


def test_a_large_one_waits_for_a_full_bucket_and_leaves_a_debt() -> None:
    bucket = TokenBucket(600.0)  # ten a second, ten at once
    assert bucket.reserve(4.0, now=0.0) == 0.0
    # 6 are left of the 10 that a larger one waits for: 0.4 s. It takes 100, so the level is then -94 + 4 = -90.
    assert bucket.reserve(100.0, now=0.0) == pytest.approx(0.4)
    assert bucket.reserve(1.0, now=0.4) == pytest.approx(9.1)


def test_idling_saves_no_more_than_a_second() -> None:
    bucket = TokenBucket(60.0)
    bucket.reserve(1.0, 0.0)
    assert [bucket.reserve(1.0, 1000.0) for _ in range(3)] == pytest.approx([0.0, 1.0, 2.0])


def test_an_estimate_is_corrected() -> None:
    bucket = TokenBucket(600.0)
    bucket.reserve(10.0, 0.0)
    bucket.correct(20.0)  # it was 30
    assert bucket.reserve(5.0, 0.0) == pytest.approx(2.5)
    bucket.correct(-1e9)  # giving back never fills it beyond a second's worth
    assert [bucket.reserve(10.0, 0.0) for _ in range(2)] == pytest.approx([0.0, 1.0])


@given(
    st.floats(1.0, 10_000.0),
    st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.1, 40.0)), min_size=1, max_size=60),
)
def test_no_window_sees_more_than_its_rate_and_one_second(
    per_minute: float, asks: Sequence[tuple[float, float]]
) -> None:
    """Over any window of t seconds: at most (t + 1 s) of the rate, the last ask (which may be large) not counted."""
    rate = per_minute / 60.0
    bucket = TokenBucket(per_minute)
    now, used = 0.0, []
    for later, amount in asks:
        now += later
        used.append((now + bucket.reserve(amount, now), amount))
    used.sort(key=lambda use: use[0])
    for first in range(len(used)):
        total = 0.0
        for at, amount in used[first:]:
            allowed = max(rate, 1.0) + rate * (at - used[first][0])
            assert total + min(amount, max(rate, 1.0)) <= allowed * (1 + 1e-6) + 1e-6
            total += amount
