"""``rvpo rubric``: a page to read, JSON to use, one line a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rvpo.harness.commands.rubric import command
from rvpo.rubrics import RubricError, library_rubric, rubric_hash

BAD = "id: t\ncriteria:\n  - id: a\n    criterion: x\n    polarity: goodish\n"
GOOD = "id: t\ntitle: A [bold]title[/bold]\ncriteria:\n  - {id: a, criterion: 'Is [red]good.', points: 2.5}\n"


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(command, [str(arg) for arg in args], standalone_mode=False)


def test_show_a_library_rubric() -> None:
    result = run("show", "medical_consultation")
    assert result.exception is None
    for criterion in library_rubric("medical_consultation").criteria:
        assert criterion.id in result.output
    assert "12 criteria, 56 points; written for rvpo, Apache-2.0" in result.output
    assert rubric_hash(library_rubric("medical_consultation"))[:12] in result.output


def test_show_takes_no_markup_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    output = run("show", tmp_path / "good.yaml").output
    assert "A [bold]title[/bold]" in output
    assert "Is [red]good." in output
    assert "+2.5" in output


def test_show_json_has_the_hashes() -> None:
    shown = json.loads(run("show", "tool_calling", "--json").output)
    assert shown["rubric_hash"] == rubric_hash(library_rubric("tool_calling"))
    assert [len(each["criterion_hash"]) for each in shown["criteria"]] == [64] * 6


def test_show_what_is_not_there(tmp_path: Path) -> None:
    error = run("show", "tool_caling").exception
    assert isinstance(error, RubricError)
    assert str(error).endswith("did you mean tool_calling?")
    assert str(run("show", tmp_path / "no.yaml").exception).endswith("no.yaml: no such file")


def test_lint(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(BAD)
    good, bad, gone = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "gone.yaml"
    fine = run("lint", good)
    assert (fine.return_value, fine.output) == (0, f"ok  {good}: 1 criterion, 2.5 points\n")
    mixed = run("lint", good, bad, gone)
    assert mixed.return_value == 1
    assert mixed.output.splitlines() == [
        f"ok  {good}: 1 criterion, 2.5 points",
        f'{bad}:5: criteria[0].polarity: got "goodish", allowed met_is_good | met_is_bad; did you mean met_is_good?',
        f"{gone}: no such file; did you mean good.yaml?",
    ]


def test_lint_json(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(BAD)
    result = run("lint", tmp_path / "good.yaml", tmp_path / "bad.yaml", "--json")
    assert result.return_value == 1
    good, bad = json.loads(result.output)
    assert good == {"path": str(tmp_path / "good.yaml"), "criteria": 1, "points": 2.5, "error": None}
    assert bad["criteria"] is None
    assert ":5: criteria[0].polarity" in bad["error"]


@pytest.mark.parametrize("args", [["lint"], ["show"]])
def test_nothing_to_do_is_bad_usage(args: list[str]) -> None:
    assert CliRunner().invoke(command, args).exit_code == 2
