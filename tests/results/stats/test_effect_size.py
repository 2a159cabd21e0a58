"""Effect sizes by hand and against scipy."""

import numpy as np
import pytest
from scipy import stats

from rvpo.results import ResultsError
from rvpo.results.stats import effect_size


def test_counts_and_odds() -> None:
    # 6 up, 1 tie, 2 down: odds 3; Clopper-Pearson of 6 in 8 is .3491 to .9681, odds .5364 to 30.4.
    e = effect_size([1, 1, 2, 1, 1, 3, 0, -1, -1])
    assert (e.wins, e.ties, e.losses, e.odds_ratio) == (6, 1, 2, 3)
    share = stats.binomtest(6, 8).proportion_ci(0.95, method="exact")
    assert (e.odds_low, e.odds_high) == pytest.approx(
        (share.low / (1 - share.low), share.high / (1 - share.high))
    )


def test_d_z_and_the_interval_that_inverts_the_noncentral_t() -> None:
    d = np.random.default_rng(0).normal(0.4, 1, 30)
    e = effect_size(d, 0.9)
    t = stats.ttest_1samp(d, 0).statistic
    assert e.d_z == pytest.approx(t / 30**0.5)
    assert e.d_z_low is not None
    assert e.d_z_high is not None
    assert stats.nct.sf(t, 29, e.d_z_low * 30**0.5) == pytest.approx(0.05, abs=1e-6)
    assert stats.nct.cdf(t, 29, e.d_z_high * 30**0.5) == pytest.approx(0.05, abs=1e-6)


def test_rounding_makes_no_winner() -> None:
    assert effect_size([0.1 + 0.2 - 0.3, 0.5, -0.5]).ties == 1


def test_ties_constants_and_one_sided_counts() -> None:
    tied = effect_size(np.zeros(4))
    assert (tied.d_z, tied.ties) == (None, 4)
    assert np.isnan(tied.odds_ratio)
    up = effect_size([0.5, 0.5])
    assert (up.d_z, up.odds_ratio, up.odds_high) == (None, float("inf"), float("inf"))
    down = effect_size([-0.5, -0.25, np.nan])
    assert (down.n, down.odds_ratio, down.odds_low) == (2, 0, 0)
    with pytest.raises(ResultsError, match="at least 2"):
        effect_size([1.0])
