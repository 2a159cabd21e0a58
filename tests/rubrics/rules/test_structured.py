"""Rules on JSON replies: fences unwrapped, prose refused, and never a verdict from a schema that does not end."""

import pytest

from rvpo.rubrics.rules import patterns, schema_keywords
from rvpo.rubrics.rules.structured import check_json, check_json_schema
from rvpo.rubrics.schema import JsonRule, JsonSchemaRule


@pytest.mark.parametrize(
    ("reply", "kind", "wanted", "reason"),
    [
        ('{"a": 1}', "any", 1.0, "JSON of type object"),
        ("```json\n[1, 2]\n```", "array", 1.0, "JSON of type array"),
        ("[]", "object", 0.0, "JSON, but of type array, wanted object"),
        ("null", "object", 0.0, "JSON, but of type null, wanted object"),
        ("3.5", "any", 1.0, "JSON of type number"),
        ("true", "any", 1.0, "JSON of type boolean"),
        ('"text"', "any", 1.0, "JSON of type string"),
        ("Here: {}", "any", 0.0, "not JSON: Expecting value at column 1"),
        ("NaN", "any", 0.0, "not JSON: NaN is no JSON number"),
    ],
)
def test_json(reply: str, kind: str, wanted: float, reason: str) -> None:
    rule = JsonRule.model_validate({"type": kind})
    assert check_json(rule, reply) == (wanted, reason)


@pytest.mark.parametrize(
    ("reply", "wanted", "reason"),
    [
        ('{"age": 3}', 1.0, "the schema accepts it"),
        ('```json\n{"age": 3}\n```', 1.0, "the schema accepts it"),
        ('{"age": "3"}', 0.0, '$.age breaks type: "integer"'),
        ('{"age": true}', 0.0, '$.age breaks type: "integer"'),
        ('Here: {"age": 3}', 0.0, "not JSON: Expecting value at column 1"),
        ('{"age": 3, "age": 4}', 0.0, 'not JSON: key "age" occurs twice in one object'),
        ("", 0.0, "not JSON: Expecting value at column 1"),
    ],
)
def test_json_schema(reply: str, wanted: float, reason: str) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    assert check_json_schema(JsonSchemaRule(json_schema=schema), reply) == (wanted, reason)


def test_a_schema_that_does_not_end_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    endless = JsonSchemaRule(json_schema={"type": "string", "pattern": "^(a|aa)+$"})
    outcome = check_json_schema(endless, f'"{"a" * 60}b"')
    assert outcome == (None, "a pattern in the schema does not come to an end on this reply")
    outcome = check_json_schema(JsonSchemaRule(json_schema={"$ref": "#"}), "1")
    assert outcome == (None, "the schema refers to itself without end")


def test_a_reply_too_large_for_the_schema_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_keywords, "SCHEMA_SECONDS", 0.05)
    rule = JsonSchemaRule(json_schema={"items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}})
    outcome = check_json_schema(rule, "[" + "1," * 100_000 + "1]")  # some seconds on a fast machine
    assert outcome == (None, "the schema does not come to an end on this reply")
    assert check_json_schema(rule, "[1]").met == 1.0  # the clock is wound up again
