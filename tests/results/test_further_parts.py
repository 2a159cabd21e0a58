"""Parts of the report beside the comparison: the bar of a plan's variance."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import msgspec
import pytest

from rvpo.results import Run
from rvpo.results.planning import Plan, plan_exam
from rvpo.results.report.further_parts import variance_bar
from rvpo.results.stats import Design, Variances


@pytest.fixture
def planned(scored: Callable[..., Run]) -> Callable[[Variances, Design], Plan]:
    """A plan with these variances and this design."""
    plan = plan_exam(scored("a", [0.1, 0.2, 0.4]), scored("b", [0.3, 0.1, 0.9]))

    def make(variances: Variances, design: Design) -> Plan:
        return msgspec.structs.replace(plan, variances=variances, design=design)

    return make


@pytest.mark.parametrize(
    ("variances", "design", "shares"),
    [
        # .06 / 100 and (.04 + .04) / (100 * 2): 6 to 4.
        (
            Variances(item=0.06, draw_a=0.04, draw_b=0.04),
            Design(items=100, draws=2),
            {"items": 60, "draws": 40},
        ),
        # Two training runs an arm halve the draws' part, and bring 2 * .0001 / 2: 6 to 2 to 1 of nine.
        (
            Variances(item=0.06, draw_a=0.04, draw_b=0.04, run=0.0001),
            Design(items=100, draws=2, runs=2),
            {"items": 67, "draws": 22, "training runs": 11},
        ),
        (Variances(item=0.0, draw_a=0.1), Design(items=9), {"items": 0, "draws": 100}),
        # 2 * .03 / (10 * 3) = .002 of judge calls beside .06 / 10: 1 to 3.
        (Variances(item=0.06, judge=0.03), Design(items=10, judge_calls=3), {"items": 75, "judge calls": 25}),
    ],
)
def test_the_bar_shares_out_the_variance_of_the_mean(
    planned: Callable[[Variances, Design], Plan],
    variances: Variances,
    design: Design,
    shares: dict[str, int],
) -> None:
    bar = variance_bar(planned(variances, design))
    told = dict(re.findall(r"</i>([a-z ]+): (\d+) % of the variance", bar))
    assert {name: int(share) for name, share in told.items()} == shares
    legend, drawing = ET.fromstring(f"<div>{bar}</div>")
    widths = [float(part.attrib["width"].rstrip("%")) for part in drawing]
    starts = [float(part.attrib["x"].rstrip("%")) for part in drawing]
    assert widths == pytest.approx(list(shares.values()), abs=0.5)
    assert starts == pytest.approx([sum(widths[:place]) for place in range(len(widths))], abs=0.02)
    colours = [mark.attrib["class"].split()[0] for mark in legend.iter("i")]
    assert colours == [part.attrib["class"].split()[1] for part in drawing]
    assert all(f"{name} {share} %" in drawing.attrib["aria-label"] for name, share in shares.items())


def test_one_known_source_is_no_split(planned: Callable[[Variances, Design], Plan]) -> None:
    assert variance_bar(planned(Variances(item=0.2), Design(items=9))) == ""
    assert variance_bar(planned(Variances(item=0.0), Design(items=9))) == ""
