"""Power over the true difference, and a plan in every form."""

import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.results import ItemRow, Run
from rvpo.results.planning import Plan, plan_exam
from rvpo.results.power_curve import power_curves
from rvpo.results.report.plan_forms import (
    plan_csv,
    plan_figure,
    plan_latex,
    plan_markdown,
    plan_page,
    plan_screen,
)


@pytest.fixture
def pair(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> tuple[Run, Run]:
    """50 items, 2 draws with sd .2."""
    rng = np.random.default_rng(7)

    def run(name: str, gain: float) -> Run:
        rows = [
            item(f"i{n:02d}", gain + n / 100 + float(rng.normal(0, 0.2)), draw=k)
            for n in range(50)
            for k in range(2)
        ]
        return make_run(name, rows, title=f"{name} & <co>")

    return run("a", 0.0), run("b", 0.05)


@pytest.fixture
def plan(pair: tuple[Run, Run]) -> Plan:
    return plan_exam(*pair)


def test_curves_start_at_the_level_and_pass_through_what_is_detectable(plan: Plan) -> None:
    planned, *bought = power_curves(plan)
    assert planned.name == "as planned"
    assert planned.power[0] == pytest.approx(0.05)
    assert plan.detectable is not None
    assert np.interp(plan.detectable, planned.differences, planned.power) == pytest.approx(0.8, abs=1e-3)
    assert {curve.name for curve in bought} == {"items", "draws"}
    for curve in bought:
        assert all(more >= less - 1e-9 for more, less in zip(curve.power, planned.power, strict=True))
        assert np.all(np.diff(curve.power) > -1e-9)


def test_a_design_that_finds_nothing_has_no_curve(pair: tuple[Run, Run]) -> None:
    found = power_curves(plan_exam(*pair, run_sd=0.02))
    assert [curve.name for curve in found] == ["runs"]
    assert found[0].design.runs == 2


def test_the_forms_tell_the_same_plan(plan: Plan) -> None:
    rows = list(csv.DictReader(StringIO(plan_csv(plan))))
    curves = power_curves(plan)
    assert len(rows) == sum(len(curve.power) for curve in curves)
    assert float(rows[5]["power"]) == curves[0].power[5]
    assert plan_markdown(plan).count("| twice the ") == 2
    assert r"a \& \textless{}co\textgreater{}" not in plan_latex(plan).split(r"\begin{tabular}")[1]
    assert plan_latex(plan).count(r"\\") == 3
    assert all(line.startswith("%") for line in plan_latex(plan).split(r"\begin")[0].splitlines())
    figure = ET.fromstring(plan_figure(plan))
    assert len(figure.findall("{http://www.w3.org/2000/svg}polyline")) == len(curves)
    screen = plan_screen(plan, 100, False)
    assert "Power, as planned" in screen
    assert max(map(len, screen.splitlines())) <= 100


def test_the_page_asks_nobody_and_smuggles_nothing(plan: Plan) -> None:
    page = plan_page(plan, "rvpo power a b")
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|<script|<co>", page)
    assert page.count("<h1>") == 1
    assert "twice the items" in page
    assert "rvpo power a b" in page
    assert "two fixed sets of weights" in page


def test_the_command_writes_every_form_and_ends_by_its_gate(
    pair: tuple[Run, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(run.folder) for run in pair]
    names = {
        "--markdown": "p.md",
        "--latex": "p.tex",
        "--csv": "p.csv",
        "--figure": "p.svg",
        "--html": "p.html",
    }
    options = [word for option, name in names.items() for word in (option, str(tmp_path / "out" / name))]
    assert main(["power", *folders, *options, "--gate", "detectable < 1"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(names.values())
    capsys.readouterr()
    assert main(["power", *folders, "--gate", "detectable < 0.001"]) == 1
    assert capsys.readouterr().err.startswith("gate broken by the plan: detectable < 0.001 (found 0.")
    assert main(["power", *folders, "--gate", "detectible < 1"]) == 2
    assert "did you mean 'detectable'" in capsys.readouterr().err
    assert main(["power", *folders, "--figure", "p.bmp"]) == 2
    assert "a figure ends in .svg, .png, .pdf" in capsys.readouterr().err
