"""A family of measures on the same paired items: effect, interval and test of each, Holm over all. Pure.

The interval goes by the kind of data, because no single one covers well everywhere: Bonett-Price for one 0/1
draw an item, Student t below 200 items, BCa bootstrap from there on (where it and t agree).
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.results.align import Columns
from rvpo.results.records import Effect
from rvpo.results.stats.paired import TIED
from rvpo.results.stats.resample import bca_intervals, bonett_price_interval, bootstrap_means, t_interval
from rvpo.results.stats.significance import FlipTest, holm, sign_flip

Floats = NDArray[np.float64]
BCA, STUDENT, BONETT_PRICE = "BCa bootstrap", "Student t", "Bonett-Price"
BCA_FROM = 200
"""Items from which BCa covers as well as t; below, t is nearer its level."""


class Settings(NamedTuple):
    """How to compare; see ``compare``."""

    seed: int
    confidence: float
    resamples: int
    flips: int


def family_effects(
    family: str, columns: Columns, settings: Settings, *, single_draws: bool
) -> list[tuple[Effect, FlipTest]]:
    """Effect and test of every measure that at least two items have in both runs.

    Args:
        family: its name; seeds the bootstrap.
        columns: the measures, (n, K) for either run.
        settings: level, resamples, flips and seed.
        single_draws: whether every item was drawn once in both runs, so that 0/1 values are proportions.
    """
    differences_NK = columns.b - columns.a
    intervals = _intervals(family, columns, settings, single_draws=single_draws)
    outcomes = []
    for k, name in enumerate(columns.names):
        here = ~np.isnan(differences_NK[:, k])
        if here.sum() < 2:
            continue
        rng = generator(settings.seed, f"{family}/{name}")
        test = sign_flip(differences_NK[here, k], settings.flips, rng)
        kind, low, high = intervals[k]
        outcomes.append(
            (_effect(name, columns.a[here, k], columns.b[here, k], (kind, low, high), test), test)
        )
    return outcomes


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
        if single_draws and _is_binary(columns.a[:, k]) and _is_binary(columns.b[:, k]):
            found[k] = (BONETT_PRICE, *bonett_price_interval(d, settings.confidence))
        elif len(d) >= BCA_FROM:
            bootstrapped.append(k)
        elif len(d) >= 2:
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
