"""What a design can find, and what to buy next: two levels of variance (items, draws), judge calls, training runs. Pure.

With n items, k draws an item in either arm, m judge calls a draw and R training runs an arm, a paired difference has

    se^2 = (omega^2 + sum_arms (sigma^2 + judge^2 / m) / (k R)) / n + 2 tau^2 / R

omega^2: the items' true differences; sigma^2: one draw's luck; judge^2: one judge call's; tau^2: one training run's.
Power is that of the t test by the noncentral t (Cohen 1988). The first three shares are Miller (2024, eq. 7-9), paired.

Of items in clusters omega^2 is what the cluster-robust variance of the mean leaves to one item (the design effect of Kish
1965 is in it), and the clusters count for the degrees of freedom: a plan with more items is one with more clusters like those
that were seen, not with larger ones.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.clusters import cluster_mean
from rvpo.results.stats.inference import Floats, check_level, matrix, same_length

_ROUNDING = 1e-9
"""Of a mean cluster size: n / (n / C) is to be C."""


class Variances(msgspec.Struct, frozen=True, kw_only=True):
    """Variance components of a paired difference, in squared units of the score."""

    item: float
    """omega^2: of the items' true differences B - A; of items in clusters, with the design effect."""
    draw_a: float = 0.0
    """sigma^2 of one draw of A around its item's mean, its judge noise not counted."""
    draw_b: float = 0.0
    judge: float = 0.0
    """Of one judge call about the draw's true score."""
    run: float = 0.0
    """tau^2: of one training run's mean about its method's."""
    notes: tuple[str, ...] = ()


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """How much is bought."""

    items: int
    draws: int = 1
    """Of every item in either arm."""
    judge_calls: int = 1
    """Of every draw."""
    runs: int = 1
    """Training runs in either arm."""
    cluster_size: float = 1.0
    """Items of a cluster, on average; 1 where items stand by themselves."""

    def __post_init__(self) -> None:
        """Refuses counts that no design can have."""
        for name, value, least in (
            ("items", self.items, 2),
            ("draws", self.draws, 1),
            ("judge_calls", self.judge_calls, 1),
            ("runs", self.runs, 1),
        ):
            if value < least:
                raise ResultsError(f"{name} {value}: at least {least} are needed")
        if not 1 <= self.cluster_size < math.inf:
            raise ResultsError(f"cluster_size {self.cluster_size}: a finite number from 1 is needed")
        if self.items < fewest_items(self.cluster_size):
            raise ResultsError(
                f"items {self.items}: at least {fewest_items(self.cluster_size)} are needed, two clusters of "
                f"{self.cluster_size:.3g} items on average"
            )

    @property
    def clusters(self) -> int:
        """Clusters that the items make up; the items themselves where each stands by itself."""
        return math.floor(self.items / self.cluster_size + _ROUNDING)

    @property
    def judged(self) -> int:
        """Judge calls in both arms together; generations are ``judged / judge_calls``."""
        return 2 * self.items * self.draws * self.judge_calls * self.runs


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """One way to spend more, and what it brings."""

    what: str
    """``items``, ``draws``, ``judge_calls`` or ``runs``."""
    design: Design
    detectable: float
    gain: float
    """By how much the detectable difference shrinks."""
    cost: float
    """Added, in the units of ``costs``."""
    gain_per_cost: float
    """``gain / cost``; 0 when it costs nothing and brings nothing."""


def fewest_items(cluster_size: float) -> int:
    """Items of two clusters, without which nothing can be tested."""
    return math.ceil(2 * cluster_size - _ROUNDING)


def item_variance(d_N: Floats, clusters: Sequence[object] | None = None) -> float:
    """Variance of the mean difference times n: the spread of one item, or what clusters make of it.

    Args:
        d_N: B - A of every item, without holes.
        clusters: of the items, if they do not stand by themselves.
    """
    if clusters is None:
        return float(d_N.var(ddof=1))
    return len(d_N) * (cluster_mean(d_N, clusters).se or 0.0) ** 2


