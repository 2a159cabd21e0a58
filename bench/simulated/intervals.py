"""Coverage of 95 % intervals for a paired difference."""

import numpy as np
from bench.simulated.row import Floats, Row, chances, row, true_mean

from rvpo.results.stats import (
    Inference,
    bca_intervals,
    bootstrap_means,
    cluster_bootstrap_means,
    cluster_mean,
    paired_t,
    percentile_intervals,
)
from rvpo.results.stats.resample import bonett_price_interval

B = 1_000


def interval_rows(runs: int, seed: int) -> list[Row]:
    """Binary items, rubric scores, pooled draws, clusters."""
    rows = []
    for n, mean_a, mean_b in ((198, 0.45, 0.40), (30, 0.95, 0.90)):
        truth = true_mean(mean_b) - true_mean(mean_a)
        exams = [_binary(np.random.default_rng([seed, n, k]), n, mean_a, mean_b) for k in range(runs)]
        rows += _covered(f"0/1 items, n = {n}, {mean_a:.2f} against {mean_b:.2f}", exams, truth, seed)
    skewed = [np.random.default_rng([seed, 1, k]).gamma(0.5, 0.2, 200) - 0.05 for k in range(runs)]
    rows += _covered("skewed rubric scores, n = 200", skewed, 0.05, seed)[:2]
    rows += _pooled(runs, seed)
    rows += _clustered(runs, seed)
    return rows


def _binary(rng: np.random.Generator, n: int, mean_a: float, mean_b: float) -> Floats:
    ability = rng.normal(0, 1.5, n)
    drawn = [
        rng.random(n) < 1 / (1 + np.exp(-(np.log(mean / (1 - mean)) + ability))) for mean in (mean_a, mean_b)
    ]
    return np.asarray(drawn[1].astype(float) - drawn[0])


def _covered(name: str, exams: list[Floats], truth: float, seed: int) -> list[Row]:
    """Student t, BCa and (of 0/1 items) Bonett-Price; the method that ``compare`` picks is aimed at 95 %."""
    found: dict[str, list[bool]] = {"Student t": [], "BCa": [], "Bonett-Price": []}
    for k, d in enumerate(exams):
        means = bootstrap_means(d[:, None], B, np.random.default_rng([seed, 2, k]))
        ends = {
            "Student t": _ends(paired_t(d)),
            "BCa": bca_intervals(d[:, None], means, 0.95)[0],
            "Bonett-Price": bonett_price_interval(d, 0.95),
        }
        for method, (low, high) in ends.items():
            found[method].append(bool(low <= truth <= high))
    poor = len(exams[0]) < 100
    return [
        row(f"coverage, {name}: {method}", "wrong" if poor and method == "BCa" else 0.95, happened)
        for method, happened in found.items()
    ]


def _ends(found: Inference) -> tuple[float, float]:
    return found.low or 0.0, found.high or 0.0


def _pooled(runs: int, seed: int) -> list[Row]:
    """Ten draws an item: item means, and all draws thrown together."""
    pooled: list[bool] = []
    by_item: list[bool] = []
    for k in range(runs):
        rng = np.random.default_rng([seed, 3, k])
        draws = rng.random((198, 10)) < chances(rng, 198, 0.45, 3.0)[:, None]
        centred = draws - true_mean(0.45, 3.0)
        for values, found in ((centred.ravel(), pooled), (centred.mean(axis=1), by_item)):
            low, high = _ends(paired_t(values))
            found.append(low <= 0 <= high)
    return [
        row("coverage, 10 draws an item, averaged first: Student t", 0.95, by_item),
        row("coverage, 10 draws an item, pooled: Student t", "wrong", pooled),
    ]


def _clustered(runs: int, seed: int) -> list[Row]:
    found: dict[str, list[bool]] = {"clusters of 1-8": [], "items alone": [], "bootstrap": []}
    for k in range(runs):
        rng = np.random.default_rng([seed, 4, k])
        labels = np.repeat(np.arange(60), rng.integers(1, 9, 60))
        d = rng.normal(size=60)[labels] + rng.normal(size=len(labels))
        means = cluster_bootstrap_means(d[:, None], labels.tolist(), B, rng)
        low_high = percentile_intervals(means, 0.95)[0]
        for method, (low, high) in (
            ("clusters of 1-8", _ends(cluster_mean(d, labels.tolist()))),
            ("items alone", _ends(paired_t(d))),
            ("bootstrap", (float(low_high[0]), float(low_high[1]))),
        ):
            found[method].append(low <= 0 <= high)
    return [
        row("coverage, 60 clusters of 1-8 items: cluster-robust t", 0.95, found["clusters of 1-8"]),
        row("coverage, 60 clusters of 1-8 items: cluster bootstrap, percentile", 0.95, found["bootstrap"]),
        row("coverage, 60 clusters of 1-8 items: clusters ignored", "wrong", found["items alone"]),
    ]
