"""Training runs as the top level: what may be said of a *method*, and what one run per arm cannot say. Pure.

Sources: Agarwal et al. (2021) for runs as the unit; Welch (1947); Cameron, Gelbach & Miller (2011) for the two-way
variance (runs + items - cells); McCullagh (2000) and Owen (2007) for drawing both sides of a crossed table.
"""

from collections.abc import Sequence
from itertools import combinations

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.inference import (
    Floats,
    Inference,
    check_draws,
    check_level,
    matrix,
    monte_carlo,
    seed_of,
)
from rvpo.results.stats.paired import paired_t
from rvpo.results.stats.significance import sign_flip

ONE_RUN = (
    "one training run per arm: the inference is about these two checkpoints, not about the two methods; "
    "another seed may turn it round"
)
METHODS_HERE = "training runs of the two methods, examined on these items"
METHODS = "training runs of the two methods, on items like these"
EXACT_UP_TO = 20_000
"""Regroupings of the runs up to which the randomisation test counts them all."""


class MethodComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two methods through their training runs; differences are B - A."""

    runs_a: int
    runs_b: int
    n_items: int
    """Items that every run has a score of."""
    dropped: int
    unit: str
    """Of the figure to lead with: methods where both arms have two runs, else the two checkpoints."""
    items: Inference
    """Paired t over items with the runs averaged: right for fixed weights, too sure about methods."""
    runs: Inference | None = None
    """Welch t over run means (paired t if the runs are paired): about the methods, on these items."""
    randomised: Inference | None = None
    """The same question by regrouping the runs (flipping signs if paired)."""
    both: Inference | None = None
    """Runs and items at once: about the methods, on items like these."""
    hierarchical: Inference | None = None
    """Percentile bootstrap over runs and items, crossed: with few runs too narrow in the runs by about sqrt(1 - 1/R),
    and a little too wide in the noise of single cells, which it counts twice (McCullagh 2000)."""
    run_sd: float | None = None
    """Pooled standard deviation of the run means within an arm."""
    notes: tuple[str, ...] = ()


def compare_methods(
    a_RN: ArrayLike,
    b_RN: ArrayLike,
    resamples: int,
    rng: np.random.Generator,
    *,
    paired_runs: bool = False,
    confidence: float = 0.95,
) -> MethodComparison:
    """Compares methods through their runs; with one run in an arm, says in plain words what that leaves.

    Args:
        a_RN: item means of every run of A; NaN is a hole, and an item with one is left out everywhere.
        b_RN: the same of B, items in the same order.
        resamples: B of the randomisation (where it cannot be exact) and of the hierarchical bootstrap.
        rng: seeded by the caller.
        paired_runs: run r of A and of B share their seed and data order, and are compared as pairs.
        confidence: of the intervals.

    Raises:
        ResultsError: items differ, fewer than two are complete, or paired runs are not as many.
    """
    a, b, dropped = _complete(a_RN, b_RN, paired=paired_runs)
    items = paired_t(b.mean(axis=0) - a.mean(axis=0), confidence)
    if min(len(a), len(b)) < 2:
        return MethodComparison(
            runs_a=len(a),
            runs_b=len(b),
            n_items=a.shape[1],
            dropped=dropped,
            unit=items.unit,
            items=items,
            notes=(ONE_RUN,),
        )
    mean_a, mean_b = a.mean(axis=1), b.mean(axis=1)
    by_run = between_runs(mean_a, mean_b, confidence, paired_runs=paired_runs)
    first, second = rng.spawn(2)
    few = min(len(a), len(b)) < 5
    return MethodComparison(
        runs_a=len(a),
        runs_b=len(b),
        n_items=a.shape[1],
        dropped=dropped,
        unit=METHODS_HERE,
        items=items,
        runs=by_run,
        randomised=_randomised(mean_a, mean_b, resamples, first, paired=paired_runs),
        both=_both(a, b, by_run, items, confidence, paired=paired_runs),
        hierarchical=_hierarchical(a, b, resamples, second, confidence, paired=paired_runs),
        run_sd=float(np.sqrt((mean_a.var(ddof=1) + mean_b.var(ddof=1)) / 2)),
        notes=("fewer than 5 runs in an arm: the bootstrap over runs is too narrow; read the t interval",)
        if few
        else (),
    )


def between_runs(
    mean_a: Floats, mean_b: Floats, confidence: float = 0.95, *, paired_runs: bool = False
) -> Inference:
    """Welch's t over run means, or the paired t where run r of A and of B share their seed.

    Args:
        mean_a: mean of every run of A, two at least.
        mean_b: the same of B.
        confidence: of the interval.
        paired_runs: compare run by run.
    """
    if paired_runs:
        return _paired_runs(mean_b - mean_a, confidence)
    return _welch(mean_a, mean_b, confidence)


def _complete(a_RN: ArrayLike, b_RN: ArrayLike, *, paired: bool) -> tuple[Floats, Floats, int]:
    """Both arms on the items that every run has, and how many were dropped."""
    a, b = matrix(a_RN, what="runs of A", least=1), matrix(b_RN, what="runs of B", least=1)
    if a.shape[1] != b.shape[1]:
        raise ResultsError(f"runs: {a.shape[1]} items in A and {b.shape[1]} in B; they must be the same")
    if paired and len(a) != len(b):
        raise ResultsError(f"paired runs: {len(a)} of A and {len(b)} of B; they must be as many")
    held = ~(np.isnan(a).any(axis=0) | np.isnan(b).any(axis=0))
    return a[:, held], b[:, held], int((~held).sum())


def _welch(mean_a: Floats, mean_b: Floats, confidence: float) -> Inference:
    """Welch's t over run means."""
    parts = [float(mean.var(ddof=1)) / len(mean) for mean in (mean_a, mean_b)]
    total = sum(parts)
    freedom = sum(part**2 / (len(mean) - 1) for part, mean in zip(parts, (mean_a, mean_b), strict=True))
    by_t = _by_t(
        float(mean_b.mean() - mean_a.mean()), total, total**2 / freedom if freedom else 1.0, confidence
    )
    return msgspec.structs.replace(
        by_t, method="Welch t over run means, two-sided", unit=METHODS_HERE, n=len(mean_a) + len(mean_b)
    )


