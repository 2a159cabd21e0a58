"""Hashes: what the judge sees decides one, everything decides the other, and neither ever changes by itself."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Rubric, criterion_hash, rubric_hash
from rvpo.rubrics.hashing import canonical_json, sha256_of

BASE: dict[str, Any] = {
    "id": "t",
    "guidelines": "Be strict.",
    "criteria": [
        {"id": "a", "criterion": "Is good.", "points": 2, "tags": ["x"]},
        {"id": "b", "criterion": "Has a b.", "kind": "regex", "rule": {"pattern": "b"}},
    ],
}


def rubric_with(place: tuple[str | int, ...], value: object) -> Rubric:
    data = json.loads(json.dumps(BASE))
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return Rubric.model_validate(data)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("criteria", 0, "points"), 3),
        (("criteria", 0, "tags"), ["y"]),
        (("criteria", 0, "id"), "c"),
        (("criteria", 0, "polarity"), "met_is_bad"),
        (("title",), "T"),
        (("version",), 2),
        (("criteria", 1, "points"), 5),
    ],
)
def test_what_the_judge_does_not_see_leaves_the_criterion_hash_alone(
    place: tuple[str | int, ...], value: object
) -> None:
    before, after = (
        Rubric.model_validate(BASE),
        rubric_with(place, value),
    )
    for index in (0, 1):
        assert criterion_hash(before, before.criteria[index]) == criterion_hash(after, after.criteria[index])
    assert rubric_hash(before) != rubric_hash(after)


@pytest.mark.parametrize(
    ("place", "value", "changed"),
    [
        (("criteria", 0, "criterion"), "Is very good.", [True, False]),
        (("criteria", 1, "rule", "pattern"), "c", [False, True]),
        (("criteria", 1, "rule", "full"), True, [False, True]),
        (("guidelines",), "Be mild.", [True, True]),
    ],
)
def test_what_the_judge_sees_changes_it(
    place: tuple[str | int, ...], value: object, changed: list[bool]
) -> None:
    before, after = Rubric.model_validate(BASE), rubric_with(place, value)
    pairs = zip(before.criteria, after.criteria, strict=True)
    assert [criterion_hash(before, old) != criterion_hash(after, new) for old, new in pairs] == changed


def test_saying_a_default_changes_nothing() -> None:
    assert rubric_hash(rubric_with(("criteria", 0, "polarity"), "met_is_good")) == rubric_hash(
        Rubric.model_validate(BASE)
    )
    assert rubric_hash(rubric_with(("criteria", 0, "points"), 2.0)) == rubric_hash(
        Rubric.model_validate(BASE)
    )


def test_the_order_of_keys_in_a_rule_changes_nothing() -> None:
    schemas: list[dict[str, object]] = [
        {"type": "object", "minProperties": 1},
        {"minProperties": 1, "type": "object"},
    ]
    rubrics = [
        Rubric.model_validate(
            {
                "id": "t",
                "criteria": [
                    {"id": "a", "criterion": "x", "kind": "json_schema", "rule": {"json_schema": s}}
                ],
            }
        )
        for s in schemas
    ]
    assert rubric_hash(rubrics[0]) == rubric_hash(rubrics[1])


def test_canonical_json_is_fixed_to_the_byte() -> None:
    assert canonical_json({"b": [1.0, True, None], "a": "é\n"}) == '{"a":"\\u00e9\\n","b":[1.0,true,null]}'
    with pytest.raises(ValueError):
        canonical_json(float("nan"))


def test_criterion_hash_is_that_of_the_documented_text() -> None:
    """Stores of paid verdicts hang on this value: the text is written out by hand."""
    rubric = Rubric.model_validate(BASE)
    text = '{"criterion":"Is good.","guidelines":"Be strict.","kind":"llm","rule":null}'
    assert criterion_hash(rubric, rubric.criteria[0]) == hashlib.sha256(text.encode()).hexdigest()


@given(st.text(min_size=1), st.text())
def test_the_short_way_is_the_long_way(criterion: str, guidelines: str) -> None:
    rubric = Rubric.model_validate(
        {"id": "t", "guidelines": guidelines, "criteria": [{"id": "a", "criterion": criterion}]}
    )
    seen = {"criterion": criterion, "kind": "llm", "guidelines": guidelines, "rule": None}
    assert criterion_hash(rubric, rubric.criteria[0]) == sha256_of(seen)
