"""ToolRL's RLLA rows: the published ones, both shapes, and a way back."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import RubricError, SourceError, evaluate_rule, library_rubric
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.rlla import RLLA, RUBRIC
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

OUTPUT = (
    '<think> T </think>\n<tool_call>\n{"name": "f", "parameters": {"x": 1}}\n'
    '{"name": "g", "parameters": {}}\n</tool_call>'
)
RAW: dict[str, Any] = {"instruction": "Tools: f, g.", "input": "Hi", "output": OUTPUT}
MADE: dict[str, Any] = {
    "data_source": "rlla",
    "prompt": [{"role": "user", "content": "Hi"}],
    "ability": "tools",
    "reward_model": {"style": "rule", "ground_truth": OUTPUT},
    "extra_info": {"index": 3},
}


def read(tmp_path: Path, *rows: dict[str, Any]) -> Imported:
    file = tmp_path / "r.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return RLLA.read(Source(file), "met_is_bad")


def test_both_shapes_give_the_reference_and_its_calls(tmp_path: Path) -> None:
    raw, made = read(tmp_path, RAW).rows[0], read(tmp_path, MADE).rows[0]
    assert [turn["role"] for turn in raw.messages] == ["system", "user"]
    assert [turn["role"] for turn in made.messages] == ["user"]
    for row in (raw, made):
        assert row.reference == row.fields["answer"] == OUTPUT
        assert row.fields["calls"] == [{"name": "f", "arguments": {"x": 1}}, {"name": "g", "arguments": {}}]
    assert made.fields["extra_info"] == {"index": 3}


def test_a_plain_reply_has_no_calls(tmp_path: Path) -> None:
    reply = "<think> T </think>\n<response> Hi </response>"
    assert read(tmp_path, {**RAW, "output": reply}).rows[0].fields["calls"] == []


def test_the_published_rows_there_and_back(shared: Path) -> None:
    file = shared / "data" / "tool_calls_sample.json"
    imported = RLLA.read(Source(file), "met_is_bad")
    assert len(imported.rows) == 400
    assert (
        sum(bool(row.fields["calls"]) for row in imported.rows) == 346
    )  # 341 calls only, 5 with a reply beside
    assert json.loads(RLLA.write(imported, ".json").text) == json.loads(file.read_text())


def test_the_library_rubric_gives_each_reference_full_marks(shared: Path) -> None:
    rubric = library_rubric(RUBRIC)
    rows = RLLA.read(Source(shared / "data" / "tool_calls_sample.json"), "met_is_bad").rows
    for row in rows[:60]:
        assert row.reference is not None
        if row.reference.count("<tool_call>") > 1:
            continue  # a thought that mentions the tag costs ToolRL's own rewards, even of the reference
        met = [evaluate_rule(criterion, row.reference, row.fields).met for criterion in rubric.criteria]
        assert met == [
            1.0,
            1.0 if row.fields["calls"] else 0.5,
        ]  # ToolRL: no call expected, correctness 0 of -3..3


def test_made_rows_there_and_back(tmp_path: Path) -> None:
    exported = RLLA.write(read(tmp_path, MADE), ".jsonl")
    assert (json.loads(exported.text), exported.notes) == (MADE, ())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**RAW, "output": 3}, "output: got 3, should be text"),
        (
            {"instruction": "x", "inputs": "y", "output": "z"},
            "the key input is missing; inputs looks like it",
        ),
        ({**RAW, "instruction": "", "input": ""}, "instruction and input are both empty"),
        ({**RAW, "output": "<tool_call>\n{\n</tool_call>"}, "the reference's calls cannot be read"),
        ({**MADE, "reward_model": "x"}, 'reward_model: got "x", should be a mapping of keys'),
        ({**MADE, "reward_model": {}}, "the key ground_truth is missing"),
        ({**MADE, "prompt": "x"}, 'prompt: got "x", should be a list of messages'),
    ],
)
def test_errors_name_the_line(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, RAW, row)
    assert str(caught.value).startswith(f"{tmp_path}/r.jsonl:2: {message}")
    assert len(str(caught.value).splitlines()) == 1


def test_rows_with_calls_but_no_reference() -> None:
    turns = ({"role": "system", "content": "s"}, {"role": "user", "content": "q"})
    rubric = Rubric.model_validate({"id": "r", "criteria": [{"id": "a", "criterion": "x"}]})
    row = PromptRow("p", turns, None, {"calls": [{"name": "f", "arguments": {"x": 1}}]}, rubric)
    exported = RLLA.write(Imported((row,)), ".jsonl")
    assert [(note.place, note.text, note.severity) for note in exported.notes] == [
        ("row p", "its rubric r", "lost")
    ]
    assert json.loads(exported.text)["output"] == (
        '<think> The tools can help. </think>\n<tool_call>\n{"name": "f", "parameters": {"x": 1}}\n</tool_call>'
    )
    with pytest.raises(RubricError, match="row 'p' has neither a reference reply nor calls"):
        RLLA.write(Imported((PromptRow("p", turns),)), ".jsonl")
    with pytest.raises(RubricError, match="a rubric without prompts"):
        RLLA.write(Imported(rubric=rubric), ".jsonl")
