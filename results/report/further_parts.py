"""Parts of the HTML report beside the comparison itself: what would sharpen it, and other scoring rules. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Final

from rvpo.results.clustering import ITEM
from rvpo.results.judgings import arm_budget
from rvpo.results.methods import Method
from rvpo.results.planning import Plan, plan_exam
from rvpo.results.reader import Run
from rvpo.results.records import Comparison
from rvpo.results.report import words
from rvpo.results.report.content import ReportContent, TablePanel
from rvpo.results.report.plan_words import plan_sentences, plan_table
from rvpo.results.report.scorings import TITLE, scoring_panel, winner_sentence
from rvpo.results.report.sections import section, subsection, table_panel
from rvpo.results.report.svg import stacked_bar
from rvpo.results.stats import Budget, Component
from rvpo.results.stats.budget import LEVELS
from rvpo.results.stats.power import sources
from rvpo.results.variants import scoring_variants

_NAMES: Final = {"item x checkpoint": "item x run", "judge": "judge call"}
"""Of levels, where an arm is one checkpoint of several training runs."""
_SOURCES: Final = {
    "items": "items", "draws": "draws", "judge_calls": "judge calls", "runs": "training runs",
}  # fmt: skip
"""Of a plan's variance, as they are called in the legend."""


def budget_part(content: ReportContent) -> str:
    """Where the variance sits, what this exam finds and what to buy next."""
    (a, b), confidence = content.pair, content.primary.confidence
    budgets = [(arm.name, arm_budget(arm.runs, content.shown_runs)) for arm in _arms(content)]
    known = [(name, budget) for name, budget in budgets if budget is not None]
    run_variances = [_run_variance(budget) for _, budget in known]
    run_sd = (sum(run_variances) / len(run_variances)) ** 0.5 if content.arms and run_variances else None
    first, second = (arm.runs[0] for arm in _arms(content))
    plan = plan_exam(
        first if content.arms else a,
        second if content.arms else b,
        difference=content.primary.difference,
        confidence=confidence,
        runs=min(len(arm.runs) for arm in _arms(content)),
        run_sd=run_sd or None,
        cluster_by=content.primary.cluster_by or ITEM,
    )
    if not plan.variances.item + plan.variances.draw_a + plan.variances.draw_b:
        return ""
    told = f"<p>{escape(' '.join(plan_sentences(plan)))}</p>"
    levels = subsection(_budget_table(known)) if known else ""
    return section("What would sharpen it", variance_bar(plan) + told + subsection(plan_table(plan)) + levels)


def variance_bar(plan: Plan) -> str:
    """Shares of the variance of the planned mean difference, with a legend; nothing where only one source is known."""
    put = sources(plan.variances, plan.design)
    known = [(name, put[source]) for source, name in _SOURCES.items() if source == "items" or put[source]]
    if len(known) < 2:
        return ""
    whole = sum(part for _, part in known)
    shares = [(name, part / whole) for name, part in known]
    legend = "".join(
        f'<span><i class="s{place} square"></i>{name}: {words.percent(share)} of the variance</span>'
        for place, (name, share) in enumerate(shares)
    )
    spoken = ", ".join(f"{name} {words.percent(share)}" for name, share in shares)
    bar = stacked_bar(
        [(f"s{place}", share) for place, (_, share) in enumerate(shares)], f"Variance: {spoken}"
    )
    return f'<p class="legend">{legend}</p>{bar}'


def _arms(content: ReportContent) -> tuple[Method, Method]:
    """Both sides of the comparison as training runs: those of the content, else one each."""
    if content.arms is not None:
        return content.arms
    a, b = content.pair
    return Method(name=a.name, runs=(a,)), Method(name=b.name, runs=(b,))


def _run_variance(budget: Budget) -> float:
    return next(each.variance or 0.0 for each in budget.components if each.name == "run")


def _budget_table(known: Sequence[tuple[str, Budget]]) -> TablePanel:
    """Every level that an arm was seen at twice: its standard deviation and its share of the variance of the mean."""
    seen = [
        level
        for level in LEVELS
        if any(_component(budget, level).variance is not None for _, budget in known)
    ]
    unseen = [
        _NAMES.get(level, level) for level in LEVELS if level not in seen and level != "item x checkpoint"
    ]
    rows = tuple(
        (_NAMES.get(level, level), *(cell for _, budget in known for cell in _cells(budget, level)))
        for level in seen
    )
    note = "Standard deviation of a single one in points, and its share of the variance of the mean of that side alone."
    missing = f" Not in these runs, seen once: {', '.join(unseen)}." if unseen else ""
    return TablePanel(
        title="Where each mean's uncertainty comes from",
        columns=("level", *(f"{name}{what}" for name, _ in known for what in ("", ", share"))),
        rows=rows,
        note=note + missing,
    )


def _component(budget: Budget, level: str) -> Component:
    return next(each for each in budget.components if each.name == level)


def _cells(budget: Budget, level: str) -> tuple[str, str]:
    each = _component(budget, level)
    if each.variance is None or each.share is None:
        return words.DASH, words.DASH
    return words.points(each.variance**0.5), words.percent(each.share)


def variants_part(c: Comparison, a: Run, b: Run) -> str:
    """The matrix of scoring rules: those in use for this exam, else the general ones where they change a figure."""
    named = scoring_panel(c)
    if named is not None:
        return table_panel(named)
    confidence = c.confidence
    variants = scoring_variants(a, b, confidence)
    if len({(round(each.mean_a, 9), round(each.mean_b, 9)) for each in variants}) < 2:
        return ""
    note = winner_sentence([each.difference for each in variants])
    rows = tuple(
        (
            each.rule,
            words.points(each.mean_a),
            words.points(each.mean_b),
            words.signed(each.difference),
            words.DASH if each.low is None or each.high is None else words.interval(each.low, each.high),
            f"{each.n_items:,}",
        )
        for each in variants
    )
    return table_panel(
        TablePanel(
            title=TITLE,
            columns=("rule", a.name, b.name, "difference", f"{words.level(confidence)} interval", "items"),
            rows=rows,
            note=f"{note} Intervals are Student's t over items.",
        )
    )
