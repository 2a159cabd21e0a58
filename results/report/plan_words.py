"""A plan for an exam in words and as a table. Pure."""

import math

import msgspec

from rvpo.results.planning import Plan
from rvpo.results.power_curve import known_purchases
from rvpo.results.report import words
from rvpo.results.report.content import TablePanel

_BUYS = {
    "items": "twice the items",
    "draws": "twice the draws",
    "judge_calls": "twice the judge calls",
    "runs": "twice the training runs",
}


def plan_sentences(plan: Plan) -> list[str]:
    """What the design finds, what the asked difference needs, and where the variance sits."""
    design, v = plan.design, plan.variances
    size = (
        f"{_items(plan, design.items)}, {words.count(design.draws, 'draw')} of each, "
        f"{words.count(design.runs, 'training run')} an arm"
    )
    if plan.detectable is None:
        found = "finds no difference of methods at all: training runs differ, and one an arm shows nothing of that."
    else:
        found = f"finds a true difference of {words.points(plan.detectable)} points {words.percent(plan.power)} of the time."
    told = [f"An exam of {size} {found}"]
    asked = f"A true difference of {words.signed(plan.difference)} points"
    if plan.power_there is not None:
        told.append(f"{asked} would be found {words.percent(plan.power_there)} of the time.")
    needed = (
        "no number of items is enough"
        if plan.items_needed is None
        else f"{_items(plan, plan.items_needed)} are needed"
    )
    told.append(f"{asked}, to be found {words.percent(plan.power)} of the time: {needed}.")
    parts = [f"items {words.points(v.item**0.5)}"]
    if v.draw_a + v.draw_b:
        parts.append(f"a draw of {words.quoted(plan.a)} {words.points(v.draw_a**0.5)}")
        parts.append(f"a draw of {words.quoted(plan.b)} {words.points(v.draw_b**0.5)}")
    if v.run:
        parts.append(f"training runs {words.points(v.run**0.5)}")
    told.append(f"Standard deviations, in points: {', '.join(parts)}.")
    if plan.cluster_by:
        told.append(
            f"Items of one cluster (by {plan.cluster_by}) need not be independent: the variance of the mean difference is "
            f"{plan.design_effect:.2g} times that of as many independent items, and the standard deviation of items has "
            f"that in it. More items are taken to come in new clusters, of {design.cluster_size:.3g} on average as here."
        )
    if not v.run:
        told.append("This is about these two sets of weights; rvpo power --run-sd plans for methods.")
    return [*told, *(f"{note[:1].upper()}{note[1:]}." for note in v.notes)]


def _items(plan: Plan, items: int) -> str:
    """``60 items``, with the clusters that they make up."""
    told = words.count(items, "item")
    if not plan.cluster_by:
        return told
    clusters = msgspec.structs.replace(plan.design, items=items).clusters
    return f"{told} in {words.count(clusters, 'cluster')}"


def plan_table(plan: Plan) -> TablePanel:
    """What each purchase brings, the best gain per call first."""
    rows = tuple(
        (
            _BUYS[buy.what],
            words.points(buy.detectable) if math.isfinite(buy.detectable) else words.DASH,
            words.points(buy.gain) if math.isfinite(buy.gain) else words.DASH,
            f"{buy.cost:,.0f}",
        )
        for buy in known_purchases(plan)
    )
    return TablePanel(
        title="What to buy next",
        columns=("buy", "finds (points)", "gain", "more calls"),
        rows=rows,
        note="Only what the variances speak of is listed. Calls are generations and judge calls together; the best gain per call comes first.",
    )


def design_name(name: str) -> str:
    """Of a power curve's design.

    >>> design_name("items"), design_name("as planned")
    ('twice the items', 'as planned')
    """
    return _BUYS.get(name, name)
