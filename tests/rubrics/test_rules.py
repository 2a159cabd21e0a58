"""Rules: right on hand-made replies, total on any, None (never 0) when the rule itself is at fault."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Criterion, MissingField, RubricError, evaluate_rule, patterns
from rvpo.rubrics.rules import RuleOutcome

FIELDS = {
    "calls": [{"name": "f", "arguments": {"a": [1, {"b": None}]}}],
    "reference": '<think></think>\n<tool_call>\n{"name": "f", "parameters": {}}\n</tool_call>',
}
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def criterion(kind: str, **rule: Any) -> Criterion:
    return Criterion.model_validate({"id": "c", "criterion": "x", "kind": kind, "rule": rule})


def met(reply: str, kind: str, fields: Mapping[str, Any] = {}, **rule: Any) -> float | None:
    return evaluate_rule(criterion(kind, **rule), reply, fields).met


EVERY_RULE = [
    criterion("regex", pattern=r"(?s)\bdose\b.*mg"),
    criterion("regex", pattern=r"\p{Lu}+", full=True, ignore_case=True),
    criterion("contains", texts=["a", "ß"], ignore_case=True),
    criterion("length", unit="words", max=3),
    criterion("json_schema", json_schema={"type": "object", "additionalProperties": {"uniqueItems": True}}),
    *(criterion("tool_calls", check=check, format=form, calls_from=source, match=match, args=args)
      for check in ("form", "json", "calls", "toolrl_format", "toolrl_correctness")
      for form in ("hermes", "rlla", "json")
      for source in ("calls",)
      for match, args in (("strict", "exact"), ("superset", "subset"))),
    criterion("tool_calls", check="toolrl_correctness", calls_from="reference"),
    criterion("tool_calls", check="form", format="rlla", calls_from="reference"),
]  # fmt: skip
PIECES = st.sampled_from(
    ["<tool_call>", "</tool_call>", "<think>", "</think>", "<response>", "</response>", "\n", "```json\n", "```",
     '{"name": "f", "arguments": {"a": [1, {"b": null}]}}', '{"name": "f", "parameters": {"a": 1}}', '{"name": ["f"]}',
     '{"name": "f", "parameters": 3}', "{", "}", "[", "]", '"', "NaN", "1e999", "9" * 5000, "\ud800", "[" * 200]
)  # fmt: skip


@given(st.lists(PIECES | ANY_TEXT, max_size=8).map("".join))
def test_every_rule_is_total(reply: str) -> None:
    for each in EVERY_RULE:
        outcome = evaluate_rule(each, reply, FIELDS)
        assert isinstance(outcome, RuleOutcome)
        assert outcome.met is not None
        assert 0.0 <= outcome.met <= 1.0
        assert outcome.reason
        assert outcome.reason.isprintable()


@pytest.mark.parametrize(
    "unit", ["<tool_call>", "</tool_call>", '{"a":', "[", "<think></think>", "a b\n", "```"]
)
def test_ten_megabytes_are_no_problem(unit: str) -> None:
    reply = unit * (10_000_000 // len(unit))
    cheap = [each for each in EVERY_RULE if each.kind != "tool_calls"] + EVERY_RULE[5::6]
    start = time.process_time()
    for each in cheap:
        assert evaluate_rule(each, reply, FIELDS).met is not None
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("reply", "rule", "wanted"),
    [
        ("take 5 mg now", {"pattern": r"\d+ mg"}, 1.0),
        ("take five", {"pattern": r"\d+ mg"}, 0.0),
        ("5 mg", {"pattern": r"\d+ mg", "full": True}, 1.0),
        ("5 mg.", {"pattern": r"\d+ mg", "full": True}, 0.0),
        ("5 MG", {"pattern": "mg"}, 0.0),
        ("5 MG", {"pattern": "mg", "ignore_case": True}, 1.0),
        ("", {"pattern": "x*"}, 1.0),
        ("a\nb", {"pattern": "a.b"}, 0.0),
        ("a\nb", {"pattern": "(?s)a.b"}, 1.0),
    ],
)
def test_regex(reply: str, rule: dict[str, Any], wanted: float) -> None:
    assert met(reply, "regex", **rule) == wanted


def test_a_pattern_without_end_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    outcome = evaluate_rule(criterion("regex", pattern="^(a|aa)+$"), "a" * 60 + "b", {})
    assert outcome == (None, "the pattern does not come to an end on this reply")
    schema = {"type": "string", "pattern": "^(a|aa)+$"}
    outcome = evaluate_rule(criterion("json_schema", json_schema=schema), f'"{"a" * 60}b"', {})
    assert outcome == (None, "a pattern in the schema does not come to an end on this reply")


def test_a_schema_without_end_is_no_verdict() -> None:
    outcome = evaluate_rule(criterion("json_schema", json_schema={"$ref": "#"}), "1", {})
    assert outcome == (None, "the schema refers to itself without end")


@pytest.mark.parametrize(
    ("reply", "rule", "wanted"),
    [
        ("aspirin and rest", {"texts": ["aspirin", "rest"]}, 1.0),
        ("aspirin", {"texts": ["aspirin", "rest"]}, 0.0),
        ("aspirin", {"texts": ["aspirin", "rest"], "require": "any"}, 1.0),
        ("sleep", {"texts": ["aspirin", "rest"], "require": "any"}, 0.0),
        ("Aspirin", {"texts": ["aspirin"]}, 0.0),
        ("STRASSE", {"texts": ["straße"], "ignore_case": True}, 1.0),
    ],
)
def test_contains(reply: str, rule: dict[str, Any], wanted: float) -> None:
    assert met(reply, "contains", **rule) == wanted


@pytest.mark.parametrize(
    ("reply", "rule", "wanted"),
    [
        ("one two  three\n", {"max": 3}, 1.0),
        ("one two  three\n", {"max": 2}, 0.0),
        ("one two", {"min": 2}, 1.0),
        ("one", {"min": 2}, 0.0),
        ("", {"min": 0, "max": 0}, 1.0),
        ("äöü", {"unit": "chars", "min": 3, "max": 3}, 1.0),
        (" a ", {"unit": "chars", "max": 2}, 0.0),
    ],
)
def test_length(reply: str, rule: dict[str, Any], wanted: float) -> None:
    assert met(reply, "length", **rule) == wanted


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
    assert evaluate_rule(criterion("json_schema", json_schema=schema), reply, {}) == (wanted, reason)


def test_a_criterion_for_a_judge_has_no_rule() -> None:
    with pytest.raises(RubricError, match=r"kind llm: a judge must answer it"):
        evaluate_rule(Criterion(id="c", criterion="x"), "reply", {})


def test_a_missing_field_is_named_with_those_there_are() -> None:
    rule = criterion("tool_calls", calls_from="calls")
    with pytest.raises(MissingField, match=r'^the data row has no field "calls"; its fields: a, call$'):
        evaluate_rule(rule, "reply", {"call": 1, "a": 2})
    with pytest.raises(MissingField, match=r"its fields: none$"):
        evaluate_rule(rule, "reply", {})
