import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from rvpo.results import ResultsError
from rvpo.results.stats import holm, sign_flip
from rvpo.results.stats.significance import EXACT_UP_TO, _random_bytes

DARWIN = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75.0])
SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4])
grid = arrays(float, st.integers(1, 12), elements=st.integers(-4, 4).map(lambda n: n / 4))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def brute_force(d: np.ndarray) -> float:
    """Two-sided p by counting all signings of integers."""
    d = np.round(4 * d).astype(int)
    sums = np.array([0])
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    return float(np.mean(np.abs(sums) >= abs(d.sum())))


def test_fishers_exact_test_of_darwins_maize() -> None:
    # Fisher (1935, section 21): 863 of the 32 768 signings reach 314; two-sided 1726.
    assert DARWIN.sum() == 314
    test = sign_flip(DARWIN, 99, rng())
    assert test.p_value == 1726 / 32768
    assert test.p_floor == 2 / 32768
    assert (test.p_error, test.exact) == (0.0, True)


def test_rs_sleep_data() -> None:
    # Nine differences of one sign and a zero, which changes nothing: 2 of 2**9 signings, 4 of 2**10.
    assert sign_flip(SLEEP, 99, rng()).p_value == 4 / 1024


@given(grid)
def test_exact_test_counts_all_signings(d: np.ndarray) -> None:
    assert sign_flip(d, 99, rng()).p_value == pytest.approx(brute_force(d), rel=1e-12)


@given(grid)
def test_signs_order_and_scale_change_nothing(d: np.ndarray) -> None:
    p = sign_flip(d, 99, rng()).p_value
    assert sign_flip(-d, 99, rng()).p_value == p
    assert sign_flip(d[::-1] * 0.1, 99, rng()).p_value == pytest.approx(p, rel=1e-12)
    assert 0 < p <= 1


def test_differences_of_one_size_are_mcnemars_exact_test() -> None:
    # Agresti's table [[794, 150], [86, 570]]: exact p = 3.7159e-5 = two-sided binomial(86; 236, 1/2).
    d = np.r_[np.zeros(1364), np.ones(150), -np.ones(86)]
    test = sign_flip(d, 99, rng())
    assert test.exact
    assert test.p_value == pytest.approx(3.7159e-5, rel=1e-4)
    assert test.p_value == pytest.approx(stats.binomtest(86, 236).pvalue, rel=1e-9)
    # statsmodels on [[23, 15], [19, 31]]: .607591
    assert sign_flip(np.r_[np.ones(15), -np.ones(19)] / 3, 99, rng()).p_value == pytest.approx(
        0.607591, abs=1e-6
    )


def test_monte_carlo_agrees_with_the_exact_p_within_its_error() -> None:
    d = np.r_[DARWIN, rng(1).integers(-60, 70, 8)].astype(float)
    assert np.count_nonzero(d) > EXACT_UP_TO
    test = sign_flip(d, 20_000, rng(2))
    assert not test.exact
    assert test.p_value == pytest.approx(brute_force(d / 4), abs=4 * test.p_error)
    assert test.p_error == pytest.approx((test.p_value * (1 - test.p_value) / 20_000) ** 0.5)


def test_monte_carlo_agrees_with_scipy() -> None:
    d = rng(5).normal(0.1, 1, 333)
    theirs = stats.permutation_test(
        (d,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9_999,
        rng=rng(6),
    )
    assert sign_flip(d, 99_999, rng(7)).p_value == pytest.approx(float(theirs.pvalue), abs=0.02)


def test_a_monte_carlo_p_is_never_zero() -> None:
    test = sign_flip(np.linspace(1, 2, 100), 999, rng())
    assert test.p_value == test.p_floor == 1 / 1000


def test_all_ties_are_no_evidence() -> None:
    assert sign_flip(np.zeros(10), 99, rng()) == (1.0, 1.0, 0.0, True)


def test_a_missing_difference_and_no_flips_are_refused() -> None:
    with pytest.raises(ResultsError, match="missing difference"):
        sign_flip(np.array([1.0, np.nan]), 99, rng())
    with pytest.raises(ResultsError, match="flips 0"):
        sign_flip(DARWIN, 0, rng())


def test_holm_by_hand() -> None:
    # Sorted .01 .02 .03 .04 .05 times 5 4 3 2 1 = .05 .08 .09 .08 .05, made monotone.
    assert holm([0.05, 0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.09, 0.05, 0.08, 0.09, 0.09])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_raw_and_bonferroni_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    m = len(p_values)
    assert all(p <= q <= min(1, m * p) + 1e-12 for p, q in zip(p_values, adjusted, strict=True))
    ordered = [q for _, q in sorted(zip(p_values, adjusted, strict=True))]
    assert ordered == sorted(ordered)


@pytest.mark.slow
@pytest.mark.parametrize("n", [15, 60])
def test_type_one_error(n: int) -> None:
    generator = rng(12)
    p = [sign_flip(generator.standard_t(4, n), 999, generator).p_value for _ in range(2_000)]
    assert 0.04 <= np.mean(np.array(p) <= 0.05) <= 0.06


@pytest.mark.parametrize("size", [1, 8, 12, 4_001])
def test_random_bytes_are_the_generators_own(size: int) -> None:
    drawn = _random_bytes(size, np.random.default_rng(3))
    assert drawn.tobytes() == np.random.default_rng(3).bytes(size)
