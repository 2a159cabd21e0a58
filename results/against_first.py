"""Several runs, or several methods, against one baseline: a paired comparison each, Holm over the family. Pure."""

from collections.abc import Sequence

import msgspec

from rvpo.results.errors import ResultsError
from rvpo.results.methods import Method
from rvpo.results.reader import Run
from rvpo.results.records import Comparison
from rvpo.results.stats import holm
from rvpo.results.stats.compare import compare
from rvpo.results.stats.over_runs import compare_over_runs


def compare_with_first(
    runs: Sequence[Run],
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = 10_000,
    flips: int = 99_999,
    cluster_by: str | None = None,
) -> tuple[Comparison, ...]:
    """Compares every later run with the first, on the items that those two answered.

    Args:
        runs: the baseline, then those that are asked about.
        seed: see ``compare``, as the other settings.
        confidence: of every interval.
        resamples: of the bootstrap.
        flips: of the sign-flip test.
        cluster_by: what groups the items.

    Returns:
        A comparison a run; with two or more, ``p_holm`` is adjusted over them (Holm 1979). Intervals are not.

    Raises:
        ResultsError: fewer than two runs, or a pair that cannot be compared.
    """
    if len(runs) < 2:
        raise ResultsError(f"a comparison needs a baseline and at least one other run; got {len(runs)}")
    baseline, *others = runs
    return holm_over(
        [
            compare(
                baseline,
                other,
                seed=seed,
                confidence=confidence,
                resamples=resamples,
                flips=flips,
                cluster_by=cluster_by,
            )
            for other in others
        ]
    )


def compare_methods_with_first(
    methods: Sequence[Method],
    *,
    seed: int = 0,
    confidence: float = 0.95,
    cluster_by: str | None = None,
    paired_runs: bool = False,
) -> tuple[Comparison, ...]:
    """Compares every later method with the first, the training run being the unit where each has two.

    Args:
        methods: the baseline, then those that are asked about.
        seed: see ``compare_over_runs``, as the other settings.
        confidence: of every interval.
        cluster_by: what groups the items.
        paired_runs: run r of every method has the same seed and data order.

    Raises:
        ResultsError: fewer than two methods, or a pair that cannot be compared.
    """
    if len(methods) < 2:
        raise ResultsError(f"a comparison needs a baseline and at least one other arm; got {len(methods)}")
    baseline, *others = methods
    return holm_over(
        [
            compare_over_runs(
                baseline,
                other,
                seed=seed,
                confidence=confidence,
                cluster_by=cluster_by,
                paired_runs=paired_runs,
            )
            for other in others
        ]
    )


def holm_over(found: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons with ``p_holm`` adjusted over them; one alone is left as it is."""
    if len(found) < 2:
        return tuple(found)
    adjusted = holm([comparison.p_value for comparison in found])
    return tuple(
        msgspec.structs.replace(comparison, p_holm=p) for comparison, p in zip(found, adjusted, strict=True)
    )
