"""autorubric and the package ``rubric``: every layout they read, and a way back."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rvpo.rubrics import RubricError, SourceError
from rvpo.rubrics.formats.autorubric import AUTORUBRIC, RUBRIC
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

ITEMS: list[dict[str, Any]] = [
    {"name": "accuracy", "weight": 5, "requirement": "Is right."},
    {"name": "errors", "weight": -3, "requirement": "Has errors."},
    {
        "name": "tone",
        "weight": 10,
        "requirement": "How kind?",
        "scale_type": "ordinal",
        "options": [{"label": "rude", "value": 0}, {"label": "kind", "value": 1}, {"label": "none", "value": 0, "na": True}],
    },
]  # fmt: skip
PLAIN = [{"weight": 5, "requirement": "Is right."}, {"weight": -3, "requirement": "Has errors."}]


def read(tmp_path: Path, data: object, suffix: str = ".json") -> Imported:
    file = tmp_path / f"my rubric{suffix}"
    file.write_text(json.dumps(data) if suffix == ".json" else yaml.safe_dump(data))
    return AUTORUBRIC.read(Source(file), "met_is_bad")


def rubric_of(imported: Imported) -> Rubric:
    assert imported.rubric is not None
    return imported.rubric


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_a_rubric(tmp_path: Path, suffix: str) -> None:
    imported = read(tmp_path, {"guidelines": " Be strict.\n", "criteria": ITEMS}, suffix)
    rubric = rubric_of(imported)
    assert (rubric.id, rubric.guidelines, imported.notes) == ("my_rubric", "Be strict.", ())
    accuracy, errors, tone = rubric.criteria
    assert (accuracy.id, accuracy.points, accuracy.polarity) == ("accuracy", 5, "met_is_good")
    assert (errors.points, errors.polarity) == (-3, "met_is_bad")
    assert tone.scale == "ordinal"
    assert [(o.label, o.value, o.na) for o in tone.options or ()] == [
        ("rude", 0.0, False), ("kind", 1.0, False), ("none", None, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    [
        ITEMS,
        {"rubric": ITEMS},
        {"rubric": {"criteria": ITEMS}},
        {"rubric": {"sections": [{"criteria": ITEMS}]}},
        {"sections": [{"criteria": ITEMS[:1]}, ITEMS[1], {"criteria": ITEMS[2:]}]},
        [{"criteria": ITEMS[:2]}, ITEMS[2]],
    ],
)
def test_every_layout_holds_the_same(tmp_path: Path, layout: object) -> None:
    assert (
        rubric_of(read(tmp_path, layout)).criteria == rubric_of(read(tmp_path, {"criteria": ITEMS})).criteria
    )


def test_defaults(tmp_path: Path) -> None:
    (only,) = rubric_of(read(tmp_path, [{"requirement": "x"}])).criteria
    assert (only.id, only.points) == ("c01", 10)


def test_what_is_left_out_is_noted(tmp_path: Path) -> None:
    item = {"requirement": "x", "aggregation": "mean", "note": "y"}
    imported = read(tmp_path, {"sections": [{"name": "s", "criteria": [item]}]})
    assert [(note.place, note.text, note.severity) for note in imported.notes] == [
        ("sections[0]", 'what the section says of itself: name "s"', "lost"),
        ("criteria[0]", "the key note, which autorubric does not read either", "lost"),
        ("criteria[0]", "aggregation mean: how several judges' answers are joined", "lost"),
    ]


def test_values_without_an_order_are_nominal(tmp_path: Path) -> None:
    options = [{"label": "a", "value": 0.5}, {"label": "b", "value": 0}, {"label": "c", "value": 1}]
    imported = read(tmp_path, [{"requirement": "x", "options": options}])
    assert rubric_of(imported).criteria[0].scale == "nominal"
    assert [note.severity for note in imported.notes] == ["note"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"guidelines": "x"}, "none of the keys rubric, sections and criteria; there are: guidelines"),
        ({"criteria": []}, "criteria: got a list, should be a list of criteria or sections"),
        ({"criteria": ["x"]}, 'criteria[0]: got "x", should be a criterion or a section'),
        ({"guidelines": 3, "criteria": ITEMS}, "guidelines: got 3, should be text"),
        ({"sections": [{"criteria": 3}]}, "sections[0].criteria: got 3, should be a list of criteria"),
        ([{"requirement": "x", "weight": "5"}], "criteria[0].weight: got"),
        ([{"requirement": "x", "options": [{"label": "a", "value": 0}]}], "criteria[0].options: got"),
        ([{"requirement": "x", "scale_type": "ordinl"}], "criteria[0].scale_type: got"),
        ([{"requirement": "x", "options": [{"label": "a", "value": 0}, {"label": "b", "value": 3}]}], "criteria[0]"),
    ],
)  # fmt: skip
def test_errors_are_one_line(tmp_path: Path, data: object, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, data)
    assert str(caught.value).startswith(f"{tmp_path}/my rubric.json: {message}")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
@pytest.mark.parametrize("guidelines", ["", "Be strict."])
def test_there_and_back(tmp_path: Path, suffix: str, guidelines: str) -> None:
    data = {"guidelines": guidelines, "criteria": ITEMS} if guidelines else ITEMS
    exported = AUTORUBRIC.write(read(tmp_path, data), suffix)
    assert exported.notes == ()
    again = json.loads(exported.text) if suffix == ".json" else yaml.safe_load(exported.text)
    assert again == data


def test_the_plain_package(tmp_path: Path) -> None:
    assert json.loads(RUBRIC.write(read(tmp_path, PLAIN), ".json").text) == PLAIN
    exported = RUBRIC.write(read(tmp_path, ITEMS), ".json")
    assert [(note.place, note.text) for note in exported.notes] == [
        ("tone", "options"),
        ("rubric my_rubric", "the ids of its criteria, which have no names there"),
    ]


def test_polarity_against_the_sign_is_lost() -> None:
    criteria = [{"id": "a", "criterion": "Avoids x.", "points": -1, "polarity": "met_is_good"}]
    rubric = Rubric.model_validate({"id": "r", "criteria": criteria, "licence": "MIT"})
    exported = AUTORUBRIC.write(Imported(rubric=rubric), ".yaml")
    assert [(note.place, note.text) for note in exported.notes] == [
        ("rubric r", "licence of the rubric"),
        ("a", "polarity met_is_good with -1 points"),
    ]


def test_rows_must_share_their_rubric() -> None:
    def row(name: str, text: str) -> PromptRow:
        rubric = Rubric.model_validate({"id": name, "criteria": [{"id": "a", "criterion": text}]})
        return PromptRow(name, ({"role": "user", "content": "q"},), rubric=rubric)

    assert "Is kind" in AUTORUBRIC.write(Imported((row("a", "Is kind."), row("b", "Is kind."))), ".yaml").text
    with pytest.raises(
        RubricError, match=r"different rubrics \(a, b, ...\) and autorubric holds one rubric a file"
    ):
        AUTORUBRIC.write(Imported((row("a", "x"), row("b", "y"))), ".yaml")
    with pytest.raises(RubricError, match="no rubric to write as autorubric"):
        AUTORUBRIC.write(Imported((PromptRow("a", ({"role": "user", "content": "q"},)),)), ".yaml")
