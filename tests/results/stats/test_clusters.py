"""Clusters against statsmodels and by hand."""

import numpy as np
import pytest
import statsmodels.api as sm

from rvpo.results import ResultsError
from rvpo.results.stats import (
    cluster_bootstrap_means,
    cluster_mean,
    cluster_sign_flip,
    paired_t,
    percentile_intervals,
    sign_flip,
)


def clustered(seed: int, clusters: int = 60) -> tuple[np.ndarray, list[int]]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, clusters)
    labels = np.repeat(np.arange(clusters), sizes)
    return rng.normal(size=clusters)[labels] + rng.normal(size=len(labels)), labels.tolist()


def test_standard_error_is_statsmodels_and_millers() -> None:
    d, labels = clustered(0)
    ours = cluster_mean(d, labels)
    codes = np.array(labels)

    def reference(*, correction: bool) -> float:
        fit = sm.OLS(d, np.ones(len(d))).fit(
            cov_type="cluster", cov_kwds={"groups": codes, "use_correction": correction}
        )
        return float(fit.bse[0])

    # statsmodels' correction is C / (C - 1) (n - 1) / (n - p), p = 1 here: ours. Without it: Miller (2024, eq. 4).
    assert ours.se == pytest.approx(reference(correction=True), rel=1e-12)
    assert (ours.se or 0) * (59 / 60) ** 0.5 == pytest.approx(reference(correction=False), rel=1e-12)
    assert (ours.n, ours.df, ours.notes) == (60, 59, ())


def test_clusters_of_one_are_the_t_test() -> None:
    d = np.random.default_rng(1).normal(size=40)
    ours, plain = cluster_mean(d, range(40)), paired_t(d)
    assert (ours.low, ours.high, ours.p_value) == pytest.approx((plain.low, plain.high, plain.p_value))


def test_few_clusters_are_warned_of_and_one_is_refused() -> None:
    d, labels = clustered(2, 29)
    assert "only 29 clusters" in cluster_mean(d, labels).notes[0]
    with pytest.raises(ResultsError, match="1 with a value"):
        cluster_mean([1.0, 2.0, np.nan], ["x", "x", "y"])
    with pytest.raises(ResultsError, match="infinite"):
        cluster_mean([1.0, np.inf], ["x", "y"])
    with pytest.raises(ResultsError, match="3 and 2 values"):
        cluster_mean([1.0, 2.0, 3.0], ["x", "y"])


def test_whole_clusters_are_flipped() -> None:
    # Four clusters with sums 3, 1, 2, 4 = 10, all of one sign: 2 of 2**4 signings; the 8 items alone would give 2 of 2**8.
    d, labels = np.array([1, 2, 0.5, 0.5, 1, 1, 3, 1]), list("aabbccdd")
    test = cluster_sign_flip(d, labels, 999, np.random.default_rng(0))
    assert (test.p_value, test.p_floor, test.draws, test.seed) == (2 / 16, 2 / 16, 0, None)
    assert sign_flip(d, 999, np.random.default_rng(0)).p_value == 2 / 256


def test_a_drawn_flip_test_tells_its_seed_and_error() -> None:
    d, labels = clustered(3)
    test = cluster_sign_flip(d, labels, 999, np.random.default_rng([5, 6]))
    assert (test.draws, test.seed, test.p_floor) == (999, (5, 6), 1 / 1000)
    assert test.p_error == pytest.approx(((test.p_value or 0) * (1 - (test.p_value or 0)) / 999) ** 0.5)


def test_the_cluster_bootstrap_agrees_with_the_cluster_interval() -> None:
    d, labels = clustered(4, 200)
    means = cluster_bootstrap_means(d[:, None], labels, 4_000, np.random.default_rng(0))
    (low, high) = percentile_intervals(means, 0.95)[0]
    ours = cluster_mean(d, labels)
    assert (low, high) == pytest.approx((ours.low, ours.high), abs=0.04)
    plain = paired_t(d)
    assert high - low > 1.3 * ((plain.high or 0) - (plain.low or 0))


def test_holes_leave_their_cluster() -> None:
    d, labels = clustered(5)
    d[3] = np.nan
    kept = [label for row, label in enumerate(labels) if row != 3]
    assert cluster_mean(d, labels) == cluster_mean(np.delete(d, 3), kept)
    means = cluster_bootstrap_means(d[:, None], labels, 99, np.random.default_rng(0))
    assert not np.isnan(means).any()
