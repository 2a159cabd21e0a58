"""What the design of one comparison finds, and how much of its variance is the luck of the draws. Pure.

The variance of the mean difference is taken as it was seen (over items, or over clusters of them), so that the detectable
difference is about the exam as it was held; ``power.py`` plans others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rvpo.results.records import Spread
from rvpo.results.stats.inference import Floats
from rvpo.results.stats.power import Design, Variances, detectable, draw_variances, item_variance


class Held(NamedTuple):
    """The exam as it was held."""

    detectable: float
    """Smallest true difference found four times in five."""
    spread: Spread | None
    """``None`` where every item was drawn once in both runs."""


def as_held(a_NK: Floats, b_NK: Floats, confidence: float, clusters: Sequence[str] | None = None) -> Held:
    """What these items and draws find.

    Args:
        a_NK: scores of A, items by draws, each item with one at least; NaN is a hole.
        b_NK: scores of B, items in the same order.
        confidence: of the test.
        clusters: of the items, if they do not stand by themselves.
    """
    d = np.nanmean(b_NK, axis=1) - np.nanmean(a_NK, axis=1)
    units = len(d) if clusters is None else len(set(clusters))
    variance = item_variance(d, clusters)
    design = Design(items=len(d), cluster_size=len(d) / units)
    return Held(
        detectable(Variances(item=variance), design, confidence=confidence),
        _spread(a_NK, b_NK, variance / len(d)),
    )


def _spread(a_NK: Floats, b_NK: Floats, variance: float) -> Spread | None:
    counts = [(~np.isnan(x)).sum(axis=1) for x in (a_NK, b_NK)]
    if max(map(np.max, counts)) < 2:
        return None
    parts = draw_variances(a_NK, b_NK)
    sigmas = (parts.draw_a, parts.draw_b)
    luck = sum(sigma * float(np.mean(1 / k)) for sigma, k in zip(sigmas, counts, strict=True)) / len(a_NK)
    sd_a, sd_b = (
        float(sigma**0.5) if np.max(k) > 1 else None for sigma, k in zip(sigmas, counts, strict=True)
    )
    return Spread(
        item_sd=parts.item**0.5,
        draw_sd_a=sd_a,
        draw_sd_b=sd_b,
        draw_share=min(1.0, luck / variance) if variance else 0.0,
    )
