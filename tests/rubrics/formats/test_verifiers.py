"""verifiers' rubric files: TOML and JSON, ordered choices, and what weights without a sign cannot say."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import RubricError, SourceError
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.formats.verifiers import VERIFIERS
from rvpo.rubrics.schema import Rubric

TOML = """\
[[criteria]]
name = "right"
text = "Is the fix right?"
weight = 2

[[criteria]]
name = "leaks"
text = "Does it leak?"
weight = 1
choices = ["yes", "no"]

[[criteria]]
name = "quality"
text = "How good?"
weight = 0.5
choices = ["poor", "fair", "good"]
"""


def read(tmp_path: Path, text: str, suffix: str = ".toml") -> Imported:
    file = tmp_path / f"v{suffix}"
    file.write_text(text)
    return VERIFIERS.read(Source(file), "met_is_bad")


def test_a_file(tmp_path: Path) -> None:
    imported = read(tmp_path, TOML)
    assert imported.rubric is not None
    right, leaks, quality = imported.rubric.criteria
    assert (right.id, right.criterion, right.points, right.scale) == (
        "right",
        "Is the fix right?",
        2,
        "binary",
    )
    assert (leaks.polarity, leaks.points) == ("met_is_bad", 1)
    assert [(o.label, o.value) for o in quality.options or ()] == [("poor", 0), ("fair", 0.5), ("good", 1)]
    assert imported.notes == ()


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_there_and_back(tmp_path: Path, suffix: str) -> None:
    imported = read(tmp_path, TOML)
    exported = VERIFIERS.write(imported, suffix)
    assert exported.notes == ()
    assert read(tmp_path, exported.text, suffix) == imported
    if suffix == ".toml":
        assert exported.text == TOML


def test_a_bare_list_and_odd_names(tmp_path: Path) -> None:
    imported = read(tmp_path, json.dumps([{"name": "code quality", "text": "x", "hint": 1}]), ".json")
    assert imported.rubric is not None
    assert imported.rubric.criteria[0].id == "code_quality"
    assert [(note.place, note.text) for note in imported.notes] == [
        ("code_quality", 'the name "code quality", which can be no id'),
        ("code_quality", "the key hint, which verifiers does not read either"),
    ]


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ("x", 'criteria: got "x", should be a list'),
        ([], "criteria: got"),
        ([{"name": "a", "text": "x", "weight": -1}], "criteria[0].weight: got -1"),
        ([{"name": "a", "text": "x", "choices": ["a"]}], "criteria[0].choices: got"),
        ([{"name": "a", "text": "x"}, {"name": "a", "text": "y"}], 'criteria: the name "a" occurs twice'),
        ([{"name": "a", "text": "x", "choices": ["B", "b"]}], "criteria[0]: two options have the same label"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, criteria: object, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, json.dumps({"criteria": criteria}), ".json")
    assert str(caught.value).startswith(f"{tmp_path}/v.json: {message}")
    assert len(str(caught.value).splitlines()) == 1


def write(*criteria: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    rubric = Rubric.model_validate({"id": "r", "criteria": list(criteria)})
    exported = VERIFIERS.write(Imported(rubric=rubric), ".json")
    return [note.text for note in exported.notes], json.loads(exported.text)["criteria"]


def test_a_fault_earns_by_its_absence() -> None:
    notes, (item,) = write({"id": "a", "criterion": "x", "points": -2, "polarity": "met_is_bad"})
    assert item == {"name": "a", "text": "x", "weight": 2, "choices": ["yes", "no"]}
    assert notes == ["-2 points: now 2 for its absence"]


def test_options_that_are_not_evenly_spaced() -> None:
    options = [{"label": "a", "value": 1.0}, {"label": "b", "value": 0.9}, {"label": "c", "value": 0.0}]
    notes, (item,) = write({"id": "a", "criterion": "x", "options": [*options, {"label": "n/a", "na": True}]})
    assert item["choices"] == ["c", "b", "a"]
    assert notes == ["the options' values: choices are evenly spaced from 0 to 1", "the n/a option"]


def test_points_are_needed() -> None:
    with pytest.raises(RubricError, match="every criterion has 0 points"):
        write({"id": "a", "criterion": "x", "points": 0})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_sound_toml(text: str) -> None:
    rubric = Rubric.model_validate({"id": "r", "criteria": [{"id": "a", "criterion": text}]})
    exported = VERIFIERS.write(Imported(rubric=rubric), ".toml")
    assert tomllib.loads(exported.text)["criteria"][0]["text"] == text
