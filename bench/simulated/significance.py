"""Type I error at .05 of the paired tests, of families of them, and the power that a design was promised."""

import numpy as np
from bench.simulated.row import Row, chances, row

from rvpo.results.stats import (
    Design,
    Variances,
    cluster_sign_flip,
    detectable,
    discordant,
    holm,
    mcnemar,
    non_inferiority,
    paired_t,
    sign_flip,
    wilcoxon,
)

FLIPS = 999


def significance_rows(runs: int, seed: int) -> list[Row]:
    """Single tests on GPQA-sized 0/1 items, clusters, subgroups, non-inferiority, promised power."""
    return [
        *_single(runs, seed),
        *_clusters(runs, seed),
        *_families(runs, seed),
        *_margin_and_power(runs, seed),
    ]


def _single(runs: int, seed: int) -> list[Row]:
    found: dict[str, list[bool]] = {
        name: [] for name in ("sign-flip", "McNemar exact", "McNemar mid-p", "paired t", "Wilcoxon")
    }
    for k in range(runs):
        rng = np.random.default_rng([seed, 10, k])
        chance = chances(rng, 198, 0.45)
        a, b = (rng.random((2, 198)) < chance).astype(float)
        counts = discordant(a, b)
        p_values = {
            "sign-flip": sign_flip(b - a, FLIPS, rng).p_value,
            "McNemar exact": mcnemar(*counts).p_value,
            "McNemar mid-p": mcnemar(*counts, mid_p=True).p_value,
            "paired t": paired_t(b - a).p_value,
            "Wilcoxon": wilcoxon(rng.standard_t(4, 60)).p_value,
        }
        for name, p in p_values.items():
            found[name].append((p or 0.0) <= 0.05)
    where = dict.fromkeys(found, "0/1 items, n = 198") | {"Wilcoxon": "t(4) differences, n = 60"}
    return [row(f"type I at .05, {where[name]}: {name}", 0.05, happened) for name, happened in found.items()]


def _clusters(runs: int, seed: int) -> list[Row]:
    robust, ignored = [], []
    for k in range(runs):
        rng = np.random.default_rng([seed, 11, k])
        labels = np.repeat(np.arange(40), 4)
        d = rng.normal(size=40)[labels] + rng.normal(size=160)
        robust.append((cluster_sign_flip(d, labels.tolist(), FLIPS, rng).p_value or 0) <= 0.05)
        ignored.append(sign_flip(d, FLIPS, rng).p_value <= 0.05)
    return [
        row("type I at .05, 40 clusters of 4: cluster sign-flip", 0.05, robust),
        row("type I at .05, 40 clusters of 4: clusters ignored", "wrong", ignored),
    ]


def _families(runs: int, seed: int) -> list[Row]:
    """Twelve subgroup tests that correlate at .5, none of them true."""
    raw, adjusted = [], []
    for k in range(runs):
        rng = np.random.default_rng([seed, 12, k])
        x = rng.normal(size=(100, 1)) + rng.normal(size=(100, 12))
        p = [paired_t(column).p_value or 0.0 for column in x.T]
        raw.append(min(p) <= 0.05)
        adjusted.append(min(holm(p)) <= 0.05)
    return [
        row("any of 12 true nulls rejected, Holm (at most .05)", 0.05, adjusted),
        row("any of 12 true nulls rejected, unadjusted", "wrong", raw),
    ]


def _margin_and_power(runs: int, seed: int) -> list[Row]:
    variances, design = Variances(item=0.02, draw_a=0.15, draw_b=0.15), Design(items=198, draws=4)
    shift, sd = detectable(variances, design), (0.02 + 0.3 / 4) ** 0.5
    lost, found = [], []
    for k in range(runs):
        rng = np.random.default_rng([seed, 13, k])
        d = rng.normal(0, sd, 198)
        lost.append((non_inferiority(d - 0.05, 0.05).p_value or 0) <= 0.05)
        found.append((paired_t(d + shift).p_value or 0) <= 0.05)
    return [
        row("type I at .05, true loss equals the margin: non-inferiority", 0.05, lost),
        row("power at the detectable difference, n = 198, 4 draws", 0.80, found),
    ]
