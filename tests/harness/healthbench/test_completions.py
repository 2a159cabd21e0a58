"""Physicians' and models' own answers, judged in place of a model's."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.errors import ExamError
from rvpo.harness.exam import Exam, load_exam
from rvpo.harness.healthbench.completions import with_completions
from rvpo.results import open_run

ROW: dict[str, Any] = {
    "prompt": [{"role": "user", "content": "hi"}],
    "example_tags": ["theme:hedging"],
    "rubrics": [
        {"criterion": "Is kind.", "points": 5, "tags": ["axis:accuracy"]},
        {"criterion": "Is short.", "points": 3, "tags": []},
        {"criterion": "Is rude.", "points": -4, "tags": []},
    ],
}
WriteRows = Callable[[str, Sequence[dict[str, Any]]], Path]


def row(name: str, group: int | None, *references: str) -> dict[str, Any]:
    data = {
        "ideal_completion": f"ideal {name} kind",
        "ideal_completions_group": f"Group {group}",
        "ideal_completions_ref_completions": list(references) or None,
    }
    return {**ROW, "prompt_id": name, "ideal_completions_data": None if group is None else data}


@pytest.fixture
def exam_file(tmp_path: Path) -> Path:
    rows = [row("a", 1), row("b", 2, "b0", "b1 kind"), row("c", 3, "c0 kind", "c1 kind"), row("d", None)]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    path = tmp_path / "judge.yaml"
    path.write_text(
        "judge: scripted\nstore: ':memory:'\n"
        "replies: [{criterion: c01, contains: kind, say: [true]}, {say: [false]}]\n",
        encoding="utf-8",
    )
    return path


def run(arguments: Sequence[str], exam_file: Path, judge: Path, out: Path) -> int:
    return main(
        [
            "eval",
            "healthbench",
            "--data",
            str(exam_file),
            "--judge",
            str(judge),
            "--out",
            str(out),
            *arguments,
        ]
    )


def test_ideal_completions_are_judged(
    exam_file: Path, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--completions", "ideal", "--json"], exam_file, judge, tmp_path / "run") == 0
    printed = json.loads(capsys.readouterr().out)
    # Every physician's answer is kind: 5 of 8 points.
    assert (printed["items"], printed["score"]) == (3, 0.625)
    assert printed["healthbench"]["variants"]["openai-2025"] == 0.625
    rows = {each.item_id: each.response for each in open_run(tmp_path / "run").items}
    assert rows == {name: f"ideal {name} kind" for name in "abc"}
    assert main(["verify", str(tmp_path / "run")]) == 0


def test_reference_completions_are_draws(
    exam_file: Path, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--completions", "reference"], exam_file, judge, tmp_path / "run") == 0
    # b: 0 and 5/8, c: 5/8 twice; mean (5/16 + 5/8) / 2 = 0.469; worst of 2: (0 + 5/8) / 2.
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "score      0.469  mean of 2 items"
    overall = next(line for line in lines if line.startswith("overall"))
    assert overall.split() == ["overall", "2", "0.469", "0.469", "0.469", "0.469"]
    assert "worst of k answers  1: 0.469, 2: 0.312  (2 items with a score in every draw)" in lines
    assert len(open_run(tmp_path / "run").items) == 4


def test_one_group(exam_file: Path) -> None:
    exam, sampler = with_completions(load_exam("healthbench", exam_file), "reference:3")
    assert ([item.id for item in exam.items], sampler.draws) == (["c"], 2)
    _, other = with_completions(load_exam("healthbench", exam_file), "ideal:3")
    assert sampler.identity() != other.identity()


def test_a_draw_that_a_row_lacks_fails(write_rows: WriteRows, judge: Path, tmp_path: Path) -> None:
    data = write_rows("uneven.jsonl", [row("a", 2, "one kind"), row("b", 2, "one", "two")])
    assert run(["--completions", "reference"], data, judge, tmp_path / "run") == 0
    failed = [each for each in open_run(tmp_path / "run").items if each.status == "failed"]
    assert [(each.item_id, each.draw, each.score) for each in failed] == [("a", 1, None)]
    assert failed[0].meta["error"] == "the row brings only 1 reference completions"


def test_refusals(
    exam_file: Path, judge: Path, write_rows: WriteRows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exam = load_exam("healthbench", exam_file)
    with pytest.raises(ExamError, match=r"completions 'idea': allowed ideal \| .*did you mean ideal"):
        with_completions(exam, "idea")
    with pytest.raises(ExamError, match="no row brings reference:1 completions"):
        with_completions(exam, "reference:1")
    wrong = row("a", 2, "one")
    wrong["ideal_completions_data"]["ideal_completion"] = 3
    with pytest.raises(ExamError, match="item 'a': ideal_completion should be text"):
        with_completions(load_exam("healthbench", write_rows("wrong.jsonl", [wrong])), "ideal")
    assert run(["--completions", "ideal", "--model", "m"], exam_file, judge, tmp_path / "run") == 2
    assert "leave the model out" in capsys.readouterr().err


def test_the_published_sample_brings_them(sample_exam: Exam) -> None:
    # Counted in the file: 157 rows with a physician's answer (47, 55, 55 by group), four references in Group 2 and 3.
    ideal, _ = with_completions(sample_exam, "ideal")
    reference, sampler = with_completions(sample_exam, "reference")
    assert (len(ideal.items), len(reference.items), sampler.draws) == (157, 110, 4)
    assert [len(with_completions(sample_exam, f"ideal:{n}")[0].items) for n in (1, 2, 3)] == [47, 55, 55]
