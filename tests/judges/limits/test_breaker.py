from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.limits.breaker import Breaker
from rvpo.judges.limits.settings import Breaking

SETTINGS = Breaking(after=3, within_s=10.0, probe_s=5.0, patience_s=20.0)


def opened() -> Breaker:
    breaker = Breaker(SETTINGS)
    for now in (0.0, 1.0, 2.0):
        assert breaker.admit(now) == "go"
        breaker.failed(now, "refused", probe=False)
    return breaker


def test_opens_probes_and_closes() -> None:
    breaker = opened()
    assert [breaker.admit(now) for now in (2.0, 6.9)] == ["wait", "wait"]
    assert [breaker.admit(now) for now in (7.0, 7.1, 13.0)] == ["probe", "wait", "wait"]  # one at a time
    breaker.failed(13.0, "refused again", probe=True)
    assert breaker.admit(13.1) == "probe"
    breaker.succeeded()
    assert breaker.admit(13.2) == "go"
    breaker.failed(13.3, "refused", probe=False)
    assert breaker.admit(13.4) == "go"  # counting starts anew


def test_an_old_outage_fails_at_once_but_is_still_probed() -> None:
    breaker = opened()
    assert [breaker.admit(now) for now in (22.0, 22.1)] == ["probe", "no"]
    assert "3 times in a row: refused" in breaker.excuse()
    breaker.succeeded()
    assert breaker.admit(22.2) == "go"


def test_failures_far_apart_or_with_an_answer_between_do_not_open() -> None:
    apart = Breaker(SETTINGS)
    for now in (0.0, 8.0, 16.0, 24.0):
        apart.failed(now, "reset", probe=False)
    assert apart.admit(24.0) == "go"
    between = Breaker(SETTINGS)
    for now in (0.0, 0.1):
        between.failed(now, "reset", probe=False)
        between.failed(now, "reset", probe=False)
        between.succeeded()
    assert between.admit(1.0) == "go"


def test_a_cancelled_probe_hands_over() -> None:
    breaker = opened()
    assert breaker.admit(7.0) == "probe"
    breaker.abandoned()
    assert breaker.admit(7.0) == "probe"


def test_failures_of_requests_from_before_do_not_end_a_probe() -> None:
    breaker = opened()
    assert breaker.admit(7.0) == "probe"
    breaker.failed(7.5, "timed out", probe=False)
    assert breaker.admit(12.5) == "wait"


@given(
    st.lists(st.tuples(st.floats(0.0, 8.0), st.sampled_from(["ask", "good", "bad", "gone"])), max_size=120)
)
def test_never_two_probes_at_once_and_never_stuck(steps: Sequence[tuple[float, str]]) -> None:
    breaker = Breaker(SETTINGS)
    now, probing = 0.0, False
    for later, step in steps:
        now += later
        if step == "ask":
            admission = breaker.admit(now)
            assert not (probing and admission == "probe")
            probing |= admission == "probe"
        elif step == "good":
            breaker.succeeded()
            probing = False
            assert breaker.admit(now) == "go"
        elif step == "bad":
            breaker.failed(now, "bad", probe=probing)
            probing = False
        elif probing:
            breaker.abandoned()
            probing = False
    if probing:
        breaker.failed(now, "bad", probe=True)
    assert breaker.admit(now + SETTINGS.probe_s) in {"go", "probe"}
