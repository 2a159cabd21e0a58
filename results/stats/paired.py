"""Paired tests in closed form: Student t, McNemar, Wilcoxon, Cochran's Q; equivalence and non-inferiority. Pure.

The randomisation test that the reports lead with is ``significance.sign_flip``; these stand beside it.
Sources: McNemar (1947) with Fagerland, Lydersen & Laake (2013) for the mid-p; Wilcoxon (1945), zeros split as in
Demsar (2006); Cochran (1950); Schuirmann (1987) for two one-sided tests.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.inference import Inference, check_level, matrix, present, same_length

TIED = 1e-9
"""Differences up to this size are ties: they come from rounding."""


def paired_t(differences: ArrayLike, confidence: float = 0.95) -> Inference:
    """Two-sided paired t test and interval of the mean difference.

    Args:
        differences: B - A of every item; NaN is a hole and is left out.
        confidence: of the interval.

    Raises:
        ResultsError: fewer than two differences, an infinite one, or a level out of range.
    """
    from scipy.special import stdtr, stdtrit

    d = present(differences)
    mean, se, df = float(d.mean()), float(d.std(ddof=1) / len(d) ** 0.5), len(d) - 1
    half = float(stdtrit(df, (1 + check_level(confidence)) / 2)) * se
    flat = _flat(d)
    t = float("nan") if flat else mean / se
    return Inference(
        method="paired Student t, two-sided",
        n=len(d),
        estimate=mean,
        se=0.0 if flat else se,
        low=mean - (0.0 if flat else half),
        high=mean + (0.0 if flat else half),
        confidence=confidence,
        statistic=t,
        df=df,
        p_value=_flat_p(mean) if flat else 2 * float(stdtr(df, -abs(t))),
        notes=("every item differs by the same amount: the t test has no spread to work with",)
        if flat
        else (),
    )


def discordant(a_N: ArrayLike, b_N: ArrayLike) -> tuple[int, int]:
    """How many items only A got right, and how many only B did.

    Args:
        a_N: 0 or 1 for every item, NaN for a hole.
        b_N: the same of B, in the same order.

    Raises:
        ResultsError: lengths differ, or a value is neither 0, 1 nor NaN.
    """
    a, b = np.asarray(a_N, dtype=float), np.asarray(b_N, dtype=float)
    same_length(a, b, what="McNemar's test")
    for name, values in (("a", a), ("b", b)):
        odd = ~((values == 0) | (values == 1) | np.isnan(values))
        if odd.any():
            place = int(np.argmax(odd))
            raise ResultsError(
                f"McNemar's test: {name}[{place}] is {values[place]:g}; 0, 1 or NaN is allowed"
            )
    return int(np.sum((a == 1) & (b == 0))), int(np.sum((a == 0) & (b == 1)))


def mcnemar(only_a: int, only_b: int, *, mid_p: bool = False) -> Inference:
    """McNemar's test of two proportions on the same items, two-sided.

    Exact: twice the binomial(m, 1/2) tail of the smaller count. Mid-p counts outcomes as extreme as the observed
    one by half: nearer its level, no longer guaranteed. ``statistic`` is the uncorrected chi-square.

    Args:
        only_a: items that only A got right.
        only_b: items that only B got right.
        mid_p: mid-p instead of the exact p-value.

    Raises:
        ResultsError: a negative count.
    """
    from scipy.special import bdtr, gammaln

    if min(only_a, only_b) < 0:
        raise ResultsError(f"McNemar's test: counts {only_a} and {only_b}; they cannot be negative")
    m, fewer = only_a + only_b, min(only_a, only_b)
    p = min(1.0, 2 * float(bdtr(fewer, m, 0.5))) if m else 1.0
    if mid_p and m:
        point = float(np.exp(gammaln(m + 1) - gammaln(fewer + 1) - gammaln(m - fewer + 1) - m * np.log(2)))
        p = 1 - point / 2 if only_a == only_b else p - point
    return Inference(
        method=f"McNemar, {'mid-p' if mid_p else 'exact'}, two-sided",
        n=m,
        statistic=(only_b - only_a) ** 2 / m if m else 0.0,
        df=1,
        p_value=p,
        p_floor=0.0 if mid_p else min(1.0, 0.5 ** (m - 1)),
        notes=() if m else ("no item was answered differently",),
    )


def wilcoxon(differences: ArrayLike, *, zeros: Literal["split", "drop"] = "split") -> Inference:
    """Wilcoxon's signed-rank test, two-sided; exact up to 50 differences without ties or zeros.

    It asks whether differences lie symmetrically about zero, not whether their mean is zero.

    Args:
        differences: B - A of every item; NaN is a hole.
        zeros: give half of their ranks to each side (Demsar 2006), or drop them (Wilcoxon 1945).

    Raises:
        ResultsError: no difference, or an infinite one.
    """
    from scipy import stats

    d = present(differences, 1)
    d = np.round(d / TIED) * TIED
    moved = d[d != 0]
    if not len(moved):
        return Inference(method="Wilcoxon signed-rank", n=len(d), p_value=1.0, notes=("every item is tied",))
    exact = len(moved) == len(d) <= 50 and len(np.unique(np.abs(d))) == len(d)
    outcome = stats.wilcoxon(
        d, zero_method="zsplit" if zeros == "split" else "wilcox", method="exact" if exact else "approx"
    )
    return Inference(
        method=f"Wilcoxon signed-rank, {'exact' if exact else 'normal'}, zeros {zeros}, two-sided",
        n=len(d) if zeros == "split" else len(moved),
        statistic=float(outcome.statistic),
        p_value=float(outcome.pvalue),
        p_floor=0.5 ** (len(d) - 1) if exact else 0.0,
    )


def cochran_q(correct_NK: ArrayLike) -> Inference:
    """Cochran's Q: do K runs answer the same items equally often right? McNemar's chi-square for two.

    Args:
        correct_NK: 0 or 1; an item with a hole in any run is left out.

    Raises:
        ResultsError: fewer than two runs or items.
    """
    from scipy.special import chdtrc

    x = matrix(correct_NK, what="Cochran's Q")
    x = x[~np.isnan(x).any(axis=1)]
    k = x.shape[1]
    if k < 2 or len(x) < 2:
        raise ResultsError(
            f"Cochran's Q: {len(x)} complete items and {k} runs; at least 2 of each are needed"
        )
    columns, rows = x.sum(axis=0), x.sum(axis=1)
    spread = float(k * rows.sum() - (rows**2).sum())
    q = (k - 1) * float(k * (columns**2).sum() - columns.sum() ** 2) / spread if spread else 0.0
    return Inference(
        method="Cochran's Q",
        n=len(x),
        statistic=q,
        df=k - 1,
        p_value=float(chdtrc(k - 1, q)) if spread else 1.0,
    )


def equivalence(differences: ArrayLike, margin: float, confidence: float = 0.95) -> Inference:
    """Two one-sided t tests: is the mean difference inside (-margin, margin)?

    ``p_value`` is the larger of the two one-sided ones; ``low`` and ``high`` are the ``2 * confidence - 1`` interval
    (90 % for 0.95), which lies inside the margin exactly when ``p_value < 1 - confidence``.

    Args:
        differences: B - A of every item; NaN is a hole.
        margin: declared before looking, in the units of the score.
        confidence: one minus the level of each one-sided test.

    Raises:
        ResultsError: a margin that is not positive, or too few differences.
    """
    _checked_margin(margin)
    t = paired_t(differences, _two_sided(confidence))
    above, below = _one_sided(t, -margin), 1 - _one_sided(t, margin)
    return _against_margin(t, f"two one-sided t tests, margin {margin:g}", max(above, below))


def non_inferiority(differences: ArrayLike, margin: float, confidence: float = 0.95) -> Inference:
    """One-sided t test: is B less than ``margin`` worse than A?

    ``low`` is the one-sided confidence bound; it lies above ``-margin`` exactly when ``p_value < 1 - confidence``.

    Args:
        differences: B - A of every item; NaN is a hole.
        margin: the loss that would still be accepted, positive, declared before looking.
        confidence: of the bound.

    Raises:
        ResultsError: a margin that is not positive, or too few differences.
    """
    _checked_margin(margin)
    t = paired_t(differences, _two_sided(confidence))
    t = msgspec.structs.replace(t, high=float("inf"), confidence=confidence)
    return _against_margin(t, f"non-inferiority t test, margin {margin:g}", _one_sided(t, -margin))


def _one_sided(t: Inference, bound: float) -> float:
    """P-value of "the mean is at most ``bound``"."""
    from scipy.special import stdtr

    if t.estimate is None or t.se is None or t.df is None:
        return float("nan")
    if not t.se:
        return float(t.estimate <= bound)
    return float(stdtr(t.df, (bound - t.estimate) / t.se))


def _against_margin(t: Inference, method: str, p_value: float) -> Inference:
    return msgspec.structs.replace(t, method=method, statistic=None, p_value=p_value)


def _two_sided(confidence: float) -> float:
    """The level of the two-sided interval whose ends are one-sided bounds at ``confidence``."""
    if check_level(confidence) <= 0.5:
        raise ResultsError(f"confidence {confidence}: must lie above 0.5 for a one-sided test, as 0.95 does")
    return 2 * confidence - 1


def _checked_margin(margin: float) -> None:
    if not 0 < margin < float("inf"):
        raise ResultsError(f"margin {margin}: must be positive, in the units of the score")


def _flat(d: np.ndarray) -> bool:
    return bool(np.ptp(d) <= 1e-12 * max(float(np.abs(d).max()), 1e-300))


def _flat_p(mean: float) -> float:
    return 1.0 if abs(mean) <= TIED else float("nan")
