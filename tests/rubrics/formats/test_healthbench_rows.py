"""HealthBench files: read and written again, the published rows come out as they went in."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import RubricError, SourceError
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.healthbench_rows import HEALTHBENCH
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

ROW: dict[str, Any] = {
    "prompt_id": "p-1",
    "prompt": [{"role": "user", "content": "hi"}],
    "example_tags": ["theme:x"],
    "rubrics": [{"criterion": "Is kind.", "points": 5, "tags": ["axis:a"]}],
}


def read(file: Path) -> Imported:
    return HEALTHBENCH.read(Source(file), "met_is_bad")


def test_the_published_rows_come_out_as_they_went_in(shared: Path) -> None:
    file = shared / "data" / "healthbench_sample.jsonl"
    imported = read(file)
    exported = HEALTHBENCH.write(imported, ".jsonl")
    assert (imported.notes, exported.notes) == ((), ())
    assert list(map(json.loads, exported.text.splitlines())) == list(
        map(json.loads, file.read_text().splitlines())
    )


@pytest.mark.parametrize(
    "tags", [["axis:accuracy", "level:example"], ["cluster:hedging_any", "level:cluster"], []]
)
def test_all_subsets_have_one_form(tmp_path: Path, tags: list[str]) -> None:
    row = {**ROW, "rubrics": [{**ROW["rubrics"][0], "tags": tags}], "canary": "c"}
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    assert json.loads(HEALTHBENCH.write(read(file), "").text) == row


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, "prompt_id": "q", "rubrics": [{}]}) + "\n")
    with pytest.raises(SourceError, match=r"rows\.jsonl:2: rubrics\[0\]: the key criterion is missing"):
        read(file)


def test_what_healthbench_cannot_say_is_noted() -> None:
    rubric = Rubric.model_validate(
        {
            "id": "r",
            "guidelines": "Be strict.",
            "criteria": [
                {"id": "a", "criterion": "x", "points": -1, "polarity": "met_is_good", "gate": "required"},
                {"id": "b", "criterion": "y", "kind": "contains", "rule": {"texts": ["z"]}},
                {"id": "c", "criterion": "z", "points": 0, "polarity": "met_is_bad"},
            ],
        }
    )
    row = PromptRow("p", ({"role": "user", "content": "q"},), "ref", {"reference": "ref"}, rubric)
    exported = HEALTHBENCH.write(Imported((row,)), ".jsonl")
    assert [(note.place, note.text) for note in exported.notes] == [
        ("row p", "guidelines of the rubric"),
        ("row p: a", "gate"),
        ("row p: b", "kind, rule (kind contains: a model must judge it)"),
        ("row p: a", "polarity met_is_good with -1 points"),
    ]
    assert json.loads(exported.text)["reference"] == "ref"


def test_prompts_and_rubrics_are_needed() -> None:
    rubric = Rubric.model_validate({"id": "r", "criteria": [{"id": "a", "criterion": "x"}]})
    with pytest.raises(RubricError, match="a rubric without prompts cannot be written as healthbench"):
        HEALTHBENCH.write(Imported(rubric=rubric), "")
    with pytest.raises(RubricError, match="row 'p' has no rubric of its own"):
        HEALTHBENCH.write(Imported((PromptRow("p", ({"role": "user", "content": "q"},)),)), "")
