"""Parts of the HTML report beside the comparison itself: what would sharpen it, and other scoring rules. Pure."""

from html import escape

from rvpo.results.planning import plan_exam
from rvpo.results.reader import Run
from rvpo.results.report import words
from rvpo.results.report.content import TablePanel
from rvpo.results.report.plan_words import plan_sentences, plan_table
from rvpo.results.report.sections import section, table_panel
from rvpo.results.variants import Variant, scoring_variants


def budget_part(a: Run, b: Run, confidence: float) -> str:
    """Where the variance sits, what this exam finds and what to buy next."""
    plan = plan_exam(a, b, confidence=confidence)
    v, design = plan.variances, plan.design
    shares = (("items", v.item), ("draws", (v.draw_a + v.draw_b) / design.draws))
    whole = sum(share for _, share in shares)
    if not whole:
        return ""
    told = f"<p>{escape(' '.join(plan_sentences(plan)))}</p>"
    table = table_panel(plan_table(plan)).removeprefix("<section>").removesuffix("</section>")
    table = table.replace("<h2>", '<h3 class="apart">').replace("</h2>", "</h3>")
    bar = _bar(shares, whole) if v.draw_a + v.draw_b else ""
    return section("What would sharpen it", bar + told + table)


def variants_part(a: Run, b: Run, confidence: float) -> str:
    """The matrix of scoring rules; nothing where no rule changes a figure."""
    variants = scoring_variants(a, b, confidence)
    if len({(round(each.mean_a, 9), round(each.mean_b, 9)) for each in variants}) < 2:
        return ""
    winners = {_sign(each) for each in variants}
    note = (
        "The winner is the same under every rule."
        if len(winners) == 1
        else "The winner depends on the rule: say which one a figure comes from."
    )
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
            title="The same grades under other scoring rules",
            columns=("rule", a.name, b.name, "difference", f"{words.level(confidence)} interval", "items"),
            rows=rows,
            note=f"{note} Intervals are Student's t over items.",
        )
    )


def _sign(variant: Variant) -> int:
    return (variant.difference > 0) - (variant.difference < 0)


def _bar(shares: tuple[tuple[str, float], ...], whole: float) -> str:
    """Shares of the variance of one item's difference as one bar with its legend."""
    parts, legend, left = [], [], 0.0
    for place, (name, share) in enumerate(shares):
        width = 100 * share / whole
        parts.append(f'<rect class="bar s{place}" x="{left:.2f}%" width="{width:.2f}%" y="0" height="14"/>')
        legend.append(f'<span><i class="s{place} square"></i>{name}: {width:.0f} % of the variance</span>')
        left += width
    spoken = ", ".join(f"{name} {100 * share / whole:.0f} %" for name, share in shares)
    return (
        f'<p class="legend">{"".join(legend)}</p>'
        f'<svg class="split" role="img" aria-label="Variance: {spoken}">{"".join(parts)}</svg>'
    )
