"""A study of curves in every form."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.results import ItemRow, Run
from rvpo.results.arms import open_arm
from rvpo.results.curve_study import study_curves
from rvpo.results.report.curve_forms import curve_latex, curve_markdown, curve_page, curve_screen
from rvpo.results.report.curve_words import curve_headline


@pytest.fixture
def arms(make_run: Callable[..., Run], item: Callable[..., ItemRow], tmp_path: Path) -> list[str]:
    """``a`` stays at .3, ``b`` climbs to .7 over four checkpoints; 30 items, sd .05."""
    rng = np.random.default_rng(2)
    for name, means in (("a", (0.3, 0.3, 0.3, 0.3)), ("b", (0.3, 0.5, 0.6, 0.7))):
        for k, mean in enumerate(means):
            rows = [item(f"i{n:02d}", mean + float(rng.normal(0, 0.05))) for n in range(30)]
            make_run(f"{name}/checkpoint-{100 * (k + 1)}", rows)
    return [f"A <i>={tmp_path}/a", f"B_1={tmp_path}/b"]


def test_the_headline_is_about_the_final_step(arms: list[str]) -> None:
    opened = [open_arm(arm) for arm in arms]
    both = study_curves(opened, resamples=499)
    assert re.fullmatch(r"“B_1” ends (39|40)\.\d points above “A <i>”, at step 400\.", curve_headline(both))
    reverse = study_curves(opened[::-1], resamples=499)
    assert "points below “B_1”" in curve_headline(reverse)
    alone = study_curves(opened[1:], resamples=499)
    assert curve_headline(alone) == "“B_1” was best at step 400, no late fall is shown."
    same = study_curves([opened[0], opened[0]], resamples=499)
    assert curve_headline(same).startswith("No clear difference")


def test_the_text_forms_escape_and_the_screen_fits(arms: list[str]) -> None:
    study = study_curves([open_arm(arm) for arm in arms], resamples=499)
    assert "A &lt;i>" in curve_markdown(study)
    table = curve_latex(study).split(r"\toprule")[1]
    assert r"step & A \textless{}i\textgreater{} & B\_1 \\" in table
    screen = curve_screen(study, 90, False).splitlines()
    assert max(map(len, screen)) <= 90
    assert [line for line in screen if line in {"A <i>: Score on exam", "B_1: Score on exam", "B_1 minus A <i>"}] == [
        "A <i>: Score on exam", "B_1: Score on exam", "B_1 minus A <i>",
    ]  # fmt: skip


def test_the_page_asks_nobody_and_smuggles_nothing(arms: list[str]) -> None:
    opened = [open_arm(arm) for arm in arms]
    page = curve_page(study_curves(opened, resamples=499), [arm.runs[-1] for arm in opened], "rvpo curve x")
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|<script|<i>", page)
    assert page.count('class="band') == 3
    assert page.count('class="zero"') == 1  # the difference's axis alone has values on both sides of it
    for words in ("What this does not show", "one training run an arm", "Run health", "rvpo curve x"):
        assert words in page


def test_the_command_writes_every_form_and_ends_by_its_gate(
    arms: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {
        "--markdown": "c.md",
        "--latex": "c.tex",
        "--csv": "c.csv",
        "--figure": "c.svg",
        "--html": "c.html",
    }
    options = [word for option, name in names.items() for word in (option, str(tmp_path / "out" / name))]
    assert main(["curve", *arms, *options, "--gate", "low > 0.3 and fall_p > 0.05"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(names.values())
    capsys.readouterr()
    assert main(["curve", *arms, "--gate", "low > 0.9"]) == 1
    assert capsys.readouterr().err.startswith("gate broken by B_1: low > 0.9 (found 0.")
    assert main(["curve", *arms, "--gate", "lower > 0"]) == 2
    assert "did you mean 'low'" in capsys.readouterr().err


def test_the_report_writes_every_form_too(
    arms: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [str(tmp_path / arm / "checkpoint-400") for arm in "ab"]
    words = ["report", *runs, "--arm", arms[0], "--arm", arms[1], "--out", str(tmp_path / "r.html")]
    names = {"--markdown": "r.md", "--latex": "r.tex", "--csv": "r.csv", "--figure": "r.svg"}
    options = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    assert main([*words, *options]) == 0
    assert capsys.readouterr().out.endswith(f"\n{tmp_path / 'r.html'}\n")
    assert "### Curves on exam" in (tmp_path / "r.md").read_text()
    assert (tmp_path / "r.tex").read_text().count(r"\toprule") == 2
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 2
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["comparisons"][0]["n_items"] == told["curves"]["n_items"] == 30
