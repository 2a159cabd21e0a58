"""``rvpo rubric convert``: detects, writes whole or not at all, and says what is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rvpo.harness.cli import main
from rvpo.harness.commands.rubric.convert import FORMAT_NAMES, command
from rvpo.rubrics import SourceError, load_rubric, read_prompt_rows
from rvpo.rubrics.formats.registry import FORMATS

VERIFIERS = '[[criteria]]\nname = "kind"\ntext = "Is [bold]kind[/bold]?"\nhint = 1\n'
RAR = {
    "question": "q",
    "reference_answer": "a",
    "question_source": "s",
    "rubric": [{"title": "t", "description": "Pitfall Criteria: Does not suggest a scan.", "weight": -1}],
}


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(command, [str(arg) for arg in args], standalone_mode=False)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    (tmp_path / "v.toml").write_text(VERIFIERS)
    return tmp_path / "v.toml"


@pytest.fixture
def rar(tmp_path: Path) -> Path:
    (tmp_path / "rar.jsonl").write_text(json.dumps(RAR) + "\n" + json.dumps(RAR) + "\n")
    return tmp_path / "rar.jsonl"


def test_to_a_file(toml: Path, tmp_path: Path) -> None:
    out = tmp_path / "v.yaml"
    result = run(toml, out)
    assert (result.exception, result.return_value) == (None, 0)
    assert load_rubric(out).criteria[0].criterion == "Is [bold]kind[/bold]?"
    assert result.output.startswith(f"verifiers  {toml}\n-> rvpo  {out}\n")
    assert "0 rows   1 criterion" in result.output
    assert "1 lost: not said by the result" in result.output
    assert "the key hint, which verifiers does not read either" in " ".join(result.output.split())
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize("target", [(), ("-",)])
def test_to_the_screen(toml: Path, target: tuple[str, ...]) -> None:
    result = run(toml, *target)
    assert result.stdout == "id: v\ncriteria:\n  - id: kind\n    criterion: Is [bold]kind[/bold]?\n"
    assert result.stderr.startswith(f"verifiers  {toml}\n-> rvpo  standard output\n")


def test_nothing_is_overwritten_without_force(toml: Path, tmp_path: Path) -> None:
    out = tmp_path / "v.yaml"
    out.write_text("mine")
    assert main(["rubric", "convert", str(toml), str(out)]) == 2
    assert out.read_text() == "mine"
    assert run(toml, out, "--force").return_value == 0
    assert out.read_text().startswith("id: v\n")


def test_a_file_that_cannot_be_written_is_left_as_it_was(toml: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    out.write_text("mine")
    assert main(["rubric", "convert", str(toml), str(out), "--to", "healthbench", "--force"]) == 2
    assert out.read_text() == "mine"


def test_strict_writes_nothing_on_a_note(toml: Path, tmp_path: Path) -> None:
    out = tmp_path / "v.yaml"
    result = run(toml, out, "--strict")
    assert result.return_value == 1
    assert "nothing written (--strict)" in result.output
    assert not out.exists()
    toml.write_text(VERIFIERS.replace("hint = 1\n", ""))
    assert run(toml, out, "--strict").return_value == 0
    assert out.exists()


def test_json_lists_every_note(rar: Path, tmp_path: Path) -> None:
    result = run(rar, tmp_path / "rows.jsonl", "--json")
    report = json.loads(result.stdout)
    place = "line 1: rubric[0]"
    text = "may be meant either way, taken as met_is_bad: Does not suggest a scan."
    assert report["all_notes"][0] == {"place": place, "text": text, "severity": "ambiguous"}
    assert {key: report[key] for key in ("from", "to", "rows", "rubrics", "criteria", "notes")} == {
        "from": "rar", "to": "rvpo", "rows": 2, "rubrics": 2, "criteria": 2, "notes": {"ambiguous": 2},
    }  # fmt: skip
    on_screen = run(rar, "--json")
    assert json.loads(on_screen.stderr)["out"] is None
    assert len(on_screen.stdout.splitlines()) == 2


def test_ambiguous_pitfalls(rar: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    assert isinstance(run(rar, out, "--ambiguous", "error").exception, SourceError)
    assert not out.exists()
    assert run(rar, out, "--ambiguous", "met_is_good").return_value == 0
    rubric = read_prompt_rows(out)[0].rubric
    assert rubric is not None
    assert rubric.criteria[0].polarity == "met_is_good"


def test_long_lists_of_notes_are_cut(rar: Path, tmp_path: Path) -> None:
    rar.write_text((json.dumps(RAR) + "\n") * 10)
    assert "and 2 more; --json lists all" in run(rar, tmp_path / "rows.jsonl").output


def test_bad_input_is_one_line(rar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rar.write_text(json.dumps(RAR) + "\n" + json.dumps({**RAR, "question": 3}) + "\n")
    assert main(["rubric", "convert", str(rar)]) == 2
    assert capsys.readouterr().err == f"error: {rar}:2: question: got 3, should be text\n"
    assert main(["rubric", "convert", str(rar.with_name("rra.jsonl"))]) == 2
    assert capsys.readouterr().err.endswith("no such file; did you mean rar.jsonl?\n")


def test_the_sample_of_healthbench(shared: Path, tmp_path: Path) -> None:
    source, out, back = (
        shared / "data" / "healthbench_sample.jsonl",
        tmp_path / "o.jsonl",
        tmp_path / "b.jsonl",
    )
    assert run(source, out).return_value == 0
    assert run(out, back, "--from", "rvpo", "--to", "healthbench", "--strict").return_value == 0
    assert list(map(json.loads, back.read_text().splitlines())) == list(
        map(json.loads, source.read_text().splitlines())
    )


def test_the_names_are_those_of_the_registry() -> None:
    assert [each.name for each in FORMATS] == list(FORMAT_NAMES)
