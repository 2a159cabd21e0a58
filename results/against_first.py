"""Several runs against one baseline: a paired comparison each, Holm over the family. Pure."""

from collections.abc import Sequence

import msgspec

from rvpo.results.errors import ResultsError
from rvpo.results.reader import Run
from rvpo.results.records import Comparison
from rvpo.results.stats import holm
from rvpo.results.stats.compare import compare


def compare_with_first(
    runs: Sequence[Run],
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = 10_000,
    flips: int = 99_999,
) -> tuple[Comparison, ...]:
    """Compares every later run with the first, on the items that those two answered.

    Args:
        runs: the baseline, then those that are asked about.
        seed: see ``compare``, as the other settings.
        confidence: of every interval.
        resamples: of the bootstrap.
        flips: of the sign-flip test.

    Returns:
        A comparison a run; with two or more, ``p_holm`` is adjusted over them (Holm 1979). Intervals are not.

    Raises:
        ResultsError: fewer than two runs, or a pair that cannot be compared.
    """
    if len(runs) < 2:
        raise ResultsError(f"a comparison needs a baseline and at least one other run; got {len(runs)}")
    baseline, *others = runs
    found = [
        compare(baseline, other, seed=seed, confidence=confidence, resamples=resamples, flips=flips)
        for other in others
    ]
    if len(found) == 1:
        return tuple(found)
    adjusted = holm([comparison.p_value for comparison in found])
    return tuple(
        msgspec.structs.replace(comparison, p_holm=p) for comparison, p in zip(found, adjusted, strict=True)
    )
