"""Power over the true difference, for the design of a plan and for what could be bought next. Pure.

Of purchases only those are shown that the variances speak of: nobody knows what more judge calls bring where none was repeated.
"""

import math
from typing import Final

import msgspec

from rvpo.results.planning import Plan
from rvpo.results.stats import Design, Purchase, detectable, power_at

POINTS: Final = 121
"""Of a curve: smooth at the width of a page."""
REACH: Final = 1.8
"""The curves end at this many times the largest detectable difference: power is near 1 there."""


class PowerCurve(msgspec.Struct, frozen=True, kw_only=True):
    """How often one design finds a true difference, over its size."""

    name: str
    """``as planned``, ``items``, ``draws``, ``judge_calls`` or ``runs``: what is doubled."""
    design: Design
    differences: tuple[float, ...]
    power: tuple[float, ...]


def known_purchases(plan: Plan) -> list[Purchase]:
    """The purchases that the plan's variances say something of."""
    v = plan.variances
    known = {"items": True, "draws": v.draw_a + v.draw_b > 0, "judge_calls": v.judge > 0, "runs": v.run > 0}
    return [buy for buy in plan.purchases if known[buy.what]]


def power_curves(plan: Plan) -> tuple[PowerCurve, ...]:
    """The plan's own design first, then each purchase that helps; a design that finds nothing at all is left out."""
    variances = plan.variances
    designs = [("as planned", plan.design)]
    designs += [(buy.what, buy.design) for buy in known_purchases(plan) if buy.gain > 0]
    found = {
        name: detectable(variances, design, power=plan.power, confidence=plan.confidence)
        for name, design in designs
    }
    reach = REACH * max((size for size in found.values() if math.isfinite(size)), default=0.0)
    if not reach:
        return ()
    differences = tuple(reach * k / (POINTS - 1) for k in range(POINTS))
    return tuple(
        PowerCurve(
            name=name,
            design=design,
            differences=differences,
            power=tuple(power_at(d, variances, design, plan.confidence) for d in differences),
        )
        for name, design in designs
        if math.isfinite(found[name])
    )
