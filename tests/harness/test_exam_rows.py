"""Exams on data in other forms than ours: ToolRL's rows, a data set like one of the hub, and a file without prompts."""

import json
from collections import Counter
from pathlib import Path

import pytest

from rvpo.harness.errors import ExamError
from rvpo.harness.exam import load_exam
from rvpo.harness.exam_rows import read_exam_rows
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService

TOOLS = '1. Name: add\nDescription: Adds.\nParameters: {"a": {"type": "int"}}'
ROW = {
    "instruction": f"You are a helpful assistant.\n\n**Available Tools**\n{TOOLS}",
    "input": "**Dialogue Records History**\n<user> add 1 </user>",
    "output": '<think> add. </think>\n<tool_call>\n{"name": "add", "parameters": {"a": 1}}\n</tool_call>',
}


def scores(data: Path, answers: str) -> list[float | None]:
    exam = load_exam("tool_calls", data)
    requests = [
        JudgeRequest(
            rubric=item.rubric,
            prompt=item.messages,
            response=(item.reference or "") + answers,
            fields=item.fields,
        )
        for item in exam.items
    ]
    with JudgeService.open_sync(JudgeConfig(judge="rules", store=":memory:")) as judges:
        return [vector.scalar for vector in judges.submit(requests).result()]


def test_toolrl_rows_are_judged_by_their_own_rewards(tmp_path: Path) -> None:
    data = tmp_path / "rlla.json"
    data.write_text(json.dumps([ROW, ROW]))
    exam = load_exam("tool_calls", data)
    assert [item.rubric.id for item in exam.items] == ["tool_calling_rlla"] * 2
    assert [turn["role"] for turn in exam.items[0].messages] == ["system", "user"]
    assert scores(data, "") == [1.0, 1.0]
    assert all(score is not None and score < 1 for score in scores(data, " Bye."))


def test_what_the_references_of_real_rows_earn(shared: Path) -> None:
    """ToolRL's correctness is 0 of -3 to 3 where no call is wanted: (1 + 6 x .5) / 7. Seventeen break its format."""
    data = shared / "data/tool_calls_sample.json"
    found = scores(data, "")
    assert Counter(found) == {1.0: 329, 4 / 7: 54, 0.0: 17}
    calls = ["<tool_call>" in row["output"] for row in json.loads(data.read_text())]
    assert all(
        score in ({0.0, 1.0} if called else {0.0, 4 / 7}) for score, called in zip(found, calls, strict=True)
    )


def test_a_rubric_is_no_exam(tmp_path: Path) -> None:
    data = tmp_path / "rubric.json"
    data.write_text(json.dumps([{"name": "short", "requirement": "Is short.", "weight": 1.0}]))
    with pytest.raises(ExamError, match=r"holds a rubric .*, should hold prompts"):
        read_exam_rows(data)


def test_a_data_set_as_the_hub_would_give_it(tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="the extra train is not installed")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train.jsonl").write_text(json.dumps(ROW) + "\n")
    found = read_exam_rows(f"hf:{tmp_path / 'set'}")
    assert (len(found.rows), found.rubric) == (1, "tool_calling_rlla")
