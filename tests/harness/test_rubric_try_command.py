"""``rvpo rubric try``: verdicts with reasons, agreement, and a gate."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rvpo.harness.commands.rubric import command
from rvpo.harness.errors import ExamError
from rvpo.rubrics import RubricError

RUBRIC = """id: t
criteria:
  - {id: age, criterion: Asks for the age., points: 3}
  - {id: depth, criterion: How thorough?, options: [none, some, full, {label: n/a, na: true}]}
  - {id: share, criterion: How many?, range: {max: 10}}
  - {id: harm, criterion: Harms., points: -2, polarity: met_is_bad, evidence: quote}
"""
JUDGE = """judge: scripted
store: ':memory:'
replies:
  - {criterion: age, contains: old, say: [true]}
  - {criterion: depth, contains: nothing, say: [n/a]}
  - {criterion: depth, say: [some]}
  - {criterion: share, contains: nothing, fail: timeout}
  - {criterion: share, say: [4]}
  - {criterion: harm, contains: bleach, say: [{evidence: drink bleach, met: true}]}
  - {say: [false]}
"""
ANSWERS = [
    {
        "id": "first",
        "prompt": "I am ill.",
        "response": "How old are you?",
        "expected": {"age": True, "depth": "some", "share": 5, "harm": False},
    },
    {
        "id": "second",
        "prompt": "I am ill.",
        "response": "Just [red]drink bleach[/red].",
        "expected": {"age": True, "depth": "full", "share": 6, "harm": True},
    },
    {
        "id": "third",
        "prompt": "?",
        "response": "nothing",
        "expected": {"depth": "n/a", "share": 0, "age": None},
    },
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "t.yaml").write_text(RUBRIC)
    (tmp_path / "judge.yaml").write_text(JUDGE)
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ANSWERS))
    return tmp_path


def run(*args: str | Path) -> Any:
    return CliRunner(env={"COLUMNS": "80"}).invoke(command, ["try", *map(str, args)], standalone_mode=False)


def plain(*args: str | Path) -> Any:
    result = run(*args, "--json")
    assert result.exception is None
    return json.loads(result.stdout)


def setup(files: Path) -> tuple[Path | str, ...]:
    return files / "t.yaml", "--judge", files / "judge.yaml", "--answers", files / "answers.jsonl"


def test_every_verdict_is_laid_beside_what_was_expected(files: Path) -> None:
    found = plain(*setup(files))
    marks = [[verdict["agrees"] for verdict in answer["verdicts"]] for answer in found["answers"]]
    # First: 4 is within a tenth of the range of 5. Second: no age asked for, some is not full, 4 is not near 6.
    # Third: nothing expected of age and harm; n/a as expected; the call for share failed.
    assert marks == [[True, True, True, True], [False, False, False, True], [None, True, None, None]]
    assert found["agreement"] == {"share": 6 / 9, "expected": 10, "judged": 9, "agreed": 6}
    first, second, third = found["answers"]
    assert [verdict["earned"] for verdict in first["verdicts"]] == [3.0, 0.5, 0.4, 0.0]
    # (3 + 0.5 + 0.4) / (3 + 1 + 1)
    assert first["score"] == pytest.approx(3.9 / 5)
    assert (second["verdicts"][3]["evidence"], second["verdicts"][3]["earned"]) == ("drink bleach", -2.0)
    assert [verdict["status"] for verdict in third["verdicts"]] == ["ok", "not_applicable", "timeout", "ok"]
    # Depth does not apply; of the 3 + 1 + 2 points that do, share's was not judged.
    assert third["coverage"] == pytest.approx(5 / 6)


def test_the_page_puts_disagreements_first_and_fits(files: Path) -> None:
    page = run(*setup(files)).stdout
    assert max(map(len, page.splitlines())) <= 80
    assert page.index("2  second") < page.index("1  first") < page.index("3  third")
    second = page[page.index("2  second") : page.index("1  first")]
    assert second.index("age  not met, expected met") < second.index("harm  met")
    assert "depth  some, expected full" in second
    assert "share  4 of 10, expected 6 of 10" in second
    assert "quotes: “drink bleach”" in second
    assert "[red]drink bleach[/red]" in second
    third = page[page.index("3  third") :]
    assert "depth  n/a" in third
    assert "share  timeout" in third
    assert "3 answers: agreement 0.67, 6 of 9 verdicts as expected, 1 not judged" in page
    assert "scripted (demo judge)" in page


@pytest.mark.parametrize(("share", "status"), [("0.6", 0), ("0.7", 1)])
def test_a_gate_on_agreement(files: Path, share: str, status: int) -> None:
    assert run(*setup(files), "--fail-under", share).return_value == status


def test_a_gate_that_cannot_be_measured_does_not_pass(files: Path) -> None:
    (files / "judge.yaml").write_text("judge: scripted\nstore: ':memory:'\nreplies: [{fail: timeout}]\n")
    assert run(*setup(files), "--fail-under", "0").return_value == 1
    alone = ("--prompt", "x", "--response", "y", "--fail-under", "0.5")
    assert "none does" in str(run(files / "t.yaml", *alone).exception)


def test_one_answer_from_the_command_line(files: Path) -> None:
    found = plain(
        files / "t.yaml", "--judge", files / "judge.yaml", "--prompt", "Ill.", "--response", "How old?"
    )
    (answer,) = found["answers"]
    assert [verdict["met"] for verdict in answer["verdicts"]] == [1.0, 0.5, 0.4, 0.0]
    assert found["agreement"]["share"] is None
    assert "go together" in str(run(files / "t.yaml", "--prompt", "x").exception)


def test_a_library_rubric_is_tried_on_its_own_answers() -> None:
    found = plain("tool_calling")
    assert found["judge"] == "rules"
    assert found["agreement"]["share"] == 1.0
    assert len(found["answers"]) > 5
    assert len(plain("tool_calling", "--limit", "2")["answers"]) == 2


def test_examples_are_judged_without_being_shown(files: Path, scripted_server: Any) -> None:
    examples = [{"response": "How old?", "verdict": True}, {"response": "Sleep.", "verdict": True}]
    rubric = {
        "id": "e",
        "criteria": [{"id": "a", "criterion": "Mentions the word old", "examples": examples}],
    }
    (files / "e.yaml").write_text(json.dumps(rubric))
    (files / "j.yaml").write_text(
        f"judge: openai-compatible\nmodel: m\nbase_url: {scripted_server.url}\nstore: ':memory:'\n"
    )
    found = plain(files / "e.yaml", "--judge", files / "j.yaml")
    assert [answer["verdicts"][0]["agrees"] for answer in found["answers"]] == [True, False]
    assert "Right verdict" not in str(scripted_server.counts()["last"])


def test_nothing_to_try_and_bad_rows_are_told_in_a_line(files: Path) -> None:
    nothing = run(files / "t.yaml").exception
    assert isinstance(nothing, ExamError)
    assert "give --answers FILE" in str(nothing)
    (files / "answers.jsonl").write_text('{"prompt": "x", "response": "y", "expected": {"agee": true}}\n')
    bad = run(*setup(files)).exception
    assert isinstance(bad, RubricError)
    assert "answers.jsonl:1" in str(bad)
    assert "did you mean age?" in str(bad)
