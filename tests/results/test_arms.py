"""Arms of checkpoints: found, ordered, put on the same items, studied, told."""

import csv
import json
import math
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.results import DifferentExams, ItemRow, ResultsError, Run
from rvpo.results.arms import open_arm, score_tables, shared_steps
from rvpo.results.curve_study import study_curves
from rvpo.results.report.curve_forms import curve_csv, curve_figure
from rvpo.results.report.curve_words import curve_panels, curve_sentences

MakeRun = Callable[..., Run]
Item = Callable[..., ItemRow]


@pytest.fixture
def folder(make_run: MakeRun, item: Item, tmp_path: Path) -> Path:
    """``up`` gains .1 every 100 steps, ``down`` loses it from step 200 on; 12 items, sd about .05; ``i05`` fails once."""
    noise = np.random.default_rng(3).normal(0, 0.05, (2, 5, 12))
    for arm, means in enumerate(((0.1, 0.2, 0.3, 0.4, 0.5), (0.3, 0.4, 0.3, 0.2, 0.1))):
        for t, mean in enumerate(means):
            rows = [item(f"i{n:02d}", float(mean + noise[arm, t, n])) for n in range(12)]
            if arm == 0 and t == 2:
                rows[5] = item("i05", None)
            make_run(f"{('up', 'down')[arm]}/checkpoint-{100 * (t + 1)}", rows)
    return tmp_path


def test_checkpoints_stand_in_order_of_their_steps(folder: Path) -> None:
    arm = open_arm(str(folder / "up"))
    assert (arm.name, arm.steps) == ("up", (100, 200, 300, 400, 500))
    some = open_arm(f"RVPO={folder}/up/checkpoint-[1-3]00")
    assert (some.name, some.steps) == ("RVPO", (100, 200, 300))
    assert [run.folder.name for run in some.runs] == ["checkpoint-100", "checkpoint-200", "checkpoint-300"]


def test_scores_lie_on_the_items_of_all_and_holes_stay(folder: Path) -> None:
    arms = [open_arm(str(folder / name)) for name in ("up", "down")]
    ids, (up, down) = score_tables(arms)
    assert ids == tuple(f"i{n:02d}" for n in range(12))
    assert (up.shape, down.shape) == ((12, 5), (12, 5))
    assert [tuple(place) for place in np.argwhere(np.isnan(up))] == [(5, 2)]
    assert up[4, 1] == arms[0].runs[1].items[4].score


def test_bad_places_are_one_line(folder: Path, make_run: MakeRun, item: Item) -> None:
    with pytest.raises(ResultsError, match="nowhere: 0 run folders; a curve needs at least 2"):
        open_arm(f"{folder}/nowhere")
    make_run("odd/base", [item("i00", 0.1)])
    make_run("odd/ckpt-5", [item("i00", 0.1)])
    with pytest.raises(ResultsError, match="base: its name has no step"):
        open_arm(f"{folder}/odd")
    make_run("same/a-5", [item("i00", 0.1)])
    make_run("same/b-5", [item("i00", 0.1)])
    with pytest.raises(ResultsError, match="both are step 5"):
        open_arm(f"{folder}/same/*")


def test_other_exams_are_refused(folder: Path, make_run: MakeRun, item: Item) -> None:
    for t in (1, 2):
        make_run(f"other/c-{t}", [item("i00", 0.1, prompt_hash="another"), item("i01", 0.2)])
        make_run(f"apart/c-{t}", [item("x", 0.1)])
    arms = {name: open_arm(str(folder / name)) for name in ("up", "other", "apart")}
    with pytest.raises(DifferentExams, match="shown differently"):
        score_tables([arms["up"], arms["other"]])
    with pytest.raises(DifferentExams, match="no item in common"):
        score_tables([arms["up"], arms["apart"]])
    with pytest.raises(ResultsError, match="share 0 steps"):
        shared_steps(arms["up"], arms["apart"])


def test_a_fall_is_found_where_there_is_one(folder: Path) -> None:
    study = study_curves([open_arm(str(folder / name)) for name in ("up", "down")], resamples=999)
    up, down = study.arms
    assert up.fall is not None
    assert down.fall is not None
    assert (up.best.step, down.best.step) == (500, 200)
    assert up.bands.n[2] == 11
    # Two tests: Holm doubles the smaller p and leaves the larger.
    assert down.fall_p_holm == pytest.approx(2 * (down.fall.window.p_value or math.nan))
    assert up.fall_p_holm == pytest.approx(up.fall.window.p_value)
    (against,) = study.against
    assert against.curves.final.estimate == pytest.approx(down.bands.estimate[4] - up.bands.estimate[4])
    told = curve_sentences(study)
    assert "No late fall is shown" in told[0]
    assert "It fell late in training" in told[1]
    assert "leaves zero out at steps" in told[2]
    assert told[3] == "The windows were not declared: the fixed default was used."


def test_csv_and_figure_hold_every_checkpoint(folder: Path) -> None:
    study = study_curves([open_arm(str(folder / name)) for name in ("up", "down")], resamples=199)
    rows = list(csv.DictReader(StringIO(curve_csv(study))))
    assert [row["kind"] for row in rows] == ["arm"] * 10 + ["difference"] * 5
    assert float(rows[3]["mean"]) == study.arms[0].bands.estimate[3]
    assert curve_figure(study).count("<polygon") == 3
    arms, difference = curve_panels(study)
    assert list(arms.series) == list(arms.bands) == ["up", "down"]
    assert list(difference.series) == ["down"]


def test_two_checkpoints_are_a_curve_without_a_test_of_falls(folder: Path) -> None:
    study = study_curves([open_arm(f"{folder}/up/checkpoint-[12]00")], resamples=199)
    assert study.arms[0].fall is None
    assert "too few to ask" in curve_sentences(study)[0]


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        option: str(folder / f"out/c{end}")
        for option, end in (("--csv", ".csv"), ("--markdown", ".md"), ("--figure", ".svg"))
    }
    arms = [str(folder / "up"), f"fallen={folder}/down"]
    options = [word for pair in files.items() for word in pair]
    assert main(["curve", *arms, *options, "--early", "100-200", "--late", "400-500"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "“fallen”: best at step 200" in shown
    assert "steps 100–200 minus steps 400–500" in shown
    assert all(Path(path).stat().st_size > 200 for path in files.values())
    assert main(["curve", *arms, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_items"] == 12
    assert main(["curve", arms[0], "--early", "100"]) == 2
    assert "--early '100': two steps are needed" in capsys.readouterr().err
    assert main(["curve", arms[0], "--early", "100-200"]) == 2
    assert "declare both or neither" in capsys.readouterr().err


def test_the_report_shows_the_curves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [str(folder / arm / "checkpoint-500") for arm in ("up", "down")]
    out = folder / "r.html"
    arms = ["--arm", str(folder / "up"), "--arm", f"fallen={folder}/down"]
    assert (
        main(["report", *runs, *arms, "--out", str(out), "--title", "T & T", "--lead", "What was done."]) == 0
    )
    assert capsys.readouterr().out.endswith(f"\n{out}\n")
    page = out.read_text()
    assert page.count('class="band') == 3
    for words in (
        "T &amp; T",
        "What was done.",
        "It fell late in training",
        "fallen minus up",
        "Checkpoints",
    ):
        assert words in page
    assert main(["report", runs[0]]) == 2
    assert "at least one other run" in capsys.readouterr().err
