"""BFCL's single-turn rows in their published form, written by us: what is asked, and which calls are right."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import RubricError, SourceError, evaluate_rule
from rvpo.rubrics.formats.bfcl import BFCL
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow

QUESTION: dict[str, Any] = {
    "id": "parallel_0",
    "question": [[{"role": "user", "content": "Area of a triangle, base 10, height 5? Weather in Oslo?"}]],
    "function": [{"name": "area", "description": "d", "parameters": {"type": "dict", "properties": {}}}],
}
TRUTH = [
    {"area": {"base": [10], "height": [5], "unit": ["units", ""]}},
    {"weather": {"place": [{"city": ["Oslo", "Oslo, Norway"], "days": [1, ""]}]}},
]


def read(folder: Path, *rows: dict[str, Any], answers: list[dict[str, Any]] | None = None) -> Imported:
    file = folder / "BFCL_v3_parallel.json"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    if answers is not None:
        (folder / "possible_answer").mkdir()
        text = "".join(json.dumps(row) + "\n" for row in answers)
        (folder / "possible_answer" / file.name).write_text(text)
    return BFCL.read(Source(file), "met_is_bad")


def met(row: PromptRow, *calls: tuple[str, dict[str, Any]]) -> list[bool | None]:
    reply = "\n".join(
        f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"
        for name, arguments in calls
    )
    assert row.rubric is not None
    return [bool(evaluate_rule(each, reply, row.fields).met) for each in row.rubric.criteria]


@pytest.fixture
def row(tmp_path: Path) -> PromptRow:
    second = {**QUESTION, "id": "parallel_1"}
    answers = [{"id": "parallel_1", "ground_truth": TRUTH[:1]}, {"id": "parallel_0", "ground_truth": TRUTH}]
    first, other = read(tmp_path, QUESTION, second, answers=answers).rows
    assert (first.id, other.id) == ("parallel_0", "parallel_1")
    assert len(other.fields["calls"]) == 1
    return first


def test_functions_stand_in_the_system_message(row: PromptRow) -> None:
    system, user = row.messages
    assert json.dumps({"type": "function", "function": QUESTION["function"][0]}) in system["content"]
    assert '{"name": <function-name>, "arguments": <args-json-object>}' in system["content"]
    assert user["content"].startswith("Area of a triangle")


AREA = ("area", {"base": 10, "height": 5})
OSLO = ("weather", {"place": {"city": "oslo"}})


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        ([AREA, OSLO], [True, True, True, True]),
        ([OSLO, AREA], [True, True, True, True]),  # any order
        ([("area", {"base": 10, "height": 5, "unit": "UNITS"}), OSLO], [True, True, True, True]),
        ([("area", {"base": 10, "height": 5, "unit": "cm"}), OSLO], [True, True, True, False]),
        ([("area", {"base": 10}), OSLO], [True, True, False, False]),
        ([AREA, ("weather", {"place": {"city": "Oslo, Norway", "days": 2}})], [True, True, True, False]),
        ([AREA], [True, False, False, False]),
    ],
)
def test_right_calls(row: PromptRow, calls: list[Any], wanted: list[bool]) -> None:
    assert met(row, *calls) == wanted


def test_a_row_may_bring_its_answer_or_want_no_call(tmp_path: Path) -> None:
    own = {**QUESTION, "ground_truth": TRUTH[:1]}
    idle = {**QUESTION, "id": "live_irrelevance_3"}
    idle["question"] = [[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]]
    first, second = read(tmp_path, own, idle).rows
    assert met(first, AREA) == [True] * 4
    assert second.fields["calls"] == []
    assert met(second)[1:] == [True, True, True]
    assert second.messages[0]["content"].startswith("Be brief.\n\n# Tools")
    assert [turn["role"] for turn in second.messages] == ["system", "user"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"question": QUESTION["question"] * 2}, "question: got 2 turns, should be a list of one turn"),
        ({"function": []}, "function: got a list, should be a list of functions"),
        ({}, 'no ground_truth for "parallel_0", neither in the row nor in .*possible_answer'),
        ({"ground_truth": [3]}, "ground_truth: got 3, should be a function's name over its arguments"),
    ],
)
def test_refusals_name_the_row(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=rf"BFCL_v3_parallel\.json.*: {words}"):
        read(tmp_path, {**QUESTION, **change})


def test_there_and_back(tmp_path: Path) -> None:
    row = {**QUESTION, "ground_truth": TRUTH}
    assert json.loads(BFCL.write(read(tmp_path, row), ".jsonl").text) == row
    with pytest.raises(RubricError, match="row 'a' has no function and ground_truth"):
        BFCL.write(Imported((PromptRow("a", ({"role": "user", "content": "x"},)),)), ".jsonl")
