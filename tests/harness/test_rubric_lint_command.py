"""``rvpo rubric lint``: load errors, findings with their lines, silencing, exit status, files of rows."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rvpo.harness.commands.rubric import command
from rvpo.rubrics import library_names
from rvpo.rubrics.lint import CODES

CLEAN = "id: t\nprovenance: me\nlicence: MIT\ncriteria:\n  - {id: dose, criterion: Names the dose., points: 2.5}\n"
BAD = "id: t\ncriteria:\n  - id: a\n    criterion: x\n    polarity: goodish\n"
WARNED = CLEAN + "  - id: tone\n    criterion: Is good.\n"
BROKEN = CLEAN + "  - {id: any, criterion: Is short., kind: length, rule: {min: 0}}\n"
ROWS = [
    {
        "id": "one",
        "prompt": "Hi.",
        "rubric": {"id": "r", "criteria": [{"id": f"tone_{n}", "criterion": text}]},
    }
    for n, text in enumerate(["Is good.", "Is clear.", "Is valid JSON.", "Is nice.", "Is great."])
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short paths, so that a line of output is a line."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"clean": CLEAN, "bad": BAD, "warned": WARNED, "broken": BROKEN}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    rows = [{**row, "id": f"row-{number}"} for number, row in enumerate(ROWS)]
    lines = [*map(json.dumps, rows), json.dumps({"id": "bare", "prompt": "Hi."})]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n")


def run(*args: str) -> Any:
    return CliRunner().invoke(command, ["lint", *args], standalone_mode=False)


def lines(*args: str) -> list[str]:
    return [line.rstrip() for line in run(*args).output.splitlines()]


def test_a_clean_file() -> None:
    result = run("clean.yaml")
    assert (result.return_value, result.output) == (0, "ok  clean.yaml: 1 criterion, 2.5 points\n")


def test_files_that_cannot_be_read() -> None:
    assert lines("clean.yaml", "bad.yaml", "cleam.yaml") == [
        "ok  clean.yaml: 1 criterion, 2.5 points",
        'error  bad.yaml:5: criteria[0].polarity: got "goodish", allowed met_is_good | met_is_bad; did you mean met_is_good?',
        "error  cleam.yaml: no such file; did you mean clean.yaml?",
        "",
        "3 files: 2 errors",
    ]
    assert run("clean.yaml", "bad.yaml").return_value == 1


def test_findings_have_line_and_advice() -> None:
    assert lines("warned.yaml") == [
        "warned.yaml: 2 criteria, 3.5 points",
        "  6  warning  tone  vague",
        '              "good" has no yardstick',
        "              Say what a judge can point at in the reply, or add guidelines or",
        "              examples to the criterion.",
        "",
        "1 file: 1 warning",
        "why it matters: rvpo rubric lint --explain vague",
    ]


def test_exit_status() -> None:
    assert run("warned.yaml").return_value == 0
    assert run("warned.yaml", "--strict").return_value == 1
    assert run("clean.yaml", "--strict").return_value == 0
    assert run("broken.yaml").return_value == 1
    assert run("broken.yaml", "--ignore", "constant-rule").return_value == 0


def test_ignore() -> None:
    assert lines("warned.yaml", "--ignore", "compound, vague") == ["ok  warned.yaml: 2 criteria, 3.5 points"]
    refused = CliRunner().invoke(command, ["lint", "clean.yaml", "--ignore", "vage"])
    assert refused.exit_code == 2
    assert "no check 'vage'; did you mean vague?" in refused.output


def test_a_finding_in_a_file_that_is_extended(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("id: own\nextends: warned.yaml\n")
    assert "warning  tone  vague  warned.yaml:6" in map(str.strip, lines("own.yaml"))


def test_json() -> None:
    clean, bad, warned = json.loads(run("clean.yaml", "bad.yaml", "warned.yaml", "--json").output)
    assert clean == {
        "path": "clean.yaml", "criteria": 1, "points": 2.5, "error": None, "complaints": [], "findings": [],
    }  # fmt: skip
    assert bad["criteria"] is None
    assert ":5: criteria[0].polarity" in bad["error"]
    assert warned["findings"] == [
        {
            "code": "vague",
            "severity": "warning",
            "criterion_id": "tone",
            "message": '"good" has no yardstick',
            "advice": "Say what a judge can point at in the reply, or add guidelines or examples to the criterion.",
            "place": "warned.yaml:6",
        }
    ]


def test_rows_are_summed_up_by_code() -> None:
    told = lines("rows.jsonl")
    assert told[0] == "rows.jsonl: 5 rows with rubrics, 5 criteria"
    assert told[1].startswith("  4  warning  vague  Say what a judge")
    assert '              row-0 tone_0: "good" has no yardstick' in told
    assert '              row-3 tone_3: "nice" has no yardstick' in told
    assert "              and 1 more" in told
    assert any(line.startswith("  1  warning  better-a-rule") for line in told)
    assert any(line.startswith("  5  note     no-origin") for line in told)
    assert "1 file: 5 warnings, 5 notes" in told


def test_rows_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "a"}\n')
    assert run("rows.jsonl").return_value == 1
    assert lines("rows.jsonl")[0] == "error  rows.jsonl:1: the key prompt is missing"


def test_healthbench_rows(shared: Path) -> None:
    told = run(str(shared / "data/healthbench_sample.jsonl"))
    assert told.return_value == 0
    assert "169 rows with rubrics, 1 439 criteria" in " ".join(told.output.split())


def test_the_library_is_clean() -> None:
    result = run("--strict", *library_names())
    assert result.return_value == 0
    assert result.output.rstrip().endswith(f"{len(library_names())} files: no findings")


@pytest.mark.parametrize("code", CODES)
def test_explain(code: str) -> None:
    result = run("--explain", code)
    assert result.return_value == 0
    assert result.output.startswith(f"{code}  ")
    for part in ("finds", "why", "advice", "silence"):
        assert f"\n  {part}" in result.output


def test_explain_all_and_none() -> None:
    told = run("--explain", "all").output
    assert all(f"{code}  " in told for code in CODES)
    assert CliRunner().invoke(command, ["lint", "--explain", "zzz"]).exit_code == 2


@pytest.mark.parametrize("args", [["lint"], ["show"], ["diff", "one"]])
def test_nothing_to_do_is_bad_usage(args: list[str]) -> None:
    assert CliRunner().invoke(command, args).exit_code == 2


def test_all_that_keeps_a_file_from_being_read_is_told_a_line_each() -> None:
    Path("many.yaml").write_text(
        CLEAN + "  - {id: b b, criterion: x, points: ten}\n  - {id: c, polarty: x}\n"
    )
    result = run("many.yaml", "clean.yaml")
    lines = result.output.splitlines()
    assert [line.partition(": ")[0] for line in lines[:3]] == [
        "error  many.yaml:6",  # the id
        "error  many.yaml:6",  # the points
        "error  many.yaml:7",  # the key; that the criterion is missing, too, stands in the fourth
    ]
    assert "2 files: 4 errors" in result.output
    (told, _clean) = json.loads(run("--json", "many.yaml", "clean.yaml").output)
    assert told["error"].endswith("(and 3 more)")
    assert len(told["complaints"]) == 4
    assert not any("more)" in line for line in told["complaints"])
