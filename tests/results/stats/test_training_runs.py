"""Runs as the unit, against scipy; and the plain words for one run."""

import numpy as np
import pytest
from scipy import stats

from rvpo.results import ResultsError
from rvpo.results.stats import ONE_RUN, compare_methods, paired_t, run_level_words

B = 2_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def runs(seed: int, count: int, mean: float, run_sd: float, n: int = 300) -> np.ndarray:
    items = rng(77).normal(0, 0.2, n)
    own = rng(seed)
    return mean + items + own.normal(0, run_sd, (count, 1)) + own.normal(0, 0.2, (count, n))


def test_run_level_t_is_welchs_and_randomisation_is_scipys() -> None:
    a, b = runs(1, 4, 0.5, 0.02), runs(2, 5, 0.53, 0.03)
    found = compare_methods(a, b, B, rng())
    mean_a, mean_b = a.mean(axis=1), b.mean(axis=1)
    welch = stats.ttest_ind(mean_b, mean_a, equal_var=False)
    assert found.runs is not None
    assert (found.runs.statistic, found.runs.p_value) == pytest.approx((welch.statistic, welch.pvalue))
    interval = welch.confidence_interval()
    assert (found.runs.low, found.runs.high) == pytest.approx((interval.low, interval.high))
    exact = stats.permutation_test(
        (mean_b, mean_a),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        alternative="greater",
    )
    assert found.randomised is not None
    assert found.randomised.p_value == pytest.approx(exact.pvalue)
    assert (found.randomised.p_floor, found.randomised.draws) == (1 / 126, 0)
    assert "fewer than 5 runs" in found.notes[0]
    assert found.run_sd == pytest.approx(((mean_a.var(ddof=1) + mean_b.var(ddof=1)) / 2) ** 0.5)


def test_paired_runs() -> None:
    a, b = runs(1, 5, 0.5, 0.02), runs(2, 5, 0.53, 0.02)
    found = compare_methods(a, b, B, rng(), paired_runs=True)
    reference = paired_t(b.mean(axis=1) - a.mean(axis=1))
    assert found.runs is not None
    assert found.randomised is not None
    assert (found.runs.low, found.runs.p_value) == pytest.approx((reference.low, reference.p_value))
    assert found.randomised.p_floor == 2 / 2**5
    assert "no p-value below 0.062" in found.randomised.notes[0]


def test_one_run_says_what_it_is_about() -> None:
    a, b = runs(1, 1, 0.5, 0.0), runs(2, 3, 0.5, 0.0)
    found = compare_methods(a, b, B, rng())
    assert (found.runs, found.both, found.hierarchical) == (None, None, None)
    assert found.notes == (ONE_RUN,)
    assert "two checkpoints, not about the two methods" in run_level_words(found)
    assert run_level_words(None) == ONE_RUN
    assert "3 and 4 training runs" in run_level_words(
        compare_methods(runs(1, 3, 0, 0.1), runs(2, 4, 0, 0.1), B, rng())
    )


def test_runs_and_items_together_are_wider_than_either() -> None:
    found = compare_methods(runs(1, 6, 0.5, 0.02, 60), runs(2, 6, 0.5, 0.02, 60), B, rng())
    assert found.both is not None
    assert found.runs is not None
    assert (found.both.se or 0) >= max(found.runs.se or 0, found.items.se or 0)


def test_two_way_standard_error_and_bootstrap_are_what_repeated_studies_show() -> None:
    estimates, both, drawn = [], [], []
    for seed in range(150):
        own = rng(seed)
        gain = own.normal(0, 0.2, 40)
        a = own.normal(0, 0.03, (8, 1)) + own.normal(0, 0.2, (8, 40))
        b = gain + own.normal(0, 0.03, (8, 1)) + own.normal(0, 0.2, (8, 40))
        found = compare_methods(a, b, 200, own)
        assert found.both is not None
        assert found.hierarchical is not None
        estimates.append(found.both.estimate)
        both.append(found.both.se)
        drawn.append(found.hierarchical.se)
    spread = np.std(np.array(estimates, dtype=float), ddof=1)
    assert np.mean(np.array(both, dtype=float) ** 2) ** 0.5 == pytest.approx(spread, rel=0.15)
    # Drawing both sides of a crossed table counts the noise of its cells once more (McCullagh 2000): never too narrow here.
    assert 1 < np.mean(np.array(drawn, dtype=float) ** 2) ** 0.5 / spread < 1.35


def test_many_runs_are_regrouped_at_random_with_seed_and_error() -> None:
    found = compare_methods(runs(1, 12, 0.5, 0.02), runs(2, 12, 0.51, 0.02), B, rng(4)).randomised
    assert found is not None
    assert (found.draws, found.seed, found.p_floor) == (B, (4,), 1 / (B + 1))
    reference = stats.ttest_ind(runs(1, 12, 0.5, 0.02).mean(axis=1), runs(2, 12, 0.51, 0.02).mean(axis=1))
    assert found.p_value == pytest.approx(reference.pvalue, abs=0.03)


def test_equal_runs_holes_and_bad_input() -> None:
    same = np.tile(rng(1).normal(size=20), (3, 1))
    found = compare_methods(same, same, 200, rng())
    assert found.runs is not None
    assert found.randomised is not None
    assert (found.runs.p_value, found.randomised.p_value, found.run_sd) == (1, 1, 0)
    holed = same.copy()
    holed[1, 4] = np.nan
    assert (
        compare_methods(holed, same, 200, rng()).n_items,
        compare_methods(holed, same, 200, rng()).dropped,
    ) == (19, 1)
    with pytest.raises(ResultsError, match="20 items in A and 19"):
        compare_methods(same, same[:, 1:], 200, rng())
    with pytest.raises(ResultsError, match="3 of A and 2 of B"):
        compare_methods(same, same[:2], 200, rng(), paired_runs=True)
    with pytest.raises(ResultsError, match="at least 2"):
        compare_methods(same[:, :1], same[:, :1], 200, rng())
