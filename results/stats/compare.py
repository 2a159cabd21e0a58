"""Is B better than A on this exam? One paired comparison, with its secondary families. Pure.

The primary measure is the item score. Criteria and tags are two secondary families, each Holm-adjusted within
itself. ``family.py`` says which interval is used where; the p-value is the sign-flip test's in every case.
"""

import numpy as np
from numpy.typing import NDArray

from rvpo.results.align import Columns, Paired, align
from rvpo.results.errors import ResultsError
from rvpo.results.identity import differing_fields
from rvpo.results.reader import Run
from rvpo.results.records import Comparison, Effect
from rvpo.results.stats.family import BCA, Settings, adjusted, family_effects
from rvpo.results.stats.paired import TIED
from rvpo.results.stats.significance import FlipTest

Floats = NDArray[np.float64]
POWER = 0.8
JUDGE_FIELDS = frozenset({"judge", "judge_template", "template"})
"""Identity fields that say how a run was judged."""


def compare(
    a: Run, b: Run, *, seed: int = 0, confidence: float = 0.95, resamples: int = 10_000, flips: int = 99_999
) -> Comparison:
    """Compares B with A on the items that both answered: differences are B - A.

    Args:
        a: the baseline.
        b: the run that is asked about.
        seed: of the resampling; the same runs and seed give the same figures, whatever order the rows lie in.
        confidence: of every interval, between 0 and 1.
        resamples: of the bootstrap.
        flips: of the sign-flip test where it cannot be exact; 99 999 can show p = 0.00001.

    Raises:
        DifferentExams: the runs did not sit the same exam.
        ResultsError: fewer than two items have a score in both, or a setting is out of range.
    """
    settings = _checked(Settings(seed, confidence, resamples, flips))
    paired = _aligned(a, b)
    score = Columns(("score",), paired.score_a[:, None], paired.score_b[:, None], 0)
    single = paired.draws_a == paired.draws_b == 1
    ((primary, test),) = family_effects("score", score, settings, single_draws=single)
    criteria = family_effects("criterion", paired.criteria, settings, single_draws=single)
    tags = family_effects("tag", paired.tags, settings, single_draws=single)
    low, high = _hole_bounds(paired)
    return Comparison(
        a=a.name,
        b=b.name,
        run_a=a.manifest.run_id,
        run_b=b.manifest.run_id,
        mean_a=primary.mean_a,
        mean_b=primary.mean_b,
        difference=primary.difference,
        low=primary.low,
        high=primary.high,
        p_value=primary.p_value,
        n_items=primary.n_items,
        draws_a=paired.draws_a,
        draws_b=paired.draws_b,
        wins=primary.wins,
        ties=primary.ties,
        losses=primary.losses,
        by_criterion=adjusted(criteria),
        by_tag=adjusted(tags),
        dropped_a=paired.dropped_a,
        dropped_b=paired.dropped_b,
        coverage_a=_coverage(a),
        coverage_b=_coverage(b),
        difference_low=low,
        difference_high=high,
        detectable=detectable_difference(paired.score_b - paired.score_a, confidence),
        confidence=confidence,
        method=_method(primary, test, settings),
        resamples=resamples if primary.interval == BCA else 0,
        flips=0 if test.exact else flips,
        p_floor=test.p_floor,
        p_error=test.p_error,
        seed=seed,
        notes=(*_run_notes(a, b), *_data_notes(paired, primary, test, confidence)),
    )


def detectable_difference(d_N: Floats, confidence: float) -> float:
    """The true mean difference that a t test on such items finds with 80 % power.

    ``(t_{1-alpha/2} + t_{0.8}) * sd / sqrt(n)``, the usual approximation to the noncentral t; 0 when the
    differences do not vary at all.
    """
    from scipy.special import stdtrit

    n = len(d_N)
    quantiles = stdtrit(n - 1, (1 + confidence) / 2) + stdtrit(n - 1, POWER)
    return float(quantiles * d_N.std(ddof=1) / n**0.5)


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


def _coverage(run: Run) -> float:
    """Mean share of the rubric that was judged; a row without a response was judged not at all."""
    return float(np.mean([0.0 if row.status == "failed" else row.coverage for row in run.items]))


def _hole_bounds(paired: Paired) -> tuple[float, float] | tuple[None, None]:
    """The mean difference if every hole had come out worst for B and best for A, and the reverse."""
    low_a, high_a, low_b, high_b = paired.bounds.T
    if np.allclose(low_a, high_a, rtol=0, atol=TIED) and np.allclose(low_b, high_b, rtol=0, atol=TIED):
        return None, None
    return float(np.mean(low_b - high_a)), float(np.mean(high_b - low_a))


def _method(primary: Effect, test: FlipTest, settings: Settings) -> str:
    resamples = f" ({settings.resamples:,} resamples)" if primary.interval == BCA else ""
    flips = "exact" if test.exact else f"Monte-Carlo ({settings.flips:,} flips)"
    return (
        f"paired by item, draws averaged first; {100 * settings.confidence:g} % {primary.interval} interval"
        f"{resamples}; {flips} two-sided sign-flip test"
    )


def _run_notes(a: Run, b: Run) -> list[str]:
    """What the runs say of themselves, what is unfinished, and whether they were judged alike."""
    notes = list(dict.fromkeys((*a.manifest.notes, *b.manifest.notes)))
    for run in (a, b):
        if not run.sealed:
            of = f" of {run.manifest.planned}" if run.manifest.planned else ""
            notes.append(f"{run.name} is not finished: {len(run.items)}{of} rows so far")
    judged = [
        f"{name}: {left} and {right}"
        for name, left, right in differing_fields(a.manifest.identity, b.manifest.identity)
        if name.split(".")[0] in JUDGE_FIELDS
    ]
    if judged:
        notes.append(f"the two runs were judged differently ({'; '.join(judged)})")
    return notes


def _data_notes(paired: Paired, primary: Effect, test: FlipTest, confidence: float) -> list[str]:
    """What the data could not show."""
    notes = []
    if paired.unbounded:
        notes.append(f"{paired.unbounded} items without a response in one of the runs are in no bound")
    too_rare = paired.criteria.too_rare + paired.tags.too_rare
    if too_rare:
        notes.append(f"{too_rare} criteria or tags that too few items share are not compared one by one")
    if primary.low == primary.high:
        notes.append("every item differs by the same amount: the interval has no width and says little")
    if test.p_floor > 1 - confidence:
        notes.append(f"so few items differ that no p-value below {test.p_floor:.2g} was possible")
    return notes
