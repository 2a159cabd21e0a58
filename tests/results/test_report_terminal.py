"""Plots for the terminal: every sign lies where the numbers say."""

import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from rvpo.results import ItemRow, Run, compare
from rvpo.results.report.svg import Scale
from rvpo.results.report.terminal import (
    FILLED,
    HOLLOW,
    SHADE,
    Drawn,
    Line,
    comparison_screen,
    curve_lines,
    forest_lines,
    styled,
)

UNIT = Scale(0.0, 1.0, (0.0, 0.5, 1.0))


def plotted(drawn: Drawn, height: int = 5, width: int = 44, **more: float) -> list[str]:
    """The cells of a plot over the unit square; the labels take 3 columns and the axis 1."""
    lines = curve_lines(
        drawn,
        width=width,
        x_scale=UNIT,
        y_scale=UNIT,
        y_words="{:g}".format,
        height=height,
        rules=list(more.values()),
    )
    return [line.plot for line in lines[:-1]]


def test_a_flat_curve_is_one_row_of_dots() -> None:
    # 0.5 of 5 rows is the middle of row 2: of its 4 dots the third from above, bits 3 and 6 (0x04 + 0x20).
    rows = plotted(Drawn([0, 1], [0.5, 0.5]))
    assert rows[2] == chr(0x2800 + 0x24) * len(rows[2])
    assert "".join(rows[:2] + rows[3:]).strip() == ""


def test_a_rising_curve_goes_from_the_lower_left_to_the_upper_right() -> None:
    rows = plotted(Drawn([0, 1], [0, 1]))
    firsts = [next(k for k, sign in enumerate(row) if sign != " ") for row in rows]
    assert firsts == sorted(firsts, reverse=True)
    assert (rows[-1][0] != " ", rows[0][-1] != " ") == (True, True)


def test_a_band_shades_its_rows_and_no_others() -> None:
    rows = plotted(Drawn([0, 1], [math.nan, math.nan], [0.25, 0.25], [0.75, 0.75]))
    # 0.75 lies in row int(.25 * 5) = 1 and 0.25 in row int(.75 * 5) = 3
    assert [set(row) for row in rows] == [{" "}, {SHADE}, {SHADE}, {SHADE}, {" "}]


def test_a_gap_stays_empty() -> None:
    rows = plotted(Drawn([0, 0.25, 0.5, 0.75, 1], [0.5, 0.5, math.nan, 0.5, 0.5]))
    middle = rows[2]
    assert set(middle[len(middle) // 3 : 2 * len(middle) // 3]) == {" "}
    assert middle[0] != " " != middle[-1]


def test_labels_stand_at_their_values_and_ticks_below() -> None:
    lines = curve_lines(
        Drawn([0, 1], [0, 1]), width=60, x_scale=UNIT, y_scale=UNIT, y_words="{:g}".format, height=5
    )
    assert [line.left.split()[0] for line in lines[:5:2]] == ["1", "0.5", "0"]
    assert str(lines[-1]).split() == ["0", "0.5", "1"]


@given(
    st.lists(st.floats(-2, 3), min_size=2, max_size=12),
    st.integers(2, 14),
    st.integers(0, 120),
)
def test_every_line_fits_whatever_the_values(ys: list[float], height: int, width: int) -> None:
    xs = [k / (len(ys) - 1) for k in range(len(ys))]
    rows = plotted(Drawn(xs, ys, [y - 0.1 for y in ys], [y + 0.1 for y in ys]), height, width, zero=0.0)
    assert len(rows) == height
    assert {len(row) for row in rows} == {max(20, width - 5)}


def test_the_forest_marks_what_holds(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> None:
    def run(name: str, gain: float) -> Run:
        rows = [
            item(
                f"i{n:02d}",
                n % 5 / 10 + gain + n % 3 / 20 * gain,
                values={"a" * 40: float(n % 2), "met": float(n % 3 > gain)},
            )
            for n in range(60)
        ]
        return make_run(name, rows)

    c = compare(run("a", 0.0), run("b", 0.3), flips=999)
    lines = forest_lines(c, 100)
    score, *rest = [str(line) for line in lines]
    assert score.startswith("score ")
    assert FILLED in score
    assert score.endswith("+31.5")  # .3 on every item and .05 * .3 * mean(0, 1, 2) on top
    (unchanged,) = [line for line in rest if line.startswith("a" * 27)]
    assert HOLLOW in unchanged
    assert unchanged.endswith(" 0.0")
    zero = unchanged.index(HOLLOW)  # no difference: the mark lies on the zero of the axis
    assert str(lines[-2])[zero] == "0"
    screen = comparison_screen([c], 100, False)
    assert screen.startswith("“b” scores higher")
    assert score in screen


def test_long_names_wrap_under_the_forest(scored: Callable[..., Run]) -> None:
    c = compare(scored("a" * 60, [0.5] * 8), scored("b" * 60, [0.2, 0.9] * 4), flips=999)
    lines = [str(line) for line in forest_lines(c, 80)]
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[-3:]).startswith(f"“{'b' * 60}” minus")


def test_colour_changes_no_sign() -> None:
    lines = [Line("left ", "──●──", " right", "blue"), Line("", "plain")]
    colored = styled(lines, color=True)
    assert "\x1b[34m──●──\x1b[0m" in colored
    assert styled(lines, color=False) == "left ──●── right\nplain\n"


def test_an_interval_over_zero_crosses_it(scored: Callable[..., Run]) -> None:
    # differences of -.3 and .4 by turns: .05 on average with an interval of about .11 to either side
    c = compare(scored("a", [0.5] * 40), scored("b", [0.2, 0.9] * 20), flips=999)
    plot = forest_lines(c, 80)[0].plot
    assert plot.count("\N{BOX DRAWINGS LIGHT VERTICAL AND HORIZONTAL}") == 1
    assert plot.index("\N{BOX DRAWINGS LIGHT VERTICAL AND HORIZONTAL}") < plot.index(HOLLOW)
