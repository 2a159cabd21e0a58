from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.results import Comparison
from rvpo.results.report import to_markdown, to_text
from rvpo.results.report.words import direction, limits, p_of, p_text, percent, points, signed, verdict


@pytest.fixture
def comparison() -> Comparison:
    return Comparison(
        a="Warm start", b="RVPO, 16 steps", mean_a=0.41, mean_b=0.453, difference=0.043, low=0.012, high=0.074,
        p_value=0.0041, n_items=120, draws_a=1, draws_b=1, wins=50, ties=40, losses=30, detectable=0.031,
        method="exact", resamples=0, flips=0, p_floor=1e-9, seed=0,
    )  # fmt: skip


def changed(c: Comparison, **fields: Any) -> Comparison:
    return msgspec.structs.replace(c, **fields)


def test_a_clear_difference_is_said_with_its_size(comparison: Comparison) -> None:
    told = verdict(comparison)
    assert told.headline == "“RVPO, 16 steps” scores higher than “Warm start”, by 4.3 points of 100."
    assert told.detail == (
        "On the same 120 items, answered once each, “Warm start” earned 41.0 points of 100 and “RVPO, 16 steps” "
        "45.3: a difference of +4.3 (95 % interval +1.2 to +7.4; p = 0.004). The interval does not include zero. "
        "“RVPO, 16 steps” did better on 50, worse on 30 and the same on 40."
    )


def test_a_fall_is_called_lower(comparison: Comparison) -> None:
    told = verdict(changed(comparison, difference=-0.043, low=-0.074, high=-0.012))
    assert told.headline == "“RVPO, 16 steps” scores lower than “Warm start”, by 4.3 points of 100."
    assert "difference of −4.3 (95 % interval −7.4 to −1.2" in told.detail


def test_an_interval_over_zero_is_said_plainly(comparison: Comparison) -> None:
    told = verdict(changed(comparison, low=-0.004, p_value=0.08, draws_a=4, draws_b=8))
    assert told.headline == "No clear difference between “RVPO, 16 steps” and “Warm start”."
    assert "The interval includes zero: neither can be called better." in told.detail
    assert "answered 4 and 8 times each" in told.detail


def test_interval_and_test_must_agree(comparison: Comparison) -> None:
    told = verdict(changed(comparison, p_value=0.053))
    assert told.direction == 0
    assert "Interval and test do not agree" in told.detail


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(0.0001, 1))
def test_better_is_only_said_when_both_sides_say_so(x: float, y: float, z: float, p: float) -> None:
    low, mid, high = sorted((x, y, z))
    c = Comparison(
        a="a", b="b", mean_a=0, mean_b=mid, difference=mid, low=low, high=high, p_value=p, n_items=9, draws_a=1,
        draws_b=1, wins=0, ties=9, losses=0, detectable=0, method="", resamples=0, flips=0, p_floor=0, seed=0,
    )  # fmt: skip
    if direction(c):
        assert p <= 0.05
        assert low > 0 or high < 0
    assert (verdict(c).headline.startswith("No clear")) == (direction(c) == 0)


@given(st.floats(-2, 2))
def test_numbers_have_one_decimal_and_one_minus_sign(x: float) -> None:
    text = signed(x)
    assert text.replace("−", "-").lstrip("+-") == points(abs(x))
    assert "-" not in text
    assert text[0] in "+−" or text == "0.0"


def test_limits_tell_holes_families_and_further_comparisons(comparison: Comparison) -> None:
    c = changed(
        comparison,
        difference_low=-0.01,
        difference_high=0.09,
        coverage_a=0.98,
        coverage_b=0.9999,
        dropped_b=3,
    )
    told = " ".join(limits(c, further=2))
    assert "judged: 98 % and 99.9 % of the rubric's weight" in told
    assert "between −1.0 and +9.0 points" in told
    assert "The 3 comparisons of this report are not adjusted" in told
    assert "0 items of “Warm start” and 3 of “RVPO, 16 steps”" in told
    assert "true difference of 3.1 points" in told
    assert "one training run for each" in told
    assert not any("holes" in line for line in limits(comparison))


def test_p_is_never_zero_and_full_coverage_is_full() -> None:
    assert p_text(1e-300) == "≤ 0.00001"
    assert p_text(1.0, 1.0) == "= 1.00"
    assert percent(1.0) == "100 %"
    assert (percent(0.0), percent(0.0049), percent(0.0004)) == ("0 %", "0.5 %", "under 0.1 %")


def test_only_random_flips_bound_a_p_value(comparison: Comparison) -> None:
    # Seven differences of one sign: 2 of 2**7 signings are as extreme, and all were counted.
    exact = changed(comparison, p_value=2 / 2**7, p_floor=2 / 2**7)
    assert p_of(exact) == "= 0.016"
    assert p_of(changed(exact, p_value=0.01, p_floor=0.01, flips=99)) == "≤ 0.010"


def test_terminal_and_markdown_carry_the_same_figures(comparison: Comparison) -> None:
    c = changed(comparison, b="R|V<b>PO")
    text, markdown = to_text([c, c], width=120), to_markdown([c])
    for figure in ("41.0", "45.3", "+4.3", "+1.2 to +7.4", "0.004"):
        assert figure in text
        assert figure in markdown
    assert "R\\|V&lt;b>PO" in markdown
    assert text.count("scores higher") == 2
    assert "\x1b" not in text
    assert "\x1b" in to_text([c], color=True)
