"""How large a difference is, in words that need no p-value: points, d_z, odds ratio, win/tie/loss. Pure.

Sources: Cohen (1988) for d_z, whose interval inverts the noncentral t (Cumming & Finch 2001); the odds ratio of
discordant pairs with Clopper & Pearson's (1934) interval of the binomial share behind it.
"""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.stats.inference import check_level, present
from rvpo.results.stats.paired import TIED


class EffectSize(msgspec.Struct, frozen=True, kw_only=True):
    """Size of a paired difference B - A."""

    n: int
    difference: float
    """In the units of the score: the figure to lead with."""
    d_z: float | None
    """Mean over standard deviation of the differences; ``None`` when they do not vary."""
    d_z_low: float | None
    d_z_high: float | None
    wins: int
    ties: int
    losses: int
    odds_ratio: float
    """Wins over losses: of the items that moved, how much likelier for the better. Infinite without a loss."""
    odds_low: float
    odds_high: float
    confidence: float


def effect_size(differences: ArrayLike, confidence: float = 0.95) -> EffectSize:
    """Size of a paired difference; differences up to 1e-9 are ties.

    Args:
        differences: B - A of every item; NaN is a hole.
        confidence: of the intervals of ``d_z`` and of the odds ratio.

    Raises:
        ResultsError: fewer than two differences, or a level out of range.
    """
    d = present(differences)
    check_level(confidence)
    wins, losses = int(np.sum(d > TIED)), int(np.sum(d < -TIED))
    spread = float(d.std(ddof=1))
    d_z = None if spread <= 1e-12 * max(float(np.abs(d).max()), 1e-300) else float(d.mean()) / spread
    low, high = (None, None) if d_z is None else _d_z_interval(d_z, len(d), confidence)
    odds_low, odds_high = _odds_interval(wins, losses, confidence)
    return EffectSize(
        n=len(d),
        difference=float(d.mean()),
        d_z=d_z,
        d_z_low=low,
        d_z_high=high,
        wins=wins,
        ties=len(d) - wins - losses,
        losses=losses,
        odds_ratio=_ratio(wins, losses),
        odds_low=odds_low,
        odds_high=odds_high,
        confidence=confidence,
    )


def _d_z_interval(d_z: float, n: int, confidence: float) -> tuple[float, float]:
    """Both d_z for which the observed t would lie at the edge of its noncentral distribution."""
    from scipy.special import nctdtrinc

    t, tail = d_z * n**0.5, (1 - confidence) / 2
    low, high = (float(nctdtrinc(n - 1, p, t)) / n**0.5 for p in (1 - tail, tail))
    return low, high


def _odds_interval(wins: int, losses: int, confidence: float) -> tuple[float, float]:
    """Clopper-Pearson interval of wins among the items that moved, as odds."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(wins, losses + 1, tail)) if wins else 0.0
    high = float(betaincinv(wins + 1, losses, 1 - tail)) if losses else 1.0
    return _ratio(low, 1 - low), _ratio(high, 1 - high)


def _ratio(up: float, down: float) -> float:
    if not up and not down:
        return float("nan")
    return up / down if down else float("inf")