def draw_variances(a_NK: ArrayLike, b_NK: ArrayLike, clusters: Sequence[object] | None = None) -> Variances:
    """Components of items and draws from the scores themselves (method of moments).

    ``sigma^2`` is the mean within-item variance over items with two draws; ``omega^2`` is the variance of the item
    differences (``item_variance``) less what the draws put in (``sigma^2`` times the mean of ``1 / k_i``), not below 0.
    Draws may be unequal. With one draw everywhere the two cannot be told apart: all of it is then called ``item``.

    Args:
        a_NK: scores of A, items by draws; NaN is a hole.
        b_NK: scores of B, items in the same order.
        clusters: the cluster of every item, if they do not stand by themselves.

    Raises:
        ResultsError: fewer than two items, or clusters, have a score in both.
    """
    a, b = matrix(a_NK, what="draws of A"), matrix(b_NK, what="draws of B")
    same_length(a, b, what="items")
    here = (~np.isnan(a)).any(axis=1) & (~np.isnan(b)).any(axis=1)
    if here.sum() < 2:
        raise ResultsError(
            f"variance components: {int(here.sum())} items have a score in both; at least 2 are needed"
        )
    a, b = a[here], b[here]
    kept = None if clusters is None else [clusters[int(row)] for row in np.flatnonzero(here)]
    total = item_variance(np.nanmean(b, axis=1) - np.nanmean(a, axis=1), kept)
    within = [_within(values) for values in (a, b)]
    missing = [name for name, value in zip("AB", within, strict=True) if value is None]
    notes: list[str] = []
    if missing:
        notes.append(
            f"{' and '.join(missing)} drew every item once: the luck of a draw is counted to the items"
        )
    spent = sum(
        (found or 0.0) * float(np.mean(1 / (~np.isnan(x)).sum(axis=1)))
        for found, x in zip(within, (a, b), strict=True)
    )
    if total < spent:
        notes.append("draws alone explain the spread of the items: the item component is estimated as 0")
    return Variances(
        item=max(0.0, total - spent), draw_a=within[0] or 0.0, draw_b=within[1] or 0.0, notes=tuple(notes)
    )


def standard_error(variances: Variances, design: Design) -> float:
    """Of the mean paired difference; see the head of this module."""
    return math.sqrt(sum(sources(variances, design).values()))


def sources(variances: Variances, design: Design) -> dict[str, float]:
    """What each source puts into the variance of the mean paired difference, by the names of the purchases."""
    v, d = variances, design
    drawn = d.items * d.draws * d.runs
    return {
        "items": v.item / d.items,
        "draws": (v.draw_a + v.draw_b) / drawn,
        "judge_calls": 2 * v.judge / (drawn * d.judge_calls),
        "runs": 2 * v.run / d.runs,
    }


def power_at(difference: float, variances: Variances, design: Design, confidence: float = 0.95) -> float:
    """Probability that the two-sided test finds a true ``difference``; the level itself at 0.

    With a run component the unit is the run, and one run per arm can find nothing: power is NaN.
    """
    df = _df(variances, design)
    if not df:
        return float("nan")
    se = standard_error(variances, design)
    if not se:
        return 1.0 if difference else 1 - confidence
    return _power(abs(difference) / se, df, check_level(confidence))


def detectable(
    variances: Variances, design: Design, *, power: float = 0.8, confidence: float = 0.95
) -> float:
    """The smallest true difference that the two-sided test finds with ``power`` (noncentral t, solved exactly).

    Infinite when the training run is a component and each arm has one run: no difference of methods can be shown.

    Raises:
        ResultsError: power does not lie between the level and 1.
    """
    from scipy.optimize import brentq

    if not 1 - check_level(confidence) < power < 1:
        raise ResultsError(f"power {power}: must lie between {1 - confidence:.3g} and 1")
    df = _df(variances, design)
    if not df:
        return float("inf")
    top = 8.0
    while _power(top, df, confidence) < power:
        top *= 2
    ratio = float(brentq(lambda shift: _power(shift, df, confidence) - power, 0.0, top, xtol=1e-10))
    return ratio * standard_error(variances, design)


