"""Re-judging and several judges."""

import numpy as np
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from rvpo.results import ResultsError
from rvpo.results.stats import judge_noise, judge_sensitivity, paired_t


def test_variance_is_the_anovas_mean_square() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 1)) + rng.normal(0, 0.5, (40, 3))
    found = judge_noise(x)
    import pandas as pd

    frame = pd.DataFrame({"y": x.ravel(), "item": np.repeat(np.arange(40), 3)})
    table = anova_lm(ols("y ~ C(item)", frame).fit())
    between, within = np.asarray(table["mean_sq"], dtype=float)
    assert found.variance == pytest.approx(within)
    assert found.between == pytest.approx((between - within) / 3)
    assert found.reliability == pytest.approx((between - within) / (between + 2 * within))
    assert found.se == pytest.approx((within / 120) ** 0.5)


def test_by_hand_with_a_failed_call() -> None:
    # Responses (0, 1), (1, 1, 1), (1): the last has one call. Squares .5 over 1 + 2 degrees; pairs differ 1/1 and 0/3.
    found = judge_noise([[0.0, 1.0, np.nan], [1.0, 1.0, 1.0], [1.0, np.nan, np.nan]])
    assert (found.n, found.variance, found.flips) == pytest.approx((2, 0.5 / 3, 0.5))
    assert found.calls == pytest.approx(1 / ((1 / 2 + 1 / 3) / 2))


def test_a_judge_that_never_changes_its_mind() -> None:
    found = judge_noise([[0.5, 0.5], [0.5, 0.5]])
    assert (found.variance, found.flips, found.se) == (0, 0, 0)
    assert np.isnan(found.reliability)
    assert np.isnan(found.share)
    with pytest.raises(ResultsError, match="1 responses have two calls"):
        judge_noise([[0.5, 0.5], [0.5, np.nan]])


def test_a_winner_must_hold_under_every_judge() -> None:
    rng = np.random.default_rng(1)
    up, none, down = rng.normal(0.1, 0.1, 100), rng.normal(0, 0.1, 100), rng.normal(-0.1, 0.1, 100)
    agree = judge_sensitivity({"x": up, "y": up + 0.01})
    assert agree.holds
    assert agree.spread == pytest.approx(0.01)
    assert [row.winner for row in agree.rows] == ["B", "B"]
    assert agree.rows[0].result == paired_t(up)
    assert not judge_sensitivity({"x": up, "y": none - none.mean()}).holds
    torn = judge_sensitivity({"x": up, "y": down})
    assert [row.winner for row in torn.rows] == ["B", "A"]
    assert not torn.holds
    alone = judge_sensitivity({"x": up}, clusters=list(range(100)))
    assert alone.holds
    assert np.isnan(alone.between)
    with pytest.raises(ResultsError, match="no judge"):
        judge_sensitivity({})
