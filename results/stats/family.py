"""A family of measures on the same paired items: effect, interval and test of each, Holm over all. Pure.

The interval goes by the kind of data, because no single one covers well everywhere: Bonett-Price for one 0/1
draw an item, Student t below 200 items, BCa bootstrap from there on (where it and t agree). Items in clusters have the
cluster-robust t, whatever the data, and whole clusters flip: of what is left, dependence is what costs most.
"""

import math
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.results.align import Columns
from rvpo.results.records import Effect, Size
from rvpo.results.stats.clusters import cluster_mean, cluster_sign_flip
from rvpo.results.stats.effect_size import effect_size
from rvpo.results.stats.paired import TIED
from rvpo.results.stats.resample import bca_intervals, bonett_price_interval, bootstrap_means, t_interval
from rvpo.results.stats.significance import FlipTest, holm, sign_flip

Floats = NDArray[np.float64]
BCA, STUDENT, BONETT_PRICE = "BCa bootstrap", "Student t", "Bonett-Price"
CLUSTERED = "cluster-robust t"
BCA_FROM = 200
"""Items from which BCa covers as well as t; below, t is nearer its level."""


class Settings(NamedTuple):
    """How to compare; see ``compare``."""

    seed: int
    confidence: float
    resamples: int
    flips: int


class Sample(NamedTuple):
    """What the items of a comparison are."""

    single_draws: bool
    """Every item was drawn once in both runs, so that 0/1 values are proportions."""
    clusters: tuple[str, ...] | None = None
    """The cluster of every item; ``None`` where each stands by itself."""


def family_effects(
    family: str, columns: Columns, settings: Settings, sample: Sample
) -> list[tuple[Effect, FlipTest]]:
    """Effect and test of every measure that at least two items (two clusters of them) have in both runs.

    Args:
        family: its name; seeds the bootstrap.
        columns: the measures, (n, K) for either run.
        settings: level, resamples, flips and seed.
        sample: draws and clusters of the n items.
    """
    differences_NK = columns.b - columns.a
    if sample.clusters is None:
        intervals = _intervals(family, columns, settings, single_draws=sample.single_draws)
    else:
        intervals = _clustered_intervals(differences_NK, sample.clusters, settings.confidence)
    outcomes = []
    for k, ends in sorted(intervals.items()):
        name, here = columns.names[k], ~np.isnan(differences_NK[:, k])
        d, rng = differences_NK[here, k], generator(settings.seed, f"{family}/{name}")
        test = (
            sign_flip(d, settings.flips, rng)
            if sample.clusters is None
            else _flip_clusters(d, _only(sample.clusters, here), settings.flips, rng)
        )
        effect = _effect(name, columns.a[here, k], columns.b[here, k], ends, test)
        size = size_of(d, settings.confidence, independent=sample.clusters is None)
        outcomes.append((msgspec.structs.replace(effect, size=size), test))
    return outcomes


def size_of(d_N: Floats, confidence: float, *, independent: bool = True) -> Size:
    """Size of a difference; without bounds where the items are not independent.

    Args:
        d_N: differences without NaN, at least two.
        confidence: of the bounds.
        independent: whether the item is the unit.
    """
    found = effect_size(d_N, confidence)
    bounds: dict[str, float | None] = {}
    if independent:
        bounds = {
            "d_z_low": found.d_z_low,
            "d_z_high": found.d_z_high,
            "odds_low": _finite(found.odds_low),
            "odds_high": _finite(found.odds_high),
        }
    return Size(
        d_z=found.d_z,
        superiority=(found.wins + found.ties / 2) / found.n,
        odds_ratio=_finite(found.odds_ratio),
        **bounds,
    )


def adjusted(outcomes: Sequence[tuple[Effect, FlipTest]]) -> tuple[Effect, ...]:
    """The effects with Holm's p-values over their family."""
    p_holm = holm([test.p_value for _, test in outcomes])
    return tuple(
        msgspec.structs.replace(effect, p_holm=p) for (effect, _), p in zip(outcomes, p_holm, strict=True)
    )


def generator(seed: int, measure: str) -> np.random.Generator:
    """A generator of the measure's own: no figure depends on which other measures there are."""
    return np.random.default_rng([seed, zlib.crc32(measure.encode())])


def _intervals(
    family: str, columns: Columns, settings: Settings, *, single_draws: bool
) -> dict[int, tuple[str, float, float]]:
    """Kind and ends of the interval of every column with two items; the bootstrapped ones share their weights."""
    d_NK = columns.b - columns.a
    found: dict[int, tuple[str, float, float]] = {}
    bootstrapped = []
    for k in range(d_NK.shape[1]):
        d = d_NK[~np.isnan(d_NK[:, k]), k]
        if len(d) < 2:
            continue
        if single_draws and _is_binary(columns.a[:, k]) and _is_binary(columns.b[:, k]):
            found[k] = (BONETT_PRICE, *bonett_price_interval(d, settings.confidence))
        elif len(d) >= BCA_FROM:
            bootstrapped.append(k)
        else:
            found[k] = (STUDENT, *t_interval(d, settings.confidence))
    if bootstrapped:
        means_BK = bootstrap_means(
            d_NK[:, bootstrapped], settings.resamples, generator(settings.seed, family)
        )
        ends_K2 = bca_intervals(d_NK[:, bootstrapped], means_BK, settings.confidence)
        found |= {
            k: (BCA, float(low), float(high)) for k, (low, high) in zip(bootstrapped, ends_K2, strict=True)
        }
    return found


def _clustered_intervals(
    d_NK: Floats, clusters: Sequence[str], confidence: float
) -> dict[int, tuple[str, float, float]]:
    """The same of every column whose items lie in two clusters."""
    found = {}
    for k, column in enumerate(d_NK.T):
        here = ~np.isnan(column)
        labels = _only(clusters, here)
        if len(set(labels)) > 1:
            mean = cluster_mean(column[here], labels, confidence)
            assert mean.low is not None
            assert mean.high is not None
            found[k] = (CLUSTERED, mean.low, mean.high)
    return found


def _flip_clusters(d_N: Floats, clusters: Sequence[str], flips: int, rng: np.random.Generator) -> FlipTest:
    found = cluster_sign_flip(d_N, clusters, flips, rng)
    assert found.p_value is not None
    return FlipTest(found.p_value, found.p_floor, found.p_error, exact=not found.draws)


def _only(labels: Sequence[str], here: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(label for label, held in zip(labels, here, strict=True) if held)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _effect(name: str, a: Floats, b: Floats, interval: tuple[str, float, float], test: FlipTest) -> Effect:
    kind, low, high = interval
    d = b - a
    wins, losses = int(np.sum(d > TIED)), int(np.sum(d < -TIED))
    return Effect(
        name=name,
        mean_a=float(a.mean()),
        mean_b=float(b.mean()),
        difference=float(d.mean()),
        low=low,
        high=high,
        p_value=test.p_value,
        n_items=len(d),
        wins=wins,
        ties=len(d) - wins - losses,
        losses=losses,
        interval=kind,
    )


def _is_binary(values: Floats) -> bool:
    return bool(np.all((values == 0) | (values == 1) | np.isnan(values)))
