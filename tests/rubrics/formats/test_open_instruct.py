"""open-instruct and DR-Tulu rows: rubrics at the top or spelt in the ground truth; a way back."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import SourceError
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.open_instruct import OPEN_INSTRUCT
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

LABEL: dict[str, Any] = {
    "query": "Why is the sky blue?",
    "rubrics": [
        {"description": "Names Rayleigh scattering.", "weight": 1, "title": "Rayleigh"},
        {"description": "Blames the sea.", "weight": -0.5, "title": "The sea"},
    ],
    "rubrics_types": ["persistent", "evolving"],
}
ROW = {
    "messages": [{"role": "user", "content": "Why is the sky blue?"}],
    "ground_truth": json.dumps(LABEL),
    "dataset": "rubric",
}


def read(tmp_path: Path, *rows: dict[str, Any]) -> Imported:
    file = tmp_path / "o.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return OPEN_INSTRUCT.read(Source(file), "met_is_bad")


@pytest.mark.parametrize(
    "row", [LABEL, ROW, {**ROW, "ground_truth": [json.dumps(LABEL)]}, {"ground_truth": LABEL}]
)
def test_every_form_holds_the_same(tmp_path: Path, row: dict[str, Any]) -> None:
    imported = read(tmp_path, row)
    (found,) = imported.rows
    assert found.messages == ({"role": "user", "content": "Why is the sky blue?"},)
    assert found.rubric is not None
    good, bad = found.rubric.criteria
    assert (good.id, good.criterion, good.points, good.tags) == (
        "Rayleigh", "Names Rayleigh scattering.", 1, ("type:persistent",),
    )  # fmt: skip
    assert (bad.id, bad.points, bad.polarity, bad.tags) == ("The_sea", -0.5, "met_is_bad", ("type:evolving",))
    assert [note.text for note in imported.notes] == [
        "negative weights: their score divides by all weights, ours by the positive ones"
    ]


def test_their_judge_gives_0_to_2(tmp_path: Path) -> None:
    rubric = read(tmp_path, ROW).rows[0].rubric
    assert rubric is not None
    assert [rubric.criteria[0].met_of(points) for points in (0, 0.5, 2)] == [0, 0.25, 1]
    assert rubric.criteria[0].met_of(20) is None  # open-instruct makes a reward of 10 of it


def test_other_spellings(tmp_path: Path) -> None:
    row = {"Question": "q", "rubrics": [{"Ingredient": "x"}, {"rubric_item": "y", "weight": 2}]}
    rubric = read(tmp_path, row).rows[0].rubric
    assert rubric is not None
    assert [(c.id, c.criterion, c.points) for c in rubric.criteria] == [("c01", "x", 1), ("c02", "y", 2)]


def test_a_demonstration_is_no_part_of_the_prompt(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    (found,) = read(tmp_path, {**LABEL, "messages": turns}).rows
    assert [turn["role"] for turn in found.messages] == ["user"]


def test_there_and_back(tmp_path: Path) -> None:
    exported = OPEN_INSTRUCT.write(read(tmp_path, {**ROW, "source": "x"}), ".jsonl")
    assert exported.notes == ()
    again = json.loads(exported.text)
    assert json.loads(again.pop("ground_truth")) == LABEL
    assert again == {"messages": ROW["messages"], "dataset": "rubric", "source": "x"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"ground_truth": 3}, "ground_truth: got 3, should be JSON text"),
        ({"ground_truth": "{"}, "ground_truth: not JSON"),
        ({"ground_truth": "[1]"}, "ground_truth: got a list, should be an object in braces"),
        ({"rubrics": LABEL["rubrics"]}, "there is no question: neither query nor messages"),
        (
            {**LABEL, "rubrics_types": ["x"]},
            "rubrics_types: got 1 of them, should be one for each of 2 rubrics",
        ),
        ({**LABEL, "rubrics": []}, "rubrics: got"),
        ({"query": "q", "rubrics": [{"description": "x", "weight": "1"}]}, "rubrics[0].weight: got"),
        ({"query": "q", "rubrics": [{"weight": 1}]}, "rubrics[0]"),
        ({"query": 3, "rubrics": LABEL["rubrics"]}, "query: got 3, should be text"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, LABEL, row)
    assert str(caught.value).startswith(f"{tmp_path}/o.jsonl:2: {message}")
    assert len(str(caught.value).splitlines()) == 1


def test_what_it_cannot_say_is_noted() -> None:
    criteria = [
        {"id": "a", "criterion": "x", "tags": ["axis:x"], "points": 1},
        {"id": "b", "criterion": "y", "points": -1, "polarity": "met_is_good", "range": {"max": 2}},
    ]
    rubric = Rubric.model_validate({"id": "r", "criteria": criteria})
    row = PromptRow("p", ({"role": "user", "content": "q"},), "ref", {"reference": "ref"}, rubric)
    exported = OPEN_INSTRUCT.write(Imported((row,)), ".jsonl")
    assert [(note.place, note.text) for note in exported.notes] == [
        ("row p", "the reference"),
        ("row p: a", "the tags axis:x"),
        ("row p: a", "its scale: their judge gives 0 to 2"),
        ("row p: b", "polarity met_is_good with -1 points"),
    ]
