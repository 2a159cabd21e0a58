import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.limits.settings import Hedging
from rvpo.judges.limits.stragglers import LEAST, WINDOW, Stragglers


def test_nothing_is_slow_before_enough_is_known() -> None:
    stragglers = Stragglers(Hedging())
    for _ in range(LEAST - 1):
        stragglers.took(1.0)
    assert stragglers.patience_s() is None
    stragglers.took(1.0)
    assert stragglers.patience_s() == 1.0


@given(
    st.lists(st.floats(0.001, 100.0), min_size=LEAST, max_size=WINDOW + 60), st.sampled_from([0.5, 0.9, 0.95])
)
def test_the_quantile_of_the_last_ones(latencies: Sequence[float], after_p: float) -> None:
    stragglers = Stragglers(Hedging(after_p=after_p))
    for latency in latencies:
        stragglers.took(latency)
    last = sorted(latencies[-WINDOW:])
    patience_s = stragglers.patience_s()
    assert patience_s is not None
    assert patience_s == last[math.ceil(after_p * len(last)) - 1]
    # At least this share of them were done by then, so no more than 1 - after_p would have got company.
    assert sum(latency <= patience_s for latency in last) >= after_p * len(last)


@given(st.lists(st.booleans(), max_size=400), st.floats(0.01, 1.0))
def test_never_more_than_the_share(steps: Sequence[bool], most: float) -> None:
    stragglers = Stragglers(Hedging(most=most))
    for ended in steps:
        if ended:
            stragglers.took(1.0)
        else:
            stragglers.spend()
        assert stragglers.hedges <= most * stragglers.calls
