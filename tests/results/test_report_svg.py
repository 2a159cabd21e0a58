import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from rvpo.results.report import CurvePanel
from rvpo.results.report.svg import curve, dot_row, histogram, scale_over, split_bar

finite = st.floats(-1e3, 1e3)


@given(st.lists(finite, min_size=1, max_size=20))
def test_a_scale_holds_its_values_and_has_round_ticks(values: list[float]) -> None:
    scale = scale_over(values)
    assert all(-1e-6 <= scale.percent(value) <= 100 + 1e-6 for value in values)
    assert 2 <= len(scale.ticks) <= 9
    assert all(scale.low - 1e-9 <= tick <= scale.high + 1e-9 for tick in scale.ticks)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60))
def test_the_histogram_counts_every_item_on_its_side(differences: list[float]) -> None:
    svg = histogram(differences, "label")
    bars = re.findall(r'class="bar (\w+)".*?<title>(\d+) items', svg)
    counted = {side: sum(int(n) for name, n in bars if name == side) for side in ("up", "tie", "down")}
    assert counted == {
        "up": sum(d > 1e-9 for d in differences),
        "tie": sum(abs(d) <= 1e-9 for d in differences),
        "down": sum(d < -1e-9 for d in differences),
    }


def test_every_figure_is_well_formed_and_its_names_escaped() -> None:
    panel = CurvePanel(
        name='a "<b>"',
        x_label="step",
        y_label="&",
        series={"<s>": [(0, 0.1), (1, float("nan")), (2, 0.3), (3, 0.4)]},
    )
    scale = scale_over([0, 0.5])
    drawn = curve(panel, ["<s>"], scale)
    assert drawn.count("<circle") == 3
    assert drawn.count("<polyline") == 1
    both = f"<div>{histogram([0.1, -0.2], '<')}</div>"
    for svg in (drawn, dot_row([(0.2, 0.1, 0.3)], scale, '"<'), split_bar(1, 0, 2)):
        assert ET.fromstring(svg).attrib["aria-label"]
    assert ET.fromstring(both)[0].attrib["aria-label"] == "<"


def test_a_split_bar_shares_its_width() -> None:
    widths = [float(width) for width in re.findall(r'width="([\d.]+)%"', split_bar(1, 2, 1))]
    assert widths == [25, 50, 25]
