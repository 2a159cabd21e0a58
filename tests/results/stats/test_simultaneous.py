"""Max-T bands: one column is a t test, independent columns follow Sidak, and the long way round agrees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rvpo.results import ResultsError
from rvpo.results.stats import cluster_mean, max_t, paired_t
from rvpo.results.stats.simultaneous import Side, errors, influences

B = 20_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_one_column_is_its_t_test() -> None:
    d = rng(1).normal(0.3, 1, 25)
    bands, t = max_t(d[:, None], B, rng()), paired_t(d)
    assert (bands.low[0], bands.high[0]) == pytest.approx((t.low, t.high), abs=0.02)
    assert bands.p_value[0] == pytest.approx(t.p_value, abs=4 * bands.p_error + 1e-4)
    assert (bands.n, bands.draws, bands.seed) == ((25,), B, (0,))


def test_independent_columns_follow_sidak() -> None:
    # The maximum of 10 independent |z| is below c with probability .95 when each is with .95**(1/10).
    x = np.linalg.qr(rng(2).normal(size=(400, 11)))[0]
    x = x - x.mean(axis=0)
    x = np.linalg.qr(x)[0][:, :10]
    bands = max_t(x, B, rng())
    assert bands.critical == pytest.approx(stats.norm.ppf((1 + 0.95**0.1) / 2), abs=0.03)


def test_equal_columns_cost_nothing() -> None:
    d = rng(3).normal(size=80)
    many = max_t(np.tile(d[:, None], 20), B, rng())
    assert many.critical == pytest.approx(stats.norm.ppf(0.975), abs=0.03)


def test_the_long_way_round_agrees() -> None:
    # One normal weight an item for all columns, written out; ours draws from the same law with K numbers a resample.
    x = rng(4).normal(size=(60, 5)) @ rng(5).normal(size=(5, 5))
    x[::7, 2] = np.nan
    found = influences(x)
    weighted = rng(6).normal(size=(B, 60)) @ found.influence
    ours = errors(found.influence, B, rng(7))
    assert np.cov(ours.T) == pytest.approx(np.cov(weighted.T), abs=0.06 * np.cov(weighted.T).max())
    scale = weighted.std(axis=0)
    edges = [np.quantile(np.abs(z / scale).max(axis=1), 0.95) for z in (ours, weighted)]
    assert edges[0] == pytest.approx(edges[1], abs=0.04)


@pytest.mark.parametrize("side", ["two-sided", "greater", "less"])
def test_the_p_value_and_the_band_agree(side: Side) -> None:
    x = rng(8).normal([0.0, 0.25, -0.3, 0.4, -0.2], 1, (60, 5))
    bands = max_t(x, B, rng(), side=side)
    for low, high, p in zip(bands.low, bands.high, bands.p_value, strict=True):
        if abs(p - 0.05) > 4 * bands.p_error:
            assert (low > 0 or high < 0) == (p < 0.05)
    ends = {"greater": bands.high, "less": bands.low}.get(side, (0.0,))
    assert np.isinf(ends).all() == (side != "two-sided")


@given(st.integers(0, 50), st.floats(0.01, 100))
def test_scaling_a_column_scales_its_band_alone(seed: int, scale: float) -> None:
    x = rng(seed).normal(size=(20, 3))
    y = x * [1, scale, 1]
    ours, theirs = max_t(x, 2_000, rng()), max_t(y, 2_000, rng())
    assert theirs.critical == pytest.approx(ours.critical, rel=0.05)
    assert theirs.estimate[1] == pytest.approx(scale * ours.estimate[1])
    assert theirs.se[1] == pytest.approx(scale * ours.se[1])


def test_holes_and_clusters() -> None:
    x = rng(9).normal(size=(40, 2))
    x[:10, 1] = np.nan
    bands = max_t(x, 500, rng())
    assert bands.n == (40, 30)
    assert bands.estimate[1] == pytest.approx(np.nanmean(x[:, 1]))
    assert bands.se[1] == pytest.approx(np.nanstd(x[:, 1], ddof=1) / 30**0.5)
    labels = np.repeat(np.arange(20), 2).tolist()
    grouped = max_t(x[:, :1], 500, rng(), clusters=labels)
    assert grouped.se[0] == pytest.approx(cluster_mean(x[:, 0], labels).se)
    assert "only 20 clusters" in grouped.notes[0]


def test_a_column_that_does_not_vary() -> None:
    x = rng(10).normal(size=(10, 3))
    x[:, 1], x[:, 2] = 0, 0.1 + 0.2
    bands = max_t(x, 500, rng())
    assert bands.p_value[1] == 1
    assert np.isnan(bands.p_value[2])
    assert (bands.low[2], bands.high[2]) == pytest.approx((0.3, 0.3))
    assert "2 columns do not vary" in bands.notes[0]


def test_bad_input() -> None:
    with pytest.raises(ResultsError, match="column 1 has 1 values"):
        max_t([[1.0, np.nan], [2.0, 3.0], [3.0, np.nan]], 500, rng())
    with pytest.raises(ResultsError, match="resamples 5"):
        max_t(np.eye(4), 5, rng())
    with pytest.raises(ResultsError, match=r"shape \(3,\)"):
        max_t([1.0, 2.0, 3.0], 500, rng())
    with pytest.raises(ResultsError, match="0 rows"):
        max_t(np.empty((0, 3)), 500, rng())
    with pytest.raises(ResultsError, match="infinite"):
        max_t([[1.0], [np.inf]], 500, rng())
    with pytest.raises(ResultsError, match="one cluster only"):
        max_t([[1.0, 1.0], [2.0, 2.0], [3.0, np.nan]], 500, rng(), clusters=["x", "x", "y"])
    with pytest.raises(ResultsError, match="side 'up'"):
        max_t(np.eye(4), 500, rng(), side="up")  # type: ignore[arg-type]
