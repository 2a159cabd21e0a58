"""LaTeX, CSV and figures of comparisons; several runs against the first."""

import csv
import importlib.util
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from shutil import which

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.results import Comparison, ItemRow, ReportContent, ResultsError, Run, compare, write_report
from rvpo.results.against_first import compare_with_first
from rvpo.results.records import Scoring
from rvpo.results.report import (
    curves_figure,
    forest_figure,
    plot,
    to_csv,
    to_latex,
    to_markdown,
    to_text,
    write_figure,
)
from rvpo.results.report.svg import forest_mark, scale_over, side
from rvpo.results.report.words import direction
from rvpo.results.stats import holm

needs_converter = pytest.mark.skipif(
    importlib.util.find_spec("vl_convert") is None, reason="vl-convert is not installed (extra figures)"
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def comparisons(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> tuple[Comparison, ...]:
    """Two runs against a baseline on 40 items; names and a criterion that need escaping."""

    def run(name: str, gain: float) -> Run:
        rows = [
            item(
                f"i{n:02d}",
                0.3 + n / 100 + gain * (n % 4),
                values={"50 %_&<b>": float((n * 7 + 100 * gain) % 3 > 1)},
            )
            for n in range(40)
        ]
        return make_run(name.replace(" ", ""), rows, title=name)

    return compare_with_first([run("Base & co", 0.0), run("Up_1", 0.02), run("Down", -0.01)], flips=999)


def test_p_values_are_adjusted_over_all_runs(comparisons: tuple[Comparison, ...]) -> None:
    raw = [c.p_value for c in comparisons]
    assert [c.p_holm for c in comparisons] == holm(raw)
    assert [c.a for c in comparisons] == ["Base & co"] * 2


def test_one_run_alone_has_nothing_to_adjust_for(scored: Callable[..., Run]) -> None:
    a, b = scored("a", [0.1, 0.2, 0.4]), scored("b", [0.2, 0.2, 0.9])
    (only,) = compare_with_first([a, b])
    assert only.p_holm is None
    with pytest.raises(ResultsError, match="at least one other run; got 1"):
        compare_with_first([a])


def test_better_is_said_by_the_adjusted_p(scored: Callable[..., Run]) -> None:
    # Six items that all rise: exact p = 2 / 2**6 = .03125 alone. Of three such runs the first is adjusted to .094.
    base = scored("base", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    others = [scored(f"r{k}", [0.2 + 0.01 * k, 0.31, 0.42, 0.5, 0.6, 0.7]) for k in range(3)]
    assert direction(compare_with_first([base, others[0]])[0]) == 1
    assert [direction(c) for c in compare_with_first([base, *others])] == [0, 0, 0]


def test_latex_is_a_whole_booktabs_table(comparisons: tuple[Comparison, ...]) -> None:
    table = to_latex(comparisons)
    lines = [line for line in table.splitlines() if not line.startswith("%")]
    assert (lines[0], lines[1], lines[-2], lines[-1]) == (
        r"\begin{tabular}{@{}lrrrrrrrr@{}}", r"\toprule", r"\bottomrule", r"\end{tabular}",
    )  # fmt: skip
    rows = [line for line in lines if line.endswith(r"\\") and not line.startswith(r"\multicolumn")]
    assert len(rows) == 1 + 2 * 2
    assert {line.replace(r"\&", "").count("&") for line in rows} == {8}
    assert r"\multicolumn{9}{@{}l}{Up\_1 against Base \& co} \\" in lines
    assert r"50 \%\_\&\textless{}b\textgreater{} & " in table
    assert "$[+" in table
    assert "*" not in table.replace("\\", "")


def test_scoring_rules_are_in_every_form(scored: Callable[..., Run], tmp_path: Path) -> None:
    a, b = scored("a", [0.1, 0.5, 0.4]), scored("b", [0.2, 0.5, 0.5])
    rules = (
        Scoring(name="openai_2025", a=0.25, b=0.5, difference=0.25),
        Scoring(name="clip|item", a=0.5, b=0.375, difference=-0.125),
    )
    c = msgspec.structs.replace(compare(a, b), by_scoring=rules)
    assert "openai_2025 25.0 50.0 +25.0" in " ".join(to_text([c]).split())
    markdown = to_markdown([c])
    assert "| clip\\|item | 50.0 | 37.5 | −12.5 |" in markdown
    page = write_report(tmp_path / "r.html", ReportContent(title="t", primary=c, pair=(a, b))).read_text()
    for told in (to_text([c]), markdown, page):
        assert "The winner depends on the rule" in " ".join(told.split())
    assert page.count("The same grades under other scoring rules") == 1
    table = to_latex([c])
    assert r"openai\_2025 & $25.0$ & $50.0$ & $+25.0$ &  &  &  &  &  \\" in table
    rows = [row for row in csv.DictReader(StringIO(to_csv([c]))) if row["family"] == "scoring"]
    assert [(row["measure"], float(row["difference"]), row["p_value"]) for row in rows] == [
        ("openai_2025", 0.25, ""), ("clip|item", -0.125, ""),
    ]  # fmt: skip


@pytest.mark.skipif(which("pdflatex") is None, reason="no LaTeX here")
def test_latex_is_set_by_latex(comparisons: tuple[Comparison, ...], tmp_path: Path) -> None:
    page = f"\\documentclass{{article}}\\usepackage{{booktabs}}\\begin{{document}}{to_latex(comparisons)}\\end{{document}}"
    (tmp_path / "t.tex").write_text(page)
    subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, check=True, capture_output=True)


def test_csv_holds_every_figure_unrounded(comparisons: tuple[Comparison, ...]) -> None:
    rows = list(csv.DictReader(StringIO(to_csv(comparisons))))
    assert [(row["b"], row["family"], row["measure"]) for row in rows] == [
        (name, *measure)
        for name in ("Up_1", "Down")
        for measure in (("score", "score"), ("criterion", "50 %_&<b>"))
    ]
    first = comparisons[0]
    assert float(rows[0]["difference"]) == first.difference
    assert float(rows[0]["p_holm"]) == first.p_holm
    assert rows[0]["interval"] == "Student t"
    assert rows[1]["interval"] == first.by_criterion[0].interval


def test_a_forest_has_a_mark_for_every_measure(comparisons: tuple[Comparison, ...]) -> None:
    figure = ET.fromstring(forest_figure(comparisons))
    marks = figure.findall(f"{SVG}circle")
    assert len(marks) == 4
    upright = [line for line in figure.findall(f"{SVG}line") if line.get("x1") == line.get("x2")]
    zeros = [line for line in upright if line.get("stroke") == plot.SOFT]
    assert len({line.get("x1") for line in zeros}) == 1
    assert len(zeros) == 2, "one behind the rows of each comparison, none through a heading"
    zero = zeros[0]
    right = [float(mark.get("cx", "nan")) > float(zero.get("x1", "nan")) for mark in marks]
    differences = [x for c in comparisons for x in (c.difference, c.by_criterion[0].difference)]
    assert right == [x > 0 for x in differences]
    width = float(figure.get("width", "nan"))
    assert all(0 <= float(text.get("x", "nan")) <= width for text in figure.iter(f"{SVG}text"))


def test_no_difference_is_neither_better_nor_worse(scored: Callable[..., Run]) -> None:
    c = compare(scored("a", [0.1, 0.5, 0.4]), scored("b", [0.5, 0.1, 0.4]))
    (mark,) = ET.fromstring(forest_figure([c])).findall(f"{SVG}circle")
    assert mark.get("stroke") == plot.SOFT
    assert 'class="mark tie' in forest_mark(c, scale_over([c.low, c.high]), filled=False, label="")
    assert [side(x) for x in (0.2, -0.2, 1e-12)] == ["up", "down", "tie"]


@given(st.lists(st.text("abc ", min_size=1, max_size=200), min_size=1, max_size=6))
def test_a_legend_stays_on_its_page(names: list[str]) -> None:
    markup, last = plot.legend(16, 22, 584, names)
    drawn = list(ET.fromstring(f"<g>{markup}</g>").iter("text"))
    assert len(drawn) == len(names)
    rows = [float(text.get("y", "nan")) - 4 for text in drawn]
    assert rows == sorted(rows)
    assert (rows[0], rows[-1]) == (22, last)
    ends = [float(text.get("x", "nan")) + plot.CHARACTER * len(text.text or "") for text in drawn]
    assert max(ends) <= 584 + 1e-6


def test_curves_have_a_band_each_and_leave_gaps_out() -> None:
    nan = float("nan")
    bands = [
        ([0.1, 0.2, 0.3], [0.0, 0.1, 0.2], [0.2, 0.3, 0.4]),
        ([0.2, nan, 0.1], [0.1, nan, 0.0], [0.3, nan, 0.2]),
    ]
    figure = curves_figure(
        [[1, 2, 3]] * 2, ["A", "B <x>"], bands, ("B minus A", [1, 3], [0.1, -0.2], [0.0, -0.3], [0.2, -0.1])
    )
    root = ET.fromstring(figure)
    assert len(root.findall(f"{SVG}polygon")) == 3
    lines = root.findall(f"{SVG}polyline")
    assert [len(line.get("points", "").split()) for line in lines] == [3, 2, 2]
    assert "nan" not in figure


@needs_converter
def test_figures_are_written_as_their_name_says(comparisons: tuple[Comparison, ...], tmp_path: Path) -> None:
    from PIL import Image

    figure = forest_figure(comparisons)
    png, pdf, svg = (write_figure(tmp_path / f"deep/f{kind}", figure) for kind in (".png", ".pdf", ".svg"))
    with Image.open(BytesIO(png.read_bytes())) as image:
        assert image.width == pytest.approx(2 * float(ET.fromstring(figure).get("width", "nan")), abs=2)
        assert len(image.getcolors(1 << 24) or []) > 10
    assert pdf.read_bytes().startswith(b"%PDF")
    assert svg.read_text() == figure


def test_a_figure_of_another_kind_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"f.jpg: a figure ends in .svg, .png, .pdf; got '.jpg'"):
        write_figure(tmp_path / "f.jpg", "<svg/>")
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        write_figure(tmp_path / "file" / "f.svg", "<svg/>")
