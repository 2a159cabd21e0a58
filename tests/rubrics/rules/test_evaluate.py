"""Dispatch: every kind reaches its rule, ``part`` is cut before it, and what no reply can cause is an error."""

from typing import Any

import pytest

from rvpo.rubrics import Criterion, MissingField, RubricError, evaluate_rule
from rvpo.rubrics.rules import rule_fields
from rvpo.rubrics.schema import KINDS

SCHEMA = {"type": "object", "required": ["age"]}
CALL = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>'
MET_AND_UNMET: dict[str, tuple[dict[str, Any], str, str]] = {
    "regex": ({"pattern": r"\d mg"}, "5 mg", "five mg"),
    "contains": ({"texts": ["rest"]}, "rest a while", "run a mile"),
    "not_contains": ({"texts": ["rest"]}, "run a mile", "rest a while"),
    "length": ({"max": 2}, "two words", "now three words"),
    "json": ({"type": "object"}, "{}", "[]"),
    "json_schema": ({"json_schema": SCHEMA}, '{"age": 3}', "{}"),
    "language": ({"languages": ["fr"]}, "Prenez un comprimé deux fois par jour.", "Take one tablet a day."),
    "numeric_answer": ({"expected": 42}, "So it is 42.", "So it is 41."),
    "choice": ({"expected": "B"}, "The answer is B.", "The answer is C."),
    "match": ({"expected": "Oslo"}, "oslo!", "Bergen"),
    "tool_calls": ({"calls": [{"name": "f"}]}, CALL, "no call"),
}


def criterion(kind: str, **rule: Any) -> Criterion:
    return Criterion.model_validate({"id": "c", "criterion": "x", "kind": kind, "rule": rule})


def test_every_kind_is_here() -> None:
    assert {"llm", "python", *MET_AND_UNMET} == set(KINDS)


@pytest.mark.parametrize("kind", sorted(MET_AND_UNMET))
def test_every_kind_reaches_its_rule(kind: str) -> None:
    rule, good, bad = MET_AND_UNMET[kind]
    assert evaluate_rule(criterion(kind, **rule), good, {}).met == 1.0
    assert evaluate_rule(criterion(kind, **rule), bad, {}).met == 0.0


@pytest.mark.parametrize(
    ("reply", "met"),
    [
        ("<think>Oslo?</think>Bergen", 0.0),
        ("<think>Bergen?</think>Oslo", 1.0),
        ("Bergen?</think>no</think>Oslo", 1.0),  # a template may have opened the thinking in the prompt
        ("  <think>Oslo", 0.0),  # still thinking when it was cut off
        ("Oslo", 1.0),
    ],
)
def test_part_answer_looks_behind_the_thinking(reply: str, met: float) -> None:
    assert evaluate_rule(criterion("contains", texts=["Oslo"], part="answer"), reply, {}).met == met
    assert evaluate_rule(criterion("contains", texts=["Oslo"]), reply, {}).met == 1.0


def test_a_function_is_called_only_if_allowed() -> None:
    calls = criterion("python", function="rvpo.rubrics.rules.text:answer_part")
    with pytest.raises(
        RubricError, match=r"^criterion 'c' calls rvpo\S+:answer_part, and functions are off: allow"
    ):
        evaluate_rule(calls, "reply", {})
    assert evaluate_rule(calls, "reply", {}, allow_python=True).met is None  # it takes no fields and says so


def test_a_criterion_for_a_judge_has_no_rule() -> None:
    with pytest.raises(RubricError, match=r"kind llm: a judge must answer it"):
        evaluate_rule(Criterion(id="c", criterion="x"), "reply", {})


@pytest.mark.parametrize(
    ("kind", "rule", "names"),
    [
        ("numeric_answer", {"expected_from": "solution"}, ("solution",)),
        ("choice", {"expected_from": "key"}, ("key",)),
        ("match", {"expected_from": "answers"}, ("answers",)),
        ("tool_calls", {"calls_from": "calls"}, ("calls",)),
        ("match", {"expected": "Oslo"}, ()),
        ("regex", {"pattern": "x"}, ()),
    ],
)
def test_rule_fields_are_what_an_empty_row_lacks(
    kind: str, rule: dict[str, Any], names: tuple[str, ...]
) -> None:
    asking = criterion(kind, **rule)
    assert rule_fields(asking) == names
    if names:
        with pytest.raises(MissingField, match=f'^the data row has no field "{names[0]}"; its fields: none$'):
            evaluate_rule(asking, "", {})


def test_a_judged_criterion_asks_for_no_field() -> None:
    assert rule_fields(Criterion(id="c", criterion="x")) == ()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("numeric_answer", "no number"),
        ("numeric_answer", True),
        ("numeric_answer", None),
        ("numeric_answer", [1]),
        ("choice", "E"),
        ("choice", []),
        ("choice", 2),
        ("match", 3),
        ("match", {"text": ["x"]}),
        ("match", ["x", 3]),
    ],
)
def test_the_wrong_kind_of_field_is_found_without_a_reply(kind: str, value: object) -> None:
    with pytest.raises(RubricError, match=r'^the data row\'s field "gold": got .+, should be .+$') as caught:
        evaluate_rule(criterion(kind, expected_from="gold"), "", {"gold": value})
    assert not isinstance(caught.value, MissingField)
    assert str(caught.value).isprintable()