def _paired_runs(differences: Floats, confidence: float) -> Inference:
    return msgspec.structs.replace(
        paired_t(differences, confidence), method="paired t over runs that share a seed", unit=METHODS_HERE
    )


def _both(
    a: Floats, b: Floats, by_run: Inference, items: Inference, confidence: float, *, paired: bool
) -> Inference:
    """Two-way variance: runs plus items less the cells that both count; t with the runs' degrees of freedom."""
    residuals = [_residual(b - a)] if paired else [_residual(a), _residual(b)]
    cells = sum(variance / (rows * a.shape[1]) for variance, rows in residuals)
    parts = [(by_run.se or 0.0) ** 2, (items.se or 0.0) ** 2]
    variance = max(sum(parts) - cells, *parts)
    df = by_run.df or 1.0
    if parts[0]:
        df = min(variance**2 / (parts[0] ** 2 / df), a.shape[1] - 1)
    by_t = _by_t(by_run.estimate or 0.0, variance, df, confidence)
    return msgspec.structs.replace(
        by_t, method="runs and items, two-way variance, t, two-sided", unit=METHODS, n=by_run.n
    )


def _residual(x_RN: Floats) -> tuple[float, int]:
    """Mean square of the run by item interaction, and the runs."""
    rest = x_RN - x_RN.mean(axis=0) - x_RN.mean(axis=1, keepdims=True) + x_RN.mean()
    runs, n = x_RN.shape
    return float(np.sum(rest**2)) / ((runs - 1) * (n - 1)), runs


