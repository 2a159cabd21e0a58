"""Is B better than A on this exam? One paired comparison, with its secondary families. Pure.

The primary measure is the item score. Criteria and tags are two secondary families, each Holm-adjusted within
itself. ``family.py`` says which interval is used where; the p-value is the sign-flip test's in every case.
"""

from typing import Any

import numpy as np

from rvpo.results.align import Columns, Paired, align
from rvpo.results.clustering import Clustering, clusters_of
from rvpo.results.errors import ResultsError
from rvpo.results.reader import Run
from rvpo.results.records import ITEMS, Comparison, Effect
from rvpo.results.stats.design import as_held
from rvpo.results.stats.family import BCA, CLUSTERED, Sample, Settings, adjusted, family_effects
from rvpo.results.stats.paired import TIED
from rvpo.results.stats.remarks import cluster_remarks, data_remarks, run_remarks
from rvpo.results.stats.significance import FlipTest

SHARED = (
    "mean_a", "mean_b", "difference", "low", "high", "p_value", "n_items", "wins", "ties", "losses", "size",
)  # fmt: skip
"""Figures that the comparison takes from the effect of its primary measure."""
COUNTED = ("draws_a", "draws_b", "dropped_a", "dropped_b")
"""Counts that it takes from the pairing."""


def compare(
    a: Run,
    b: Run,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = 10_000,
    flips: int = 99_999,
    cluster_by: str | None = None,
) -> Comparison:
    """Compares B with A on the items that both answered: differences are B - A.

    Args:
        a: the baseline.
        b: the run that is asked about.
        seed: of the resampling; the same runs and seed give the same figures, whatever order the rows lie in.
        confidence: of every interval, between 0 and 1.
        resamples: of the bootstrap.
        flips: of the sign-flip test where it cannot be exact; 99 999 can show p = 0.00001.
        cluster_by: what groups items (``clustering.py``); ``None``: what the rows declare; ``"item"``: nothing.

    Raises:
        DifferentExams: the runs did not sit the same exam.
        ResultsError: fewer than two items have a score in both, a setting is out of range, or an item is in no cluster
            while others are.
    """
    settings, paired = _checked(Settings(seed, confidence, resamples, flips)), _aligned(a, b)
    score = Columns(("score",), paired.score_a[:, None], paired.score_b[:, None], 0)
    clustering = clusters_of(a, b, paired.ids, cluster_by)
    sample = Sample(paired.draws_a == paired.draws_b == 1, clustering.labels if clustering else None)
    held = as_held(paired.table_a, paired.table_b, confidence, sample.clusters)
    ((primary, test),) = family_effects("score", score, settings, sample)
    criteria = family_effects("criterion", paired.criteria, settings, sample)
    tags = family_effects("tag", paired.tags, settings, sample)
    lost = len(paired.criteria.names) + len(paired.tags.names) - len(criteria) - len(tags)
    low, high = _hole_bounds(paired)
    return Comparison(
        a=a.name,
        b=b.name,
        run_a=a.manifest.run_id,
        run_b=b.manifest.run_id,
        **{name: getattr(primary, name) for name in SHARED},
        **{name: getattr(paired, name) for name in COUNTED},
        by_criterion=adjusted(criteria),
        by_tag=adjusted(tags),
        coverage_a=a.coverage or 0.0,
        coverage_b=b.coverage or 0.0,
        difference_low=low,
        difference_high=high,
        detectable=held.detectable,
        spread=held.spread,
        **_grouped(clustering),
        **_reckoned(primary, test, settings),
        notes=(
            *run_remarks(a, b),
            *data_remarks(paired, primary, test, confidence),
            *cluster_remarks(clustering, lost),
        ),
    )


def _aligned(a: Run, b: Run) -> Paired:
    """The pairs; refused below two scored ones."""
    paired = align(a, b)
    if len(paired.ids) < 2:
        raise ResultsError(
            f"{a.folder} and {b.folder}: {len(paired.ids)} items have a score in both runs; "
            "a paired comparison needs at least 2"
        )
    return paired


def _checked(settings: Settings) -> Settings:
    if not 0 < settings.confidence < 1:
        raise ResultsError(f"confidence {settings.confidence}: must lie between 0 and 1, as 0.95 does")
    for name, value, least in (
        ("seed", settings.seed, 0),
        ("resamples", settings.resamples, 100),
        ("flips", settings.flips, 99),
    ):
        if value < least:
            raise ResultsError(f"{name} {value}: must be at least {least}")
    return settings


def _hole_bounds(paired: Paired) -> tuple[float, float] | tuple[None, None]:
    """The mean difference if every hole had come out worst for B and best for A, and the reverse."""
    low_a, high_a, low_b, high_b = paired.bounds.T
    if np.allclose(low_a, high_a, rtol=0, atol=TIED) and np.allclose(low_b, high_b, rtol=0, atol=TIED):
        return None, None
    return float(np.mean(low_b - high_a)), float(np.mean(high_b - low_a))


def _reckoned(primary: Effect, test: FlipTest, settings: Settings) -> dict[str, Any]:
    """How interval and p-value came about, by the fields of the comparison."""
    return {
        "confidence": settings.confidence,
        "method": _method(primary, test, settings),
        "resamples": settings.resamples if primary.interval == BCA else 0,
        "flips": 0 if test.exact else settings.flips,
        "p_floor": test.p_floor,
        "p_error": test.p_error,
        "seed": settings.seed,
    }


def _method(primary: Effect, test: FlipTest, settings: Settings) -> str:
    resamples = f" ({settings.resamples:,} resamples)" if primary.interval == BCA else ""
    flips = "exact" if test.exact else f"Monte-Carlo ({settings.flips:,} flips)"
    whole = " of whole clusters" if primary.interval == CLUSTERED else ""
    return (
        f"paired by item, draws averaged first; {100 * settings.confidence:g} % {primary.interval} interval"
        f"{resamples}; {flips} two-sided sign-flip test{whole}"
    )


def _grouped(clustering: Clustering | None) -> dict[str, Any]:
    """The unit of inference, by the fields of the comparison."""
    if clustering is None:
        return {"unit": ITEMS}
    unit = f"{clustering.count} clusters of items (by {clustering.by}), answered by two fixed sets of weights"
    return {"unit": unit, "clusters": clustering.count, "cluster_by": clustering.by}