def items_needed(
    difference: float,
    variances: Variances,
    design: Design,
    *,
    power: float = 0.8,
    confidence: float = 0.95,
    most: int = 10_000_000,
) -> int | None:
    """Fewest items with which ``difference`` is found; ``None`` if not even ``most`` would do.

    Args:
        difference: the true difference to find.
        variances: the components.
        design: everything but the items.
        power: wanted.
        confidence: of the test.
        most: where to give up.
    """

    def enough(items: int) -> bool:
        found = detectable(
            variances, msgspec.structs.replace(design, items=items), power=power, confidence=confidence
        )
        return found <= abs(difference)

    if not difference or not enough(most):
        return None
    low, high = fewest_items(design.cluster_size) - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def what_to_buy(
    variances: Variances,
    design: Design,
    *,
    costs: Mapping[str, float] | None = None,
    power: float = 0.8,
    confidence: float = 0.95,
) -> tuple[Purchase, ...]:
    """Doubles items, draws, judge calls and runs one at a time; the best gain per cost first.

    Args:
        variances: the components.
        design: as it stands.
        costs: price of one ``item`` (written once), ``generation``, ``judge_call`` and ``run``; by default a generation
            and a judge call cost 1 and items and runs nothing beside the calls they bring.
        power: of the detectable difference.
        confidence: of the test.

    Raises:
        ResultsError: an unknown price, or a negative one.
    """
    prices = {"item": 0.0, "generation": 1.0, "judge_call": 1.0, "run": 0.0} | dict(costs or {})
    odd = [
        name for name in prices if name not in {"item", "generation", "judge_call", "run"} or prices[name] < 0
    ]
    if odd:
        raise ResultsError(
            f"costs: {odd[0]!r}; item, generation, judge_call and run are allowed, none negative"
        )
    now = detectable(variances, design, power=power, confidence=confidence)
    bought = []
    for what in ("items", "draws", "judge_calls", "runs"):
        more = msgspec.structs.replace(design, **{what: 2 * getattr(design, what)})
        then = detectable(variances, more, power=power, confidence=confidence)
        gain = now - then if np.isfinite(now) or np.isfinite(then) else 0.0
        cost = _cost(more, prices) - _cost(design, prices)
        rate = gain / cost if cost else (float("inf") if gain else 0.0)
        bought.append(
            Purchase(what=what, design=more, detectable=then, gain=gain, cost=cost, gain_per_cost=rate)
        )
    return tuple(sorted(bought, key=lambda purchase: -purchase.gain_per_cost))


def _cost(design: Design, prices: Mapping[str, float]) -> float:
    generations = design.judged / design.judge_calls
    return (
        prices["item"] * design.items
        + prices["generation"] * generations
        + prices["judge_call"] * design.judged
        + prices["run"] * 2 * design.runs
    )


def _df(variances: Variances, design: Design) -> int:
    """Degrees of freedom: of the items or their clusters, or of the runs where a run component is in play."""
    return 2 * (design.runs - 1) if variances.run else design.clusters - 1


def _power(shift: float, df: int, confidence: float) -> float:
    """Two-sided power of a t test whose noncentrality is ``shift``."""
    from scipy.special import nctdtr, ndtr, stdtrit

    edge = float(stdtrit(df, (1 + confidence) / 2))
    above, below = float(nctdtr(df, shift, edge)), float(nctdtr(df, shift, -edge))
    if np.isnan(above):  # far out, where the normal is exact to the last digit
        above = float(ndtr(edge - shift))
    if np.isnan(below):  # scipy has no value for a tail below 1e-16
        below = 0.0
    return 1 - above + below


def _within(values_NK: Floats) -> float | None:
    """Pooled variance within items over the items with two draws; ``None`` if there is none."""
    counts = (~np.isnan(values_NK)).sum(axis=1)
    several = values_NK[counts >= 2]
    if not len(several):
        return None
    squares = np.nansum((several - np.nanmean(several, axis=1, keepdims=True)) ** 2)
    return float(squares / np.sum(counts[counts >= 2] - 1))