def _by_t(estimate: float, variance: float, df: float, confidence: float) -> Inference:
    """Interval and two-sided test by Student's t."""
    from scipy.special import stdtr, stdtrit

    se = variance**0.5
    half = float(stdtrit(df, (1 + check_level(confidence)) / 2)) * se
    t = estimate / se if se else float("nan")
    return Inference(
        method="Student t",
        n=0,
        estimate=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        confidence=confidence,
        statistic=t,
        df=df,
        p_value=2 * float(stdtr(df, -abs(t))) if se else (float("nan") if estimate else 1.0),
    )


def _randomised(
    mean_a: Floats, mean_b: Floats, resamples: int, rng: np.random.Generator, *, paired: bool
) -> Inference:
    """Regroups the runs between the arms (all ways, where they can be counted), or flips the pairs."""
    from scipy.special import comb

    estimate = float(mean_b.mean() - mean_a.mean())
    pool, size = np.concatenate([mean_b, mean_a]), len(mean_b)
    ways = int(comb(len(pool), size, exact=True))
    if paired:
        test = sign_flip(mean_b - mean_a, check_draws(resamples), rng)
        p, floor, error, exact = test
    else:
        exact = ways <= EXACT_UP_TO
        if exact:
            groups = np.array(list(combinations(range(len(pool)), size)))
        else:
            groups = rng.permuted(np.tile(np.arange(len(pool)), (check_draws(resamples), 1)), axis=1)[
                :, :size
            ]
        inside = pool[groups].sum(axis=1)
        shifts = np.abs(inside / size - (pool.sum() - inside) / (len(pool) - size))
        extreme = int(np.sum(shifts >= abs(estimate) - 1e-9 * np.abs(pool).max()))
        floor = (2 if size * 2 == len(pool) else 1) / ways
        p, floor, error = (extreme / ways, floor, 0.0) if exact else monte_carlo(extreme, resamples)
    return Inference(
        method=f"randomisation of runs, {'exact' if exact else 'Monte-Carlo'}, two-sided",
        unit=METHODS_HERE,
        n=len(pool),
        estimate=estimate,
        p_value=p,
        p_floor=floor,
        p_error=error,
        draws=0 if exact else resamples,
        seed=None if exact else seed_of(rng),
        notes=(f"so few runs that no p-value below {floor:.2g} was possible",) if floor > 0.05 else (),
    )


def _hierarchical(
    a: Floats, b: Floats, resamples: int, rng: np.random.Generator, confidence: float, *, paired: bool
) -> Inference:
    """Draws runs within arms and items (the same for all runs) with replacement; percentile interval."""
    seed, n = seed_of(rng), a.shape[1]

    def weights(count: int) -> Floats:
        drawn: Floats = rng.multinomial(count, np.full(count, 1 / count), size=check_draws(resamples)) / count
        return drawn

    runs_b = weights(len(b))
    runs_a = runs_b if paired else weights(len(a))
    means = np.empty(resamples)
    block = max(1, 500_000 // n)
    for start in range(0, resamples, block):
        part = slice(start, min(start + block, resamples))
        differences = runs_b[part] @ b - runs_a[part] @ a
        drawn = rng.integers(0, n, size=differences.shape)
        means[part] = np.take_along_axis(differences, drawn, axis=1).mean(axis=1)
    tail = (1 - check_level(confidence)) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Inference(
        method="hierarchical percentile bootstrap over runs and items",
        unit=METHODS,
        n=len(a) + len(b),
        estimate=float(b.mean() - a.mean()),
        se=float(means.std(ddof=1)),
        low=float(low),
        high=float(high),
        confidence=confidence,
        draws=resamples,
        seed=seed,
    )


def run_level_words(comparison: MethodComparison | None, runs: Sequence[int] = (1, 1)) -> str:
    """The unit of inference in words that a report prints; ``runs`` serves where no run level was asked for."""
    counts = (comparison.runs_a, comparison.runs_b) if comparison else (runs[0], runs[1])
    if min(counts) < 2:
        return ONE_RUN
    return f"{counts[0]} and {counts[1]} training runs: the inference is about the methods, on these items"
