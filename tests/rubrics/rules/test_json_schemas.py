"""JSON Schema: the library's verdicts on what the overrides touch, no network, no endless search."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from rvpo.rubrics.rules import patterns, schema_keywords
from rvpo.rubrics.rules.json_schemas import check_schema, first_breach

NUMBERS = st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 1.5])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.sampled_from(["a", "ab", "b"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "ab", "b"]), inner, max_size=3)
    ),
    max_leaves=6,
)
SCHEMAS: list[dict[str, Any]] = [
    {"uniqueItems": True},
    {"uniqueItems": False},
    {"pattern": "^a"},
    {"patternProperties": {"^a": {"type": "integer"}}},
    {
        "patternProperties": {"^a": {"type": "integer"}, "b$": {"type": "number"}},
        "additionalProperties": False,
    },
    {"properties": {"b": True}, "additionalProperties": False},
    {"properties": {"b": True}, "additionalProperties": {"type": "string"}},
    {"additionalProperties": {"uniqueItems": True}, "minProperties": 1},
    {"items": {"$ref": "#/$defs/x"}, "$defs": {"x": {"pattern": "b", "type": ["string", "array"]}}},
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "items": [{"type": "integer"}],
        "additionalItems": False,
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
@given(value=VALUES)
def test_agrees_with_the_library(schema: dict[str, Any], value: Any) -> None:
    check_schema(schema)
    library = validator_for(schema, default=Draft202012Validator)
    assert (first_breach(schema, value) is None) == library(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value", "breach"),
    [
        ({"type": "object"}, [], '$ breaks type: "object"'),
        ({"properties": {"a": {"minimum": 3}}}, {"a": 2}, "$.a breaks minimum: 3"),
        ({"items": {"enum": ["x"]}}, ["x", "y"], '$[1] breaks enum: ["x"]'),
        ({"additionalProperties": False}, {"z": 1}, "$ breaks additionalProperties: false"),
    ],
)
def test_first_breach_says_where_and_how(schema: dict[str, Any], value: Any, breach: str) -> None:
    assert first_breach(schema, value) == breach


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "strin"}, r"^not a JSON Schema: \$\.type: 'strin' is not valid"),
        ({"$schema": 3}, r"^\$schema: got 3, should be text$"),
        ({"$ref": "http://127.0.0.1:9/x"}, r"^\$ref: got .* may point only inside the schema"),
        ({"items": {"$ref": "#/$defs/y"}, "$defs": {"x": True}}, r'^\$ref: "#/\$defs/y" points to nothing'),
        ({"items": {"pattern": "(a"}}, "pattern does not compile|is not a 'regex'"),
        ({"patternProperties": {"(?P<x": True}}, "pattern does not compile|is not a 'regex'"),
        ({"patternProperties": {"a": True}, "unevaluatedProperties": False}, "cannot be used together"),
        ({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}, "may stand only at the top"),
    ],
)
def test_refuses_at_load(schema: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_schema(schema)


def test_names_that_look_like_keywords_are_left_alone() -> None:
    check_schema({"properties": {"pattern": {"type": "string"}, "$ref": {"type": "string"}}})
    check_schema({"const": {"$ref": "http://nowhere", "pattern": "("}})


def test_a_schema_that_leads_nowhere_is_an_error_and_not_a_verdict() -> None:
    with pytest.raises(ValueError, match="refers to itself without end"):
        first_breach({"$ref": "#"}, 1)
    hidden = {"$ref": "#/$defs/x", "$defs": {"y": True, "x": {"$id": "http://a/b", "$ref": "#/$defs/y"}}}
    check_schema(hidden)
    with pytest.raises(ValueError, match="points to nothing"):
        first_breach(hidden, 1)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a|aa)+$"}, "a" * 60 + "b"),
        ({"patternProperties": {"^(a|aa)+$": True}}, {"a" * 60 + "b": 1}),
        ({"patternProperties": {"^(a|aa)+$": True}, "additionalProperties": False}, {"a" * 60 + "b": 1}),
    ],
)
def test_endless_patterns_time_out(
    schema: dict[str, Any], value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        first_breach(schema, value)


def test_a_schema_that_names_its_draft_and_refers_to_itself_keeps_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"in": {"$ref": "#"}, "x": {"pattern": "^(a|aa)+$"}},
    }
    assert first_breach(schema, {"in": {"x": "aa"}}) is None
    with pytest.raises(TimeoutError, match=r"^a pattern in the schema does not come to an end"):
        first_breach(schema, {"in": {"in": {"x": "a" * 60 + "b"}}})


@pytest.mark.timeout(120)
def test_unique_items_is_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_keywords, "SCHEMA_SECONDS", 60)
    items = [{"a": index} for index in range(20_000)]  # the library compares 2e8 pairs of these: minutes
    assert first_breach({"uniqueItems": True}, items) is None
    assert first_breach({"uniqueItems": True}, [*items, {"a": 0.0}]) == "$ breaks uniqueItems: true"
