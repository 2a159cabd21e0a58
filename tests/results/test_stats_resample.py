import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from rvpo.results import ResultsError
from rvpo.results.stats import bca_intervals, bootstrap_means, percentile_intervals, t_interval
from rvpo.results.stats.resample import acceleration, bonett_price_interval

R_BOOT = np.array([10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213])
"""The data on which scipy's own test compares itself with R's boot (n = 1e6)."""


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_bca_and_percentile_agree_with_r_boot() -> None:
    column = R_BOOT[:, None]
    means = bootstrap_means(column, 200_000, rng())
    assert bca_intervals(column, means, 0.95)[0] == pytest.approx([32.31, 91.43], rel=0.006)
    assert percentile_intervals(means, 0.95)[0] == pytest.approx([28.86, 84.21], rel=0.006)


def test_bca_agrees_with_scipy_on_skewed_data() -> None:
    d = rng(3).exponential(size=60) - 0.4
    ours = bca_intervals(d[:, None], bootstrap_means(d[:, None], 40_000, rng(1)), 0.9)[0]
    reference = stats.bootstrap(
        (d,), np.mean, n_resamples=40_000, confidence_level=0.9, rng=rng(2), batch=1_000
    )
    low, high = reference.confidence_interval
    assert ours == pytest.approx([low, high], abs=0.02 * (high - low))


def test_acceleration_of_a_mean_equals_the_jackknifes() -> None:
    # Efron & Tibshirani (14.15): sum((m - m_i)^3) / (6 sum((m - m_i)^2)^1.5) over the leave-one-out means m_i.
    loo = np.array([np.delete(R_BOOT, i).mean() for i in range(len(R_BOOT))])
    jackknife = loo.mean() - loo
    assert acceleration(R_BOOT) == pytest.approx(
        np.sum(jackknife**3) / (6 * np.sum(jackknife**2) ** 1.5), rel=1e-12
    )
    assert acceleration(R_BOOT) > 0


def test_a_column_with_holes_is_the_mean_over_the_items_that_have_it() -> None:
    d = rng(4).normal(size=(40, 3))
    d[::3, 1] = np.nan
    means = bootstrap_means(d, 5_000, rng())
    present = d[~np.isnan(d[:, 1]), 1]
    assert means[:, 1].mean() == pytest.approx(present.mean(), abs=0.02)
    assert means[:, 1].std() == pytest.approx(present.std() / len(present) ** 0.5, rel=0.1)
    alone = np.where(np.isnan(d), 0.0, d)
    assert np.allclose(means[:, 0], bootstrap_means(alone, 5_000, rng())[:, 0])


def test_memory_is_bounded_whatever_the_size() -> None:
    d = rng().normal(size=(400_000, 1))
    assert bootstrap_means(d, 3, rng()).shape == (3, 1)


@given(
    arrays(float, st.integers(3, 30), elements=st.floats(-1, 1).map(lambda x: round(x, 3))), st.floats(-3, 3)
)
def test_bca_mirrors_with_the_data_and_moves_with_a_shift(d: np.ndarray, shift: float) -> None:
    def interval(x: np.ndarray) -> tuple[float, float]:
        low, high = bca_intervals(x[:, None], bootstrap_means(x[:, None], 400, rng(7)), 0.9)[0]
        return float(low), float(high)

    low, high = interval(d)
    assert interval(-d) == pytest.approx([-high, -low], abs=1e-9)
    assert interval(d + shift) == pytest.approx([low + shift, high + shift], abs=1e-7)
    assert low - 1e-12 <= d.max()
    assert high + 1e-12 >= d.min()


def test_constant_differences_have_no_width() -> None:
    d = np.full((30, 1), 0.1)
    assert bca_intervals(d, bootstrap_means(d, 200, rng()), 0.95)[0] == pytest.approx([0.1, 0.1])


def test_t_interval_of_rs_sleep_data() -> None:
    # R: t.test(extra ~ group, data = sleep, paired = TRUE) gives -2.4598858 .. -0.7001142 for group 1 - group 2.
    d = -np.array([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4])
    assert t_interval(d, 0.95) == pytest.approx((-2.4598858, -0.7001142), abs=1e-7)
    with pytest.raises(ResultsError, match="at least 2 items; got 1"):
        t_interval(d[:1], 0.95)


def test_bonett_price_by_hand() -> None:
    # 10 items, 4 up, 1 down: p12 = 5/12, p21 = 2/12, centre 3/12,
    # half = 1.959964 * sqrt((7/12 - 9/144) / 12) = 1.959964 * 0.2083333 = 0.408326.
    d = np.array([1, 1, 1, 1, -1, 0, 0, 0, 0, 0.0])
    assert bonett_price_interval(d, 0.95) == pytest.approx((0.25 - 0.408326, 0.25 + 0.408326), abs=1e-6)
    low, high = bonett_price_interval(np.zeros(10), 0.95)
    assert low == -high < 0


def test_nothing_to_resample_is_refused() -> None:
    with pytest.raises(ResultsError, match="0 items"):
        bootstrap_means(np.zeros((0, 1)), 10, rng())


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 300])
def test_coverage_of_bca_and_t(n: int) -> None:
    generator = rng(11)
    covered = np.zeros(2)
    for _ in range(2_000):
        d = generator.beta(2, 3, n) - generator.beta(2, 3, n)
        low, high = bca_intervals(d[:, None], bootstrap_means(d[:, None], 1_000, generator), 0.95)[0]
        t_low, t_high = t_interval(d, 0.95)
        covered += [low <= 0 <= high, t_low <= 0 <= t_high]
    assert np.all(np.abs(covered / 2_000 - 0.95) < 0.015)
