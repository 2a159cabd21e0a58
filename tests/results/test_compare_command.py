import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.results import Run, compare, open_run

Scored = Callable[..., Run]


@pytest.fixture
def folders(scored: Scored) -> list[str]:
    runs = [scored(f"run{k}", [round(0.1 * ((k * n) % 7), 1) for n in range(12)]) for k in (1, 2, 3)]
    return [str(run.folder) for run in runs]


def test_the_table_says_the_verdict(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *folders[:2]]) == 0
    out = capsys.readouterr().out
    assert "“run2”" in out.splitlines()[0]
    assert "points of 100" in out
    assert "sign-flip test; seed 0" in " ".join(out.split())


def test_json_is_the_comparison(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *folders[:2], "--json", "--seed", "3", "--confidence", "0.9"]) == 0
    printed = json.loads(capsys.readouterr().out)
    c = compare(open_run(folders[0]), open_run(folders[1]), seed=3, confidence=0.9)
    assert (printed["low"], printed["high"], printed["p_value"], printed["seed"]) == (
        c.low,
        c.high,
        c.p_value,
        3,
    )


def test_several_runs_are_a_list_against_the_first(
    folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *folders, "--json"]) == 0
    assert [(c["a"], c["b"]) for c in json.loads(capsys.readouterr().out)] == [
        ("run1", "run2"),
        ("run1", "run3"),
    ]


def test_files_are_written(folders: list[str], tmp_path: Path) -> None:
    html, markdown = tmp_path / "out" / "r.html", tmp_path / "out" / "r.md"
    assert main(["compare", *folders, "--html", str(html), "--markdown", str(markdown)]) == 0
    assert "run3" in html.read_text()
    assert markdown.read_text().count("### ") == 2


def test_every_form_is_written_at_once(folders: list[str], tmp_path: Path) -> None:
    names = {"--latex": "t.tex", "--csv": "t.csv", "--figure": "t.svg"}
    options = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    assert main(["compare", *folders, *options]) == 0
    assert "toprule" in (tmp_path / "t.tex").read_text()
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 3
    assert (tmp_path / "t.svg").read_text().count("<circle") == 2


@pytest.mark.parametrize("name", ["compare", "report"])
def test_a_gate_is_the_exit_status(
    name: str, folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "r.html"
    words = [name, *folders, "--out" if name == "report" else "--html", str(page)]
    assert main([*words, "--gate", "n_items == 12 and dropped_a == 0"]) == 0
    assert capsys.readouterr().err == ""
    page.unlink()
    assert main([*words, "--gate", "n_items > 12"]) == 1
    assert page.exists(), "what a gate refuses is what one wants to read"
    assert capsys.readouterr().err.splitlines() == [
        "gate broken by run2: n_items > 12 (found 12)", "gate broken by run3: n_items > 12 (found 12)",
    ]  # fmt: skip
    page.unlink()
    assert main([*words, "--gate", "n_itms > 12"]) == 2
    assert not page.exists()
    assert "did you mean 'n_items'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([0], "a baseline and at least one other run"), ([0, "run22"], "did you mean")],
)
def test_bad_input_is_one_line_and_status_two(
    folders: list[str], arguments: list[int | str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [folders[a] if isinstance(a, int) else str(Path(folders[0]).parent / a) for a in arguments]
    assert main(["compare", *runs]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()[-1]) == len(error.strip().splitlines()[-1].splitlines()[0])


def test_a_file_that_cannot_be_written_is_one_line(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for option in ("--html", "--markdown"):
        assert main(["compare", *folders[:2], option, str(tmp_path / "file" / "r")]) == 2
        assert "cannot be written: File exists" in capsys.readouterr().err
