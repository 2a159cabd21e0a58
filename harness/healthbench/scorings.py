"""Two HealthBench runs under each named scoring rule: does the winner change? Pure."""

from collections.abc import Sequence

import msgspec

from rvpo.harness.healthbench.figures import VARIANTS, healthbench_figures, is_healthbench_run
from rvpo.results import Run
from rvpo.results.records import Comparison, Scoring


def scorings(a: Run, b: Run) -> tuple[Scoring, ...]:
    """Both scores and their difference under each rule, on the items that both have; empty for other exams."""
    if not (is_healthbench_run(a) and is_healthbench_run(b)):
        return ()
    common = {row.item_id for row in a.items} & {row.item_id for row in b.items}
    of_a, of_b = (healthbench_figures(_only(run, common)).variants for run in (a, b))
    return tuple(
        Scoring(name=name, a=left, b=right, difference=right - left)
        for name in VARIANTS
        if (left := of_a[name]) is not None and (right := of_b[name]) is not None
    )


def with_scorings(runs: Sequence[Run], comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons of every run with the first, each with its scores by every rule."""
    return [
        msgspec.structs.replace(comparison, by_scoring=scorings(runs[0], run))
        for run, comparison in zip(runs[1:], comparisons, strict=True)
    ]


def _only(run: Run, items: set[str]) -> Run:
    rows = tuple(row for row in run.items if row.item_id in items)
    verdicts = tuple(row for row in run.verdicts if row.item_id in items)
    return msgspec.structs.replace(run, items=rows, verdicts=verdicts)
