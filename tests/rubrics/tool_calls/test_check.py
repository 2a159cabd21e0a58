"""The checks on wanted and unwanted calls, the limits, irrelevance, and ToolRL's rewards as checks."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls import Call, CallFormat, check_tool_calls

Writers = Mapping[CallFormat, Callable[[Sequence[Call]], str]]
A = '{"name": "f", "arguments": {"a": 1}}'
P = '{"name": "f", "parameters": {"a": 1}}'
ONE = [{"name": "f", "arguments": {"a": 1}}]
GOOD = f"<tool_call>{A}</tool_call>"
OTHER = '<tool_call>{"name": "g", "arguments": {}}</tool_call>'
BROKEN = "<tool_call>x</tool_call>"


@pytest.mark.parametrize(
    ("reply", "expected", "form", "json", "calls"),
    [
        (GOOD, ONE, 1, 1, 1),
        (f"Sure. {GOOD}", ONE, 0, 1, 1),
        (OTHER, ONE, 1, 1, 0),
        (GOOD + GOOD, ONE, 0, 1, 0),
        (GOOD + OTHER, [*ONE, {"name": "g", "arguments": {}}], 1, 1, 1),
        (f"{GOOD}{BROKEN}", ONE, 0, 0, 0),
        (f"<tool_call>{A}", ONE, 0, 0, 0),
        (BROKEN, ONE, 1, 0, 0),
        ("No tool needed.", ONE, 0, 0, 0),
        ("", ONE, 0, 0, 0),
        ("No tool needed.", [], 1, 1, 1),
        ("<think>hm</think>No tool needed.", [], 1, 1, 1),
        ("", [], 0, 1, 1),
        (" \n", [], 0, 1, 1),
        ("<think>hm</think>", [], 0, 1, 1),
        (GOOD, [], 0, 1, 0),
        (f"Well: {GOOD}", [], 0, 1, 0),
        ("Well: <tool_call>", [], 0, 0, 0),
        ("Well: </tool_call>", [], 0, 0, 0),
    ],
)
def test_checks(reply: str, expected: list[dict[str, Any]], form: int, json: int, calls: int) -> None:
    found = [
        check_tool_calls(ToolCallsRule(check=check, calls_from="calls"), reply, {"calls": expected}).met
        for check in ("form", "json", "calls")
    ]
    assert found == [form, json, calls]


@pytest.mark.parametrize("form", get_args(CallFormat))
def test_every_format_is_checked_alike(writers: Writers, form: CallFormat) -> None:
    wanted = [Call("f", {"a": 1, "b": "x"}), Call("g", {})]
    calls = [{"name": call.name, "arguments": call.arguments} for call in wanted]
    rule = ToolCallsRule.model_validate({"format": form, "calls": calls})
    assert check_tool_calls(rule, writers[form](wanted), {}) == (
        1.0,
        "agrees (match strict, args exact): f, g",
    )
    wrong = writers[form]([Call("f", {"a": 2, "b": "x"}), Call("g", {})])
    assert check_tool_calls(rule, wrong, {}) == (0.0, "call 1 f: argument a is 2, expected 1")
    assert check_tool_calls(rule, writers[form](wanted[:1]), {}) == (0.0, "1 call, expected 2: g is missing")


@pytest.mark.parametrize(
    ("match", "nothing", "one"),
    [("strict", 1.0, 0.0), ("unordered", 1.0, 0.0), ("subset", 1.0, 0.0), ("superset", 1.0, 1.0), ("in_order", 1.0, 1.0)],
)  # fmt: skip
def test_no_expected_call_means_what_the_mode_says(match: str, nothing: float, one: float) -> None:
    rule = ToolCallsRule.model_validate({"calls": [], "match": match})
    assert check_tool_calls(rule, "Hi.", {}) == (nothing, "no call, as wanted")
    assert check_tool_calls(rule, GOOD, {}).met == one
    assert check_tool_calls(rule, BROKEN, {}).met == 0.0


@pytest.mark.parametrize(
    ("limits", "reply", "met", "reason"),
    [
        ({"forbid": ["g"]}, GOOD, 1.0, "1 call, within the limits"),
        ({"forbid": ["g"]}, "Hi.", 1.0, "0 calls, within the limits"),
        ({"forbid": ["g"]}, GOOD + OTHER, 0.0, "calls g, which is forbidden"),
        ({"forbid": ["g"]}, BROKEN + OTHER, 0.0, "calls g, which is forbidden"),
        (
            {"forbid": ["g"]},
            BROKEN,
            0.0,
            "call 1 cannot be read: it should hold a name and an object of arguments",
        ),
        ({"forbid": ["g"]}, f"{GOOD}<tool_call>", 0.0, "a call block is not closed, or not opened"),
        ({"allow": ["f"]}, GOOD + OTHER, 0.0, "calls g, which is not allowed"),
        ({"allow": []}, GOOD, 0.0, "calls f, which is not allowed"),
        ({"allow": ["f", "g"]}, GOOD + OTHER, 1.0, "2 calls, within the limits"),
        ({"min": 2}, GOOD, 0.0, "1 call, wanted at least 2"),
        ({"max": 1}, GOOD * 3, 0.0, "3 calls, allowed at most 1"),
        ({"min": 1, "max": 2}, GOOD * 2, 1.0, "2 calls, within the limits"),
    ],
)
def test_limits(limits: dict[str, Any], reply: str, met: float, reason: str) -> None:
    rule = ToolCallsRule.model_validate({"check": "limits", **limits})
    assert check_tool_calls(rule, reply, {}) == (met, reason)


def test_limits_hold_beside_expected_calls() -> None:
    rule = ToolCallsRule.model_validate({"calls": ONE, "match": "superset", "forbid": ["g"], "max": 2})
    assert check_tool_calls(rule, GOOD, {}).met == 1.0
    assert check_tool_calls(rule, GOOD + OTHER, {}) == (0.0, "calls g, which is forbidden")
    assert check_tool_calls(rule, GOOD * 3, {}) == (0.0, "3 calls, allowed at most 2")


@pytest.mark.parametrize(
    ("reply", "met", "reason"),
    [
        ("I cannot look that up.", 1.0, "no call, as wanted"),
        ("", 1.0, "no call, as wanted"),
        (GOOD + OTHER + GOOD, 0.0, "a call where none would help: f, g"),
        (BROKEN, 0.0, "a call where none would help"),
        ("<tool_call>", 0.0, "a call where none would help"),
    ],
)
def test_irrelevance(reply: str, met: float, reason: str) -> None:
    assert check_tool_calls(ToolCallsRule(check="irrelevance"), reply, {}) == (met, reason)


def test_a_pattern_without_end_is_no_verdict() -> None:
    calls = [{"name": "f", "arguments": {"a": {"$regex": "(x+x+)+y"}}}]
    rule = ToolCallsRule.model_validate({"calls": calls, "format": "json"})
    reply = json.dumps({"name": "f", "arguments": {"a": "x" * 5000}})
    met, reason = check_tool_calls(rule, reply, {})
    assert met is None
    assert reason == "a pattern among the expected arguments does not come to an end on this reply"


@pytest.mark.parametrize(
    ("reply", "format_met", "correctness_met"),
    [
        (f"<think>t</think>\n<tool_call>\n{P}\n</tool_call>", 1.0, 1.0),
        (f"<tool_call>\n{P}\n</tool_call>", 0.0, 1.0),
        # names 1 of 1, argument names 1 of 1, values 0 of 1: 2 points of 3
        (f"<tool_call>\n{P.replace('1', '2')}\n</tool_call>", 0.0, 2 / 3),
        ("", 0.0, 0.0),
    ],
)
def test_toolrl_checks_are_scaled_to_one(reply: str, format_met: float, correctness_met: float) -> None:
    reference = f"<think>t</think>\n<tool_call>\n{P}\n</tool_call>"
    for field in (ONE, reference, json.dumps(ONE)):
        outcomes = [
            check_tool_calls(ToolCallsRule(check=check, calls_from="calls"), reply, {"calls": field}).met
            for check in ("toolrl_format", "toolrl_correctness")
        ]
        assert outcomes == pytest.approx([format_met, correctness_met], abs=1e-12)


def test_toolrl_checks_where_no_call_is_wanted() -> None:
    reply = "<think>t</think>\n<response>hi</response>"
    both: list[dict[str, Any]] = [{"calls": []}, {"calls": reply}]
    for fields in both:
        rule = ToolCallsRule(check="toolrl_format", calls_from="calls")
        assert check_tool_calls(rule, reply, fields).met == 1.0
        rule = ToolCallsRule(check="toolrl_correctness", calls_from="calls")
        assert check_tool_calls(rule, reply, fields).met == 0.5  # ToolRL's 0 on its scale from -3 to 3


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"calls": [], "row_matchers": True}, "row_matchers goes with calls_from"),
        ({"calls": ONE, "forbid": ["f"]}, "'f' is forbidden, and expected too"),
        ({"check": "limits", "forbid": ["f"], "allow": ["g", "f"]}, "'f' is forbidden, and allowed too"),
        ({"check": "limits"}, "check limits needs one of forbid, allow, min and max"),
        ({"check": "limits", "calls": []}, "check limits takes neither calls nor calls_from"),
        ({"check": "irrelevance", "max": 1}, "check irrelevance does not look at forbid, allow, min and max"),
        ({"calls": [], "min": 2, "max": 1}, "max 1 is below min 2"),
        ({"calls": [{"name": "f", "arguments": {"a": {"$rgex": "x"}}}]}, "did you mean $regex?"),
        (
            {"check": "toolrl_correctness", "calls": [{"name": "f", "arguments": {"a": [{"$any": True}]}}]},
            "check toolrl_correctness compares plain values, not matchers",
        ),
    ],
)
def test_rules_that_make_no_sense(rule: dict[str, Any], error: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ToolCallsRule.model_validate(rule)
    assert error in str(caught.value)
