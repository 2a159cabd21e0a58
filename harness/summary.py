"""What a run came to, in figures: for the screen and for ``--json``. Pure.

Draws of an item are averaged first, so that the item is the unit; pooled draws would count one item several times.
No interval is given here: how sure one can be of a figure, and of a difference, is ``rvpo compare``'s to say.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from statistics import fmean
from typing import Final

import msgspec

from rvpo.harness.gpqa.health import ExamHealth, run_health
from rvpo.harness.healthbench.figures import HealthBenchFigures, healthbench_figures, is_healthbench_run
from rvpo.results import ItemRow, Run
from rvpo.rubrics import score_dataset

MOST_REASONS: Final = 10


class Mean(msgspec.Struct, frozen=True):
    """A mean over items."""

    mean: float
    n: int
    """Items that have a value."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run."""

    run_id: str
    task: str
    title: str
    sealed: bool
    items: int
    """Items with at least one draw in the journal."""
    scored: int
    """Items with a score: the ``n`` of the figures below."""
    draws: int
    """Draws in the journal."""
    planned: int
    """Draws that the finished run has."""
    failed: int
    failures: Mapping[str, int] = {}
    """The commonest reasons why, each with its number of draws."""
    truncated: int
    holes: int
    """Criteria of a draw that the judge left open."""
    coverage: float | None
    """Mean share of the rubric's points that was judged, over all draws; of a failed draw none was."""
    answered_coverage: float | None = None
    """The same over draws with an answer; the rest to 1 is the judge's holes."""
    score: float | None
    """Mean item score, not clipped."""
    clipped_after_mean: float | None
    """HealthBench's own figure: the mean clipped to [0, 1]."""
    clipped_per_item: float | None
    """Each answer's score clipped before averaging, as some harnesses do; several points higher on hard sets."""
    low: float | None
    """Mean score if every hole, failed draws included, had come out worst..."""
    high: float | None
    """...and best."""
    by_criterion: Mapping[str, Mean]
    """Mean reward (1 is good); empty when items have rubrics of their own."""
    by_tag: Mapping[str, Mean]
    """Mean score of each tag, not clipped."""
    health: ExamHealth | None = None
    """Of an exam with options to choose from."""
    healthbench: HealthBenchFigures | None = None
    """Of HealthBench: its score under each named rule, axes, themes, clusters, worst of k."""
    notes: tuple[str, ...] = ()


def summarise(run: Run) -> Summary:
    """Average a run's rows."""
    rows, manifest = run.items, run.manifest
    scores = _item_means(rows, lambda row: {"score": row.score}).get("score", [])
    answered = [row.coverage for row in rows if row.status != "failed"]
    return Summary(
        run_id=manifest.run_id,
        task=manifest.task,
        title=manifest.title,
        sealed=run.sealed,
        items=len({row.item_id for row in rows}),
        scored=len(scores),
        draws=len(rows),
        planned=manifest.planned,
        failed=sum(row.status == "failed" for row in rows),
        failures=_failures(rows),
        truncated=sum(row.status == "truncated" for row in rows),
        holes=sum(row.hole for row in run.verdicts),
        coverage=run.coverage,
        answered_coverage=fmean(answered) if answered else None,
        score=score_dataset(scores, clip="none"),
        clipped_after_mean=score_dataset(scores, clip="after_mean"),
        clipped_per_item=score_dataset(_clipped(rows), clip="none"),
        low=_mean_bound(rows, lambda row: row.low),
        high=_mean_bound(rows, lambda row: row.high),
        by_criterion=_means(rows, lambda row: row.values) if _share_a_rubric(rows) else {},
        by_tag=_means(rows, lambda row: row.tags),
        health=run_health(run),
        healthbench=healthbench_figures(run) if is_healthbench_run(run) else None,
        notes=manifest.notes,
    )


def _failures(rows: Iterable[ItemRow]) -> dict[str, int]:
    return dict(
        Counter(
            str(row.meta.get("error") or "no reason given") for row in rows if row.status == "failed"
        ).most_common(MOST_REASONS)
    )


def _means(
    rows: Iterable[ItemRow], values: Callable[[ItemRow], Mapping[str, float | None]]
) -> dict[str, Mean]:
    return {name: Mean(fmean(means), len(means)) for name, means in _item_means(rows, values).items()}


def _item_means(
    rows: Iterable[ItemRow], values: Callable[[ItemRow], Mapping[str, float | None]]
) -> dict[str, list[float]]:
    """For each name the means over draws, an entry an item; what is ``None`` is left out."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        for name, value in values(row).items():
            if value is not None:
                found.setdefault(name, {}).setdefault(row.item_id, []).append(value)
    return {name: [fmean(draws) for draws in by_item.values()] for name, by_item in found.items()}


def _clipped(rows: Iterable[ItemRow]) -> list[float]:
    """The item means of answers clipped one by one."""
    return _item_means(
        rows, lambda row: {"score": None if row.score is None else min(max(row.score, 0.0), 1.0)}
    ).get("score", [])


def _mean_bound(rows: Iterable[ItemRow], bound: Callable[[ItemRow], float | None]) -> float | None:
    means = _item_means(rows, lambda row: {"bound": bound(row)}).get("bound")
    return fmean(means) if means else None


def _share_a_rubric(rows: Iterable[ItemRow]) -> bool:
    """Whether all items have the same criteria; a criterion's mean over other rubrics' would mean nothing."""
    named = {tuple(row.values) for row in rows if row.values}
    return len(named) == 1
