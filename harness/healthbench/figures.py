"""HealthBench's scores under each rule that somebody publishes, side by side, from one set of verdicts. Pure.

| name | rule | whose |
|---|---|---|
| ``unclipped`` | mean of the item scores | nobody's; tells "0.000" from "far below" |
| ``openai-2025`` | that mean, clipped to [0, 1] | ``openai/simple-evals`` |
| ``clip-per-item`` | every answer's score clipped, then the mean | ``openbench`` |
| ``failure-as-false`` | a judge's failure is "not met"; clipped after the mean | ``inspect_evals`` |

A tag's figures are the same over the answers that have a score for it. Draws of an item are averaged first, so that an
item counts once; with one draw these are the sources' own figures (simple-evals pools draws, which is the same mean
where every item has as many).
"""

from collections.abc import Iterable, Mapping, Sequence
from math import comb, fsum
from statistics import fmean
from typing import Final

import msgspec

from rvpo.harness.rescoring import rescored
from rvpo.results import ItemRow, Run
from rvpo.rubrics import score_dataset

UNCLIPPED: Final = "unclipped"
OPENAI: Final = "openai-2025"
PER_ITEM: Final = "clip-per-item"
AS_FALSE: Final = "failure-as-false"
VARIANTS: Final = (UNCLIPPED, OPENAI, PER_ITEM, AS_FALSE)

Variants = Mapping[str, float | None]
"""A figure by the name of its rule; ``None`` where nothing has a score."""


class TagFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One tag's scores."""

    n: int
    """Items that have a score for it."""
    variants: Variants


class HealthBenchFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a HealthBench run came to."""

    variants: Variants
    axes: Mapping[str, TagFigures]
    themes: Mapping[str, TagFigures]
    clusters: Mapping[str, TagFigures]
    """The consensus criteria."""
    worst_at_k: tuple[float, ...] = ()
    """The worst of k answers, k = 1 to the number of draws, clipped after the mean; empty with one draw."""
    worst_n: int = 0
    """Items of ``worst_at_k``: those with a score in every draw."""


def is_healthbench_run(run: Run) -> bool:
    """Whether these figures mean something for a run."""
    return run.manifest.kind == "eval" and run.manifest.task == "healthbench"


def healthbench_figures(run: Run) -> HealthBenchFigures:
    """All figures of a run."""
    told = [(row, row.score, row.tags) for row in run.items]
    strict = _as_false(run)
    tags = sorted({tag for _, _, by_tag in told for tag in by_tag})
    figures = {
        tag: _tag_figures(
            [(row.item_id, by_tag.get(tag)) for row, _, by_tag in told],
            [(row.item_id, row.tags.get(tag)) for row in strict],
        )
        for tag in tags
    }
    worst, worst_n = worst_at_k(run.items)
    return HealthBenchFigures(
        variants=_variants(
            [(row.item_id, score) for row, score, _ in told], [(row.item_id, row.score) for row in strict]
        ),
        axes=_of(figures, "axis:"),
        themes=_of(figures, "theme:"),
        clusters=_of(figures, "cluster:"),
        worst_at_k=worst if len(worst) > 1 else (),
        worst_n=worst_n if len(worst) > 1 else 0,
    )


def worst_at_k(rows: Sequence[ItemRow]) -> tuple[tuple[float, ...], int]:
    """The worst of k answers: mean over all subsets of k draws of their least score, then over items, then clipped.

    HealthBench (arXiv 2505.08775), reliability. Of n sorted scores the i-th, from 0, is the least of
    ``comb(n - 1 - i, k - 1)`` subsets. Only items with a score in every draw count: a failure is no score.

    Returns:
        A figure for each k from 1 to the number of draws, and the number of items.
    """
    by_item: dict[str, list[float | None]] = {}
    for row in rows:
        by_item.setdefault(row.item_id, []).append(row.score)
    draws = max(map(len, by_item.values()), default=0)
    whole = [sorted(score for score in scores if score is not None) for scores in by_item.values()]
    whole = [scores for scores in whole if len(scores) == draws]
    if not whole:
        return (), 0
    found = []
    for k in range(1, draws + 1):
        shares = [comb(draws - 1 - place, k - 1) / comb(draws, k) for place in range(draws)]
        least = [fsum(map(float.__mul__, shares, scores)) for scores in whole]
        found.append(min(max(fmean(least), 0.0), 1.0))
    return tuple(found), len(whole)


def _as_false(run: Run) -> list[ItemRow]:
    """The rows with failures as "not met"; none where the run's version cannot tell."""
    open_draws = {(row.item_id, row.draw) for row in run.verdicts if row.hole}
    open_draws |= {(row.item_id, row.draw) for row in run.items if row.status == "failed"}
    unclear = msgspec.structs.replace(
        run,
        items=tuple(row for row in run.items if (row.item_id, row.draw) in open_draws),
        verdicts=tuple(row for row in run.verdicts if (row.item_id, row.draw) in open_draws),
    )
    anew = [again for _, again in rescored(unclear, failure_as_false=True)]
    if None in anew:
        return []
    whole = [row for row in run.items if (row.item_id, row.draw) not in open_draws]
    return whole + [row for row in anew if row is not None]


def _tag_figures(
    told: Iterable[tuple[str, float | None]], strict: Iterable[tuple[str, float | None]]
) -> TagFigures:
    known = [(item, score) for item, score in told if score is not None]
    return TagFigures(n=len({item for item, _ in known}), variants=_variants(known, strict))


def _variants(
    told: Iterable[tuple[str, float | None]], strict: Iterable[tuple[str, float | None]]
) -> dict[str, float | None]:
    """The figures of the scores of draws, with holes left out and with holes as "not met"."""
    known = [(item, score) for item, score in told if score is not None]
    means = _item_means(known)
    return {
        UNCLIPPED: score_dataset(means, clip="none"),
        OPENAI: score_dataset(means, clip="after_mean"),
        PER_ITEM: score_dataset(
            _item_means((item, min(max(score, 0.0), 1.0)) for item, score in known), clip="none"
        ),
        AS_FALSE: score_dataset(
            _item_means((item, score) for item, score in strict if score is not None), clip="after_mean"
        ),
    }


def _item_means(scores: Iterable[tuple[str, float]]) -> list[float]:
    by_item: dict[str, list[float]] = {}
    for item, score in scores:
        by_item.setdefault(item, []).append(score)
    return [fmean(draws) for draws in by_item.values()]


def _of(figures: Mapping[str, TagFigures], prefix: str) -> dict[str, TagFigures]:
    return {tag.removeprefix(prefix): each for tag, each in figures.items() if tag.startswith(prefix)}
