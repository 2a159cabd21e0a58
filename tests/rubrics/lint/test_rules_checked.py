"""Rules against their own examples, and rules that no reply can change."""

from collections.abc import Callable
from typing import Any

import pytest

from rvpo.rubrics.lint import Finding

Lint = Callable[..., tuple[Finding, ...]]


def found(lint: Lint, kind: str, rule: dict[str, Any], *examples: dict[str, Any]) -> dict[str, str]:
    return {
        each.code: each.message for each in lint({"kind": kind, "rule": rule, "examples": list(examples)})
    }


def test_an_example_that_the_rule_contradicts(lint: Lint) -> None:
    told = found(
        lint,
        "length",
        {"max": 2},
        {"response": "a b", "verdict": True},
        {"response": "a b c", "verdict": True},
    )
    assert told["example-contradicted"].startswith('example 2 ("a b c") says true, the rule gives 0: 3 words')


@pytest.mark.parametrize(
    ("kind", "rule", "example"),
    [
        ("length", {"max": 2}, {"response": "a b c", "verdict": False}),
        ("regex", {"pattern": "^a"}, {"response": "ab", "verdict": True}),
        ("contains", {"texts": ["x"]}, {"response": "y", "verdict": 0.0}),
        # Token F1 of "a cat sat" and "cat sat down": articles aside 2 of 2 and 2 of 3 agree, 2 * 1 * (2/3) / (5/3) = 0.8.
        ("match", {"expected": "cat sat down", "measure": "f1"}, {"response": "a cat sat", "verdict": 0.8}),
        ("match", {"expected": "cat sat down", "measure": "f1"}, {"response": "a cat sat", "verdict": True}),
    ],
)  # fmt: skip
def test_examples_that_hold(lint: Lint, kind: str, rule: dict[str, Any], example: dict[str, Any]) -> None:
    assert "example-contradicted" not in found(lint, kind, rule, example)


def test_a_part_verdict_must_be_met_exactly(lint: Lint) -> None:
    rule = {"expected": "cat sat down", "measure": "f1"}
    assert "example-contradicted" in found(lint, "match", rule, {"response": "a cat sat", "verdict": 0.7})


def test_what_needs_a_row_or_code_is_not_tried(lint: Lint) -> None:
    example = {"response": "x", "verdict": True}
    assert found(lint, "match", {"expected_from": "answer"}, example) == {}
    assert found(lint, "python", {"function": "no.such:thing"}, example) == {}
    assert found(lint, "length", {"max": 0, "unit": "tokens", "tokenizer": "no/such"}, example) == {}


CALL = {"name": "search"}


@pytest.mark.parametrize(
    ("kind", "rule", "message"),
    [
        ("length", {}, "every reply meets it: neither min nor max is set"),
        ("regex", {"pattern": "x*"}, 'every reply meets it: the pattern "x*" matches nothing at all as well'),
        ("regex", {"pattern": "^$|."}, 'every reply meets it: the pattern "^$|." matches nothing at all as well'),
        ("json_schema", {"json_schema": {"not": {}}}, "no reply meets it: the schema refuses everything"),
        ("tool_calls", {"calls": [CALL], "allow": ["other"]}, 'no reply meets it: the expected tool "search" is not among those allowed'),
        ("tool_calls", {"calls": [CALL, CALL], "max": 1}, "no reply meets it: 2 calls are expected, at most 1 may be made"),
        ("tool_calls", {"calls": [CALL], "min": 2}, "no reply meets it: 1 calls are expected, at least 2 must be made"),
        ("tool_calls", {"check": "limits", "allow": [], "min": 1}, "no reply meets it: at least 1 calls, and no tool is allowed"),
    ],
)  # fmt: skip
def test_constant_rules(lint: Lint, kind: str, rule: dict[str, Any], message: str) -> None:
    assert found(lint, kind, rule)["constant-rule"] == message


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("length", {"max": 0}),
        ("regex", {"pattern": "x*", "full": True}),
        ("regex", {"pattern": "x+"}),
        ("json_schema", {"json_schema": {"not": {"type": "array"}}}),
        ("tool_calls", {"calls": [CALL], "forbid": ["other"], "allow": ["search"], "min": 1, "max": 1}),
        ("tool_calls", {"calls": [CALL, CALL], "max": 1, "match": "subset"}),
        ("tool_calls", {"calls": [CALL], "min": 2, "match": "superset"}),
        ("tool_calls", {"calls_from": "calls", "max": 1}),
    ],
)
def test_rules_that_depend_on_the_reply(lint: Lint, kind: str, rule: dict[str, Any]) -> None:
    assert "constant-rule" not in found(lint, kind, rule)
