"""No reply makes any rule raise, hang or answer outside [0, 1], and each says why in one printable line."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rvpo.rubrics import Criterion, evaluate_rule
from rvpo.rubrics.rules import RuleOutcome
from rvpo.rubrics.schema import KINDS

FIELDS: dict[str, Any] = {
    "calls": [{"name": "f", "arguments": {"a": [1, {"b": None}]}}],
    "answers": ["the cat", "a mat"],
    "solution": "so 6 * 7 = 42",
    "key": "B",
}
SCHEMA = {
    "type": ["object", "array"],
    "additionalProperties": {"uniqueItems": True, "pattern": "^a"},
    "maxItems": 3,
}


def criterion(kind: str, **rule: Any) -> Criterion:
    return Criterion.model_validate({"id": "c", "criterion": "x", "kind": kind, "rule": rule})


TEXT_RULES = [
    criterion("regex", pattern=r"(?s)\bdose\b.*mg"),
    criterion("regex", pattern=r"\p{Lu}+", full=True, ignore_case=True),
    criterion("contains", texts=["a", "ß"], ignore_case=True, part="answer"),
    criterion("not_contains", texts=["b" * 50 + "a", "dose"]),
    criterion("length", unit="words", max=3),
    criterion("length", unit="chars", min=3),
    criterion("json", type="object"),
    criterion("json_schema", json_schema=SCHEMA),
    criterion("language", languages=["en", "zh"]),
    criterion("numeric_answer", expected=42, tolerance=0.5),
    criterion("numeric_answer", expected_from="solution", part="answer"),
    criterion("choice", expected_from="key", letters="ABCDE"),
    criterion("match", expected_from="answers", measure="f1"),
    criterion("match", expected="Oslo"),
    criterion("match", expected="Oslo", normalise="none"),
]
OTHER_RULES = [
    criterion("python", function="json:loads"),
    criterion("tool_calls", calls_from="calls"),
    criterion("tool_calls", calls_from="calls", format="rlla", match="superset", args="subset"),
    criterion("tool_calls", calls_from="calls", format="json", check="json"),
]
PIECES = st.sampled_from(
    ["<think>", "</think>", "\n", "```json\n", "```", '{"name": "f", "arguments": {"a": [1, {"b": null}]}}', "{", "}",
     "[", "]", '"', ",", "NaN", "1e999", "9" * 5000, "[" * 200, "\ud800", "\udc00", "\x00", "\u202e", "\u0130", "\x1b[1m",
     r"\boxed{", "}", r"\frac{3}{4}", r"\frac", r"\sqrt{2}", "\\", "Answer: ", "The answer is ", "####", " 42", "-", "−",
     "%", "$", "1/0", "3/4/5", "½", "10^", "⁻³", "e5", ",000", "x 10^-3", "(B)", " or C", "**", "A. ", "the cat", "dose"]
)  # fmt: skip
REPLIES = st.lists(PIECES | st.text(alphabet=st.characters(exclude_categories=()), max_size=20), max_size=12)


def assert_sound(outcome: RuleOutcome) -> None:
    assert isinstance(outcome, RuleOutcome)
    assert outcome.met is None or 0.0 <= outcome.met <= 1.0
    assert outcome.reason
    assert outcome.reason.isprintable()
    assert len(outcome.reason) < 400


def test_every_kind_is_here() -> None:
    assert {"llm", *(each.kind for each in TEXT_RULES + OTHER_RULES)} == set(KINDS)


@settings(deadline=None)  # the first reply loads libraries
@given(REPLIES.map("".join))
def test_every_rule_is_total_and_says_the_same_again(reply: str) -> None:
    for each in TEXT_RULES + OTHER_RULES:
        outcome = evaluate_rule(each, reply, FIELDS, allow_python=True)
        assert_sound(outcome)
        assert evaluate_rule(each, reply, FIELDS, allow_python=True) == outcome


@pytest.mark.timeout(300)  # quadratic work on ten megabytes would take days
@pytest.mark.parametrize("unit", ["{", "1,", "\\", r"\boxed{", " ", "a é", "answer: ", '{"a":', "\ud800"])
def test_ten_megabytes_are_no_problem(unit: str) -> None:
    reply = unit * (10_000_000 // len(unit))
    for each in TEXT_RULES:
        assert_sound(evaluate_rule(each, reply, FIELDS))


@pytest.mark.timeout(300)
def test_ten_megabytes_of_json_are_no_problem() -> None:
    schema = criterion("json_schema", json_schema={"items": {"type": "integer", "minimum": 0}})
    assert_sound(evaluate_rule(schema, json.dumps([1] * 3_300_000), FIELDS))
