"""Two methods through their training runs: the comparison of ``compare.py`` with the training run as the unit. Pure.

Means, items and criteria come from the runs pooled; interval and test of every measure are then those over run means
(``training_runs.py``). With one run in an arm there is no such figure: the items stay the unit, and a note says what that
leaves unsaid.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec
import numpy as np

from rvpo.results.errors import ResultsError
from rvpo.results.methods import Method, complete_items, draws_of, pooled, score_table, value_tables
from rvpo.results.records import Comparison, Effect, ItemRow, Size, TrainingRuns
from rvpo.results.stats.compare import compare
from rvpo.results.stats.family import generator
from rvpo.results.stats.inference import Inference
from rvpo.results.stats.power import Design, Variances, detectable
from rvpo.results.stats.significance import holm
from rvpo.results.stats.training_runs import ONE_RUN, MethodComparison, between_runs, compare_methods

FLAT: Final = "the runs of an arm do not differ at all: no test over runs can be made"


def compare_over_runs(
    a: Method,
    b: Method,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = 10_000,
    flips: int = 99_999,
    cluster_by: str | None = None,
    paired_runs: bool = False,
) -> Comparison:
    """Compares method B with method A on the items that every run answered.

    Args:
        a: the baseline.
        b: the method that is asked about.
        seed: see ``compare``, as the other settings.
        confidence: of every interval.
        resamples: of the bootstraps.
        flips: of the sign-flip test, where items are the unit, and of the randomisation of runs.
        cluster_by: see ``compare``; where runs are the unit it changes nothing but a note.
        paired_runs: run r of A and of B share their seed and data order, and are compared as pairs.

    Raises:
        DifferentExams: the runs did not sit the same exam.
        ResultsError: fewer than two items are complete, or paired runs are not as many.
    """
    ids, draws = _complete(a, b), draws_of((a, b))
    items = compare(
        pooled(a, draws, set(ids)),
        pooled(b, draws, set(ids)),
        seed=seed,
        confidence=confidence,
        resamples=resamples,
        flips=flips,
        cluster_by=cluster_by,
    )
    counts = {
        "draws_a": draws,
        "draws_b": draws,
        "dropped_a": _asked(a) - len(ids),
        "dropped_b": _asked(b) - len(ids),
    }
    items = msgspec.structs.replace(items, **counts)
    scores_a, scores_b = score_table(a, ids), score_table(b, ids)
    found = compare_methods(
        scores_a,
        scores_b,
        resamples,
        generator(seed, "training runs"),
        paired_runs=paired_runs,
        confidence=confidence,
    )
    if found.runs is None:
        spread = items.spread if len(a.runs) == len(b.runs) == 1 else None
        return msgspec.structs.replace(items, spread=spread, notes=(*items.notes, ONE_RUN))
    means = {"mean_a": float(scores_a.mean()), "mean_b": float(scores_b.mean())}
    families = _families(a, b, ids, items, paired_runs=paired_runs)
    return msgspec.structs.replace(_with_runs(items, found, found.runs), **means, **families)


def _complete(a: Method, b: Method) -> tuple[str, ...]:
    ids = complete_items((a, b))
    if len(ids) < 2:
        raise ResultsError(
            f"{a.name} and {b.name}: {len(ids)} items have a score in every run; a comparison needs at least 2"
        )
    return ids


def _families(
    a: Method, b: Method, ids: Sequence[str], items: Comparison, *, paired_runs: bool
) -> dict[str, tuple[Effect, ...]]:
    """Criteria and tags, each family by its field in the comparison."""
    return {
        name: _family(a, b, ids, effects, of, settings=(items.confidence, paired_runs))
        for name, of, effects in (
            ("by_criterion", attrgetter("values"), items.by_criterion),
            ("by_tag", attrgetter("tags"), items.by_tag),
        )
    }


def _with_runs(items: Comparison, found: MethodComparison, runs: Inference) -> Comparison:
    """The item-level comparison with the figures over runs in its place."""
    level = f"{100 * items.confidence:g} %"
    kind = runs.method.removesuffix(", two-sided")
    notes = [note for note in items.notes if "p-value below" not in note]
    notes += found.notes
    if found.randomised and found.randomised.p_floor > 1 - items.confidence:
        notes.append(
            f"so few runs that regrouping them can give no p-value below {found.randomised.p_floor:.2g}"
        )
    if items.clusters:
        notes.append(
            f"the items lie in {items.clusters} clusters (by {items.cluster_by}); the interval over runs and items "
            "takes them as independent"
        )
    if not runs.se:
        notes.append(FLAT)
    return msgspec.structs.replace(
        items,
        **_figures(runs),
        size=_without_bounds(items.size),
        spread=None,
        detectable=_detectable(runs, min(found.runs_a, found.runs_b), found.n_items, items.confidence),
        training=_record(found),
        method=f"training runs as the unit, items and draws averaged first; {level} {kind} interval and test, two-sided",
        resamples=found.hierarchical.draws if found.hierarchical else 0,
        flips=0,
        p_floor=0.0,
        p_error=0.0,
        unit=found.unit,
        notes=tuple(notes),
    )


def _figures(runs: Inference) -> dict[str, float]:
    """Estimate, interval and p-value; a p-value that cannot be had is 1: nothing was shown."""
    p = runs.p_value
    return {
        "difference": runs.estimate or 0.0,
        "low": runs.low or 0.0,
        "high": runs.high or 0.0,
        "p_value": 1.0 if p is None or math.isnan(p) else p,
    }


def _family(
    a: Method,
    b: Method,
    ids: Sequence[str],
    effects: Sequence[Effect],
    of: Callable[[ItemRow], Mapping[str, float | None]],
    *,
    settings: tuple[float, bool],
) -> tuple[Effect, ...]:
    """Criteria or tags over runs, Holm within the family; on the items that every run has a value of."""
    confidence, paired_runs = settings
    tables_a, tables_b = value_tables(a, ids, of), value_tables(b, ids, of)
    found = []
    for effect in effects:
        if effect.name not in tables_a or effect.name not in tables_b:
            continue
        both = np.vstack([tables_a[effect.name], tables_b[effect.name]])
        held = ~np.isnan(both).any(axis=0)
        if not held.any():
            continue
        means = both[:, held].mean(axis=1)
        mean_a, mean_b = means[: len(a.runs)], means[len(a.runs) :]
        runs = between_runs(mean_a, mean_b, confidence, paired_runs=paired_runs)
        found.append(
            msgspec.structs.replace(
                effect,
                **_figures(runs),
                mean_a=float(mean_a.mean()),
                mean_b=float(mean_b.mean()),
                n_items=int(held.sum()),
                interval=runs.method.removesuffix(", two-sided"),
                size=_without_bounds(effect.size),
            )
        )
    adjusted = holm([effect.p_value for effect in found])
    return tuple(msgspec.structs.replace(effect, p_holm=p) for effect, p in zip(found, adjusted, strict=True))


def _without_bounds(size: Size | None) -> Size | None:
    if size is None:
        return None
    return Size(d_z=size.d_z, superiority=size.superiority, odds_ratio=size.odds_ratio)


def _detectable(runs: Inference, fewest: int, n: int, confidence: float) -> float:
    """With the standard error that was seen, and as many runs an arm as the smaller one has."""
    variances = Variances(item=0.0, run=(runs.se or 0.0) ** 2 * fewest / 2)
    return detectable(variances, Design(items=n, runs=fewest), confidence=confidence)


def _record(found: MethodComparison) -> TrainingRuns:
    randomised, both, drawn = found.randomised, found.both, found.hierarchical
    assert randomised is not None
    assert both is not None
    assert drawn is not None
    return TrainingRuns(
        runs_a=found.runs_a,
        runs_b=found.runs_b,
        run_sd=found.run_sd or 0.0,
        p_randomised=_known(randomised.p_value),
        p_randomised_floor=randomised.p_floor,
        regroupings=randomised.draws,
        both_low=_known(both.low),
        both_high=_known(both.high),
        both_p=_known(both.p_value),
        hierarchical_low=_known(drawn.low),
        hierarchical_high=_known(drawn.high),
        items_low=_known(found.items.low),
        items_high=_known(found.items.high),
    )


def _known(value: float | None) -> float:
    """A figure of the record; a p-value without spread is 1, as in ``_figures``."""
    return 1.0 if value is None or math.isnan(value) else value


def _asked(method: Method) -> int:
    return len({row.item_id for run in method.runs for row in run.items})
