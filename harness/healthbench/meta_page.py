"""A judge's meta-evaluation in lines. Pure."""

from collections.abc import Iterator

from rvpo.harness.healthbench.agreement import Agreement
from rvpo.harness.healthbench.meta import MetaEvaluation


def meta_lines(found: MetaEvaluation) -> Iterator[str]:
    """What ``rvpo judge meta`` prints."""
    yield (
        f"{found.judged} of {found.rows} rows judged, {found.failed} left open by the judge; {found.conversations} "
        f"conversations, {found.physicians} physicians"
    )
    yield f"{'':22}{'pairs':>8}{'agreed':>8}{'F1 met':>8}{'F1 not':>8}{'balanced':>10}{'':17}{'kappa':>7}"
    yield _row("judge", found.judge)
    yield _row("between physicians", found.between_physicians)
    yield (
        f"mean over categories: judge {_figure(found.mean_over_categories)}, physicians "
        f"{_figure(found.physicians_mean_over_categories)}"
    )
    width = max(map(len, [*found.categories, "category"]))
    yield f"{'category':{width}}   rows   judge  physicians   kappa"
    for name, each in found.categories.items():
        yield (
            f"{name:{width}}  {each.rows:5}  {_figure(each.judge.f1_balanced):>6}  {_figure(each.physicians_f1):>10}"
            f"  {_figure(each.judge.kappa):>6}"
        )
    if found.probabilities is not None:
        error = found.probabilities.error
        yield f"as probabilities: Brier {error.brier:.4f}, ECE {error.ece:.4f}, log loss {error.log_loss:.4f}"
        yield f"  {'p':10}{'labels':>8}{'mean p':>8}{'met':>7}"
        yield from (
            f"  {row.low:.1f} to {row.high:.1f}{row.count:8}{row.said:8.3f}{row.met:7.3f}"
            for row in found.probabilities.curve
        )
    yield f"intervals: 95 %, {found.resamples:,} resamples of whole conversations, seed {found.seed}"
    yield from (f"note: {note}" for note in found.notes)


def _row(name: str, each: Agreement) -> str:
    f1 = _interval(each.f1_low, each.f1_high)
    kappa = _interval(each.kappa_low, each.kappa_high)
    return (
        f"{name:22}{each.pairs:8}{_figure(each.agreed):>8}{_figure(each.f1_met):>8}{_figure(each.f1_not_met):>8}"
        f"{_figure(each.f1_balanced):>10}{f1:17}{_figure(each.kappa):>7}{kappa}"
    ).rstrip()


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{round(low, 3) + 0.0:.3f}, {round(high, 3) + 0.0:.3f}]"


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
