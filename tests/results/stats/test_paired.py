"""Goldens of the paired tests, and statsmodels and scipy beside them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats import contingency_tables, weightstats

from rvpo.results import ResultsError
from rvpo.results.stats import (
    cochran_q,
    discordant,
    equivalence,
    holm,
    mcnemar,
    non_inferiority,
    paired_t,
    wilcoxon,
)

DARWIN = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75.0])
SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4])
DEMSAR = np.array(
    [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.0, 0.94, 0.619, 0.972, 0.957]
)
DEMSAR_TUNED = np.array(
    [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978]
)
grid = arrays(float, st.integers(2, 12), elements=st.integers(-4, 4).map(lambda n: n / 4))


def test_students_sleep_data() -> None:
    # R: t.test(extra ~ group, data = sleep, paired = TRUE): t = -4.0621, p = 0.002833, -2.4599 to -0.7001.
    t = paired_t(-SLEEP)
    assert t.statistic == pytest.approx(-4.0621, abs=5e-5)
    assert t.p_value == pytest.approx(0.002833, abs=5e-7)
    assert (t.low, t.high) == pytest.approx((-2.4599, -0.7001), abs=5e-5)
    assert (t.n, t.df, t.draws, t.seed) == (10, 9, 0, None)


def test_darwins_maize_by_t_and_wilcoxon() -> None:
    # Fisher (1935): t = 2.148, p = .04970; R: wilcox.test: V = 96, smaller sum 24, p = .04126.
    t, w = paired_t(DARWIN), wilcoxon(DARWIN)
    assert (t.statistic, t.p_value) == pytest.approx((2.148, 0.04970), abs=5e-4)
    assert (w.statistic, w.p_value) == pytest.approx((24, 0.041260), abs=5e-7)
    assert "exact" in w.method


def test_wilcoxon_over_demsars_data_sets() -> None:
    # Demsar (2006, table 2): R+ 93, R- 12 with the zeros' ranks split. Variance 14 15 29 / 24 = 253.75, without ties
    # z = -40.5 / sqrt(253.75) = -2.5424; the pairs of ties (0, 0) and (.005, .005) take (2^3 - 2) / 48 off each.
    w = wilcoxon(DEMSAR_TUNED - DEMSAR)
    assert w.statistic == 12
    assert stats.norm.ppf((w.p_value or 0) / 2) == pytest.approx(-40.5 / (253.75 - 0.25) ** 0.5, abs=1e-9)
    assert round(-40.5 / 253.75**0.5, 4) == -2.5424
    assert "normal, zeros split" in w.method
    assert wilcoxon(DEMSAR_TUNED - DEMSAR, zeros="drop").n == 12


@pytest.mark.parametrize(
    ("table", "chi2", "exact"),
    [
        ([[794, 150], [86, 570]], 17.3559, 3.7159e-5),  # Agresti, approval of the prime minister
        ([[23, 15], [19, 31]], 0.470588, 0.607591),  # statsmodels' test against R
        ([[9945, 25], [15, 15]], 2.5, 0.153860),  # mlxtend's documentation
    ],
)
def test_mcnemar(table: list[list[int]], chi2: float, exact: float) -> None:
    only_a, only_b = table[0][1], table[1][0]
    ours = mcnemar(only_a, only_b)
    assert ours.statistic == pytest.approx(chi2, abs=1e-4)
    assert ours.p_value == pytest.approx(exact, rel=2e-4)
    reference: Any = contingency_tables.mcnemar(table, exact=True)
    assert ours.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    mid = (ours.p_value or 0) - stats.binom.pmf(min(only_a, only_b), only_a + only_b, 0.5)
    assert mcnemar(only_a, only_b, mid_p=True).p_value == pytest.approx(mid, rel=1e-9)


def test_mid_p_of_a_draw_and_of_nothing() -> None:
    # m = 2, one each: no outcome is less extreme, P(X = 1) = 1/2 counts by half: 1 - 1/4.
    assert mcnemar(1, 1).p_value == 1
    assert mcnemar(1, 1, mid_p=True).p_value == pytest.approx(0.75)
    assert mcnemar(0, 0).p_value == mcnemar(0, 0, mid_p=True).p_value == 1


def test_discordant_counts_leave_holes_out() -> None:
    assert discordant([1, 0, 1, np.nan, 0], [0, 1, 1, 1, 1]) == (1, 2)
    with pytest.raises(ResultsError, match=r"b\[1\] is 0.5"):
        discordant([1, 0], [0, 0.5])
    with pytest.raises(ResultsError, match="2 and 1"):
        discordant([1, 0], [0])


def test_cochran_q_agrees_with_statsmodels_and_with_mcnemar() -> None:
    x = np.random.default_rng(0).random((60, 4)) < [0.4, 0.5, 0.6, 0.7]
    ours = cochran_q(x)
    reference: Any = contingency_tables.cochrans_q(x.astype(int))
    assert (ours.statistic, ours.p_value) == pytest.approx((reference.statistic, reference.pvalue))
    two = cochran_q(x[:, :2])
    assert two.statistic == pytest.approx(mcnemar(*discordant(x[:, 0], x[:, 1])).statistic)
    assert cochran_q(np.ones((5, 3))).p_value == 1
    with pytest.raises(ResultsError, match="1 runs"):
        cochran_q(x[:, :1])


def test_equivalence_agrees_with_statsmodels() -> None:
    d = np.random.default_rng(1).normal(0.01, 0.1, 50)
    ours = equivalence(d, 0.05)
    p, above, below = weightstats.ttost_paired(d, np.zeros(50), -0.05, 0.05)
    assert ours.p_value == pytest.approx(p)
    assert non_inferiority(d, 0.05).p_value == pytest.approx(above[1])
    assert max(above[1], below[1]) == pytest.approx(p)


@given(grid, st.floats(0.05, 2))
def test_the_interval_lies_inside_the_margin_exactly_when_the_test_says_so(
    d: np.ndarray, margin: float
) -> None:
    e, n = equivalence(d, margin), non_inferiority(d, margin)
    assert e.low is not None
    assert e.high is not None
    assert n.low is not None
    if np.ptp(d) and min(abs(abs(e.low) - margin), abs(abs(e.high) - margin), abs(n.low + margin)) > 1e-9:
        assert (-margin < e.low and e.high < margin) == ((e.p_value or 0) < 0.05)
        assert (n.low > -margin) == ((n.p_value or 0) < 0.05)


@given(grid)
def test_swapping_the_arms_mirrors_the_t_test(d: np.ndarray) -> None:
    there, back = paired_t(d), paired_t(-d)
    assert (there.low, there.high) == pytest.approx((-(back.high or 0), -(back.low or 0)), abs=1e-12)
    assert there.p_value == pytest.approx(back.p_value, nan_ok=True)


def test_holm_rejects_three_of_the_fifteen_in_benjamini_and_hochberg() -> None:
    # Benjamini & Hochberg (1995, section 4.1): Bonferroni and Holm reject 3 at .05, their own procedure 4.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
    ]
    p += [0.7590, 1.0]
    assert sum(value <= 0.05 for value in holm(p)) == 3


@pytest.mark.parametrize(
    ("right", "n", "se"), [(3275, 5000, 0.67), (3150, 5000, 0.68), (137, 164, 2.89), (1883, 2500, 0.86)]
)
def test_standard_errors_of_millers_example(right: int, n: int, se: float) -> None:
    # Miller (2024, table 1): MATH 65.5 and 63.0, HumanEval 83.6, MGSM 75.3, in points; sqrt(p (1 - p) / n), which
    # divides by n where the t test divides by n - 1.
    found = paired_t(np.r_[np.ones(right), np.zeros(n - right)])
    assert 100 * (found.se or 0) * ((n - 1) / n) ** 0.5 == pytest.approx(se, abs=0.01)


def test_ties_constants_and_holes() -> None:
    flat = paired_t(np.full(5, 0.25))
    assert (flat.low, flat.high, flat.se) == (0.25, 0.25, 0)
    assert np.isnan(flat.p_value or 0)
    assert flat.notes
    assert paired_t(np.zeros(5)).p_value == wilcoxon(np.zeros(5)).p_value == 1
    assert equivalence(np.zeros(5), 0.1).p_value == 0
    assert paired_t([1, np.nan, 2, 3]).n == 3


@pytest.mark.parametrize("bad", [[], [1.0], [np.nan, 1.0]])
def test_fewer_than_two_differences_are_refused(bad: list[float]) -> None:
    with pytest.raises(ResultsError, match="at least 2"):
        paired_t(bad)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ResultsError, match="value 1 is infinite"):
        paired_t([1, np.inf, 2])
    with pytest.raises(ResultsError, match=r"confidence 1\.5"):
        paired_t(SLEEP, 1.5)
    with pytest.raises(ResultsError, match=r"above 0\.5"):
        non_inferiority(SLEEP, 1, 0.3)
    with pytest.raises(ResultsError, match="margin 0"):
        equivalence(SLEEP, 0)
    with pytest.raises(ResultsError, match="negative"):
        mcnemar(-1, 2)
    assert paired_t([0.0, 1.0]).df == 1
