"""Prometheus: five scores described, alone or with a prompt, in the spellings of its data sets."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rvpo.rubrics import RubricError, SourceError
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.prometheus import PROMETHEUS
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.schema import Rubric

CRITERION: dict[str, Any] = {"criteria": "Is it kind?"} | {
    f"score{n}_description": f"Kindness {n}.\nAnd more." for n in range(1, 6)
}


def read(tmp_path: Path, data: object, suffix: str = ".json") -> Imported:
    file = tmp_path / f"p{suffix}"
    file.write_text(json.dumps(data) if suffix != ".yaml" else yaml.safe_dump(data))
    return PROMETHEUS.read(Source(file), "met_is_bad")


def test_a_criterion(tmp_path: Path) -> None:
    imported = read(tmp_path, CRITERION)
    assert imported.rubric is not None
    (criterion,) = imported.rubric.criteria
    assert [(o.label, o.value) for o in criterion.options or ()] == [
        ("1", 0), ("2", 0.25), ("3", 0.5), ("4", 0.75), ("5", 1),
    ]  # fmt: skip
    assert criterion.guidelines.startswith("Score 1: Kindness 1.\nAnd more.\nScore 2: Kindness 2.")


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
@pytest.mark.parametrize("data", [CRITERION, [CRITERION, {**CRITERION, "criteria": "Is it true?"}]])
def test_there_and_back(tmp_path: Path, suffix: str, data: object) -> None:
    exported = PROMETHEUS.write(read(tmp_path, data, suffix), suffix)
    assert exported.notes == ()
    assert (json.loads(exported.text) if suffix == ".json" else yaml.safe_load(exported.text)) == data


def test_a_prompt_and_back(tmp_path: Path) -> None:
    row = {"id": "a", "instruction": "Hi", "reference_answer": "Hello", **CRITERION, "source": "x"}
    imported = read(tmp_path, [row])
    (found,) = imported.rows
    assert (found.id, found.reference, found.messages) == ("a", "Hello", ({"role": "user", "content": "Hi"},))
    assert found.fields == {"source": "x", "reference": "Hello"}
    assert json.loads(PROMETHEUS.write(imported, ".jsonl").text) == row


def test_feedback_collection(tmp_path: Path) -> None:
    row = {f"orig_{key}": text for key, text in {"instruction": "Hi", "response": "Hey", **CRITERION}.items()}
    (found,) = read(tmp_path, {**row, "orig_reference_answer": "Hello", "orig_score": "3"}).rows
    assert found.messages[0]["content"] == "Hi"
    assert found.fields == {"orig_response": "Hey", "orig_score": "3", "reference": "Hello"}
    assert found.rubric is not None
    assert found.rubric.criteria[0].criterion == "Is it kind?"


def test_biggen_bench(tmp_path: Path) -> None:
    row = {
        "id": "b-1",
        "system_prompt": "Be brief.",
        "input": "Hi",
        "reference_answer": "",
        "score_rubric": CRITERION,
    }
    (found,) = read(tmp_path, row).rows
    assert [turn["role"] for turn in found.messages] == ["system", "user"]
    assert (found.id, found.reference, found.fields) == ("b-1", None, {})


def test_errors_are_one_line(tmp_path: Path) -> None:
    broken = {key: text for key, text in CRITERION.items() if key != "score3_description"}
    with pytest.raises(
        SourceError, match=r"p\.json: the key score3_description is missing; .* looks like it$"
    ):
        read(tmp_path, broken)
    with pytest.raises(SourceError, match=r"item 2: the key instruction is missing; other records have it$"):
        read(tmp_path, [{"instruction": "Hi", **CRITERION}, CRITERION])


def test_other_scales_cannot_be_written() -> None:
    rubric = Rubric.model_validate({"id": "r", "criteria": [{"id": "a", "criterion": "x"}]})
    with pytest.raises(RubricError, match="criterion 'a' cannot be written for Prometheus"):
        PROMETHEUS.write(Imported(rubric=rubric), ".json")


def test_labels_stand_in_for_descriptions() -> None:
    options = ["awful", "poor", "fair", "good", "great"]
    criteria = [{"id": "a", "criterion": "x", "options": options, "points": 2}]
    rubric = Rubric.model_validate({"id": "r", "criteria": criteria})
    exported = PROMETHEUS.write(Imported(rubric=rubric), ".json")
    assert json.loads(exported.text)["score5_description"] == "great"
    assert [note.text for note in exported.notes] == ["points"]
