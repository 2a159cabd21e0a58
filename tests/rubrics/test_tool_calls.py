"""Tool calls: where each way of writing finds them, and every check on wanted and unwanted calls."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import RubricError
from rvpo.rubrics.call_match import Call
from rvpo.rubrics.call_parse import CallFormat, parse_calls
from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls import check_tool_calls

A = '{"name": "f", "arguments": {"a": 1}}'
P = '{"name": "f", "parameters": {"a": 1}}'
CALL = Call("f", {"a": 1})


@pytest.mark.parametrize(
    ("form", "text", "blocks", "beside", "torn"),
    [
        ("hermes", f"<tool_call>\n{A}\n</tool_call>", (CALL,), "", False),
        ("hermes", f"a<tool_call>{A}</tool_call> b <tool_call>{P}</tool_call>", (CALL, None), "a\n b", False),
        ("hermes", f"<think>or <tool_call>?</think>\n<tool_call>{A}</tool_call>", (CALL,), "", False),
        ("hermes", f"or f?</think>\n<tool_call>{A}</tool_call>", (CALL,), "", False),
        ("hermes", f"<think>no end <tool_call>{A}</tool_call>", (CALL,), "<think>no end", False),
        ("hermes", f"<tool_call>{A}</tool_call></think>", (CALL,), "</think>", False),
        ("hermes", f"<tool_call>{A}", (CALL,), "", True),
        ("hermes", f"{A}</tool_call>", (), f"{A}</tool_call>", True),
        ("hermes", "<tool_call><tool_call></tool_call>", (None,), "", False),
        ("hermes", '<tool_call>[{"name": "f"}]</tool_call>', (None,), "", False),
        ("hermes", '<tool_call>{"name": "", "arguments": {}}</tool_call>', (None,), "", False),
        ("hermes", '<tool_call>{"name": "f", "arguments": "{}"}</tool_call>', (None,), "", False),
        ("hermes", "plain", (), "plain", False),
        ("rlla", f"<think>t</think>\n<tool_call>\n{P}\n{P}\n</tool_call>", (CALL, CALL), "", False),
        ("rlla", f"<tool_call>\n{P}\n\n{A}\n</tool_call>", (CALL, None, None), "", False),
        ("rlla", "<tool_call></tool_call>", (None,), "", False),
        ("json", A, (CALL,), "", False),
        ("json", f"```json\n{P}\n```", (CALL,), "", False),
        ("json", f" [{A}, {P}, 3]", (CALL, CALL, None), "", False),
        ("json", f"{A} Done.", (None,), "", False),
        ("json", '{"name": "f", "arguments": {}, "parameters": {}}', (None,), "", False),
        ("json", "[1] says so", (), "[1] says so", False),
        ("json", "[]", (), "[]", False),
        ("json", "", (), "", False),
    ],
)
def test_parse(form: CallFormat, text: str, blocks: tuple[Call | None, ...], beside: str, torn: bool) -> None:
    reply = parse_calls(text, form)
    assert (reply.blocks, reply.beside, reply.torn) == (blocks, beside, torn)
    assert reply.calls == tuple(block for block in blocks if block)


@given(
    st.lists(
        st.builds(
            Call,
            st.text(min_size=1),
            st.dictionaries(st.text(), st.integers() | st.lists(st.booleans() | st.none())),
        )
    ),
    st.sampled_from([("hermes", "arguments"), ("rlla", "parameters"), ("json", "arguments")]),
)
def test_what_is_written_is_found(calls: list[Call], way: tuple[CallFormat, str]) -> None:
    import json

    form, key = way
    texts = [json.dumps({"name": call.name, key: call.arguments}) for call in calls]
    if form == "hermes":
        text = "\n".join(f"<tool_call>\n{each}\n</tool_call>" for each in texts)
    elif form == "rlla":
        text = "<tool_call>\n" + "\n".join(texts) + "\n</tool_call>" if texts else ""
    else:
        text = f"[{', '.join(texts)}]" if texts else ""
    if "</think>" not in text and "tool_call>" not in "".join(texts):
        assert parse_calls(text, form).blocks == tuple(calls)


ONE = [{"name": "f", "arguments": {"a": 1}}]
GOOD = f"<tool_call>{A}</tool_call>"
OTHER = '<tool_call>{"name": "g", "arguments": {}}</tool_call>'


@pytest.mark.parametrize(
    ("reply", "expected", "form", "json", "calls"),
    [
        (GOOD, ONE, 1, 1, 1),
        (f"Sure. {GOOD}", ONE, 0, 1, 1),
        (OTHER, ONE, 1, 1, 0),
        (GOOD + GOOD, ONE, 0, 1, 0),
        (GOOD + OTHER, [*ONE, {"name": "g", "arguments": {}}], 1, 1, 1),
        (f"{GOOD}<tool_call>x</tool_call>", ONE, 0, 0, 0),
        (f"<tool_call>{A}", ONE, 0, 0, 0),
        ("<tool_call>x</tool_call>", ONE, 1, 0, 0),
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


def test_expected_calls_may_come_from_the_rule_the_row_or_a_reference_reply() -> None:
    rules = [
        ToolCallsRule.model_validate({"calls": ONE}),
        ToolCallsRule(calls_from="list"),
        ToolCallsRule(calls_from="parameters"),
        ToolCallsRule(calls_from="text"),
    ]
    fields = {"list": ONE, "parameters": [{"name": "f", "parameters": {"a": 1}}], "text": GOOD}
    for rule in rules:
        assert check_tool_calls(rule, GOOD, fields).met == 1.0
        assert check_tool_calls(rule, OTHER, fields).met == 0.0


@pytest.mark.parametrize(
    "value", [3, None, {"name": "f"}, [3], [{"name": "f"}], "<tool_call>x</tool_call>", GOOD[:-3]]
)
def test_a_field_that_does_not_hold_calls(value: object) -> None:
    with pytest.raises(RubricError, match=r'^the field "calls" does not hold calls; it should be a list of'):
        check_tool_calls(ToolCallsRule(calls_from="calls"), GOOD, {"calls": value})


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
    for fields in ({"calls": ONE}, {"calls": reference}):
        outcomes = [
            check_tool_calls(ToolCallsRule(check=check, calls_from="calls"), reply, fields).met
            for check in ("toolrl_format", "toolrl_correctness")
        ]
        assert outcomes == pytest.approx([format_met, correctness_met], abs=1e-12)


def test_toolrl_checks_where_no_call_is_wanted() -> None:
    reply = "<think>t</think>\n<response>hi</response>"
    both: list[dict[str, Any]] = [{"calls": []}, {"calls": reply}]
    for fields in both:
        assert (
            check_tool_calls(ToolCallsRule(check="toolrl_format", calls_from="calls"), reply, fields).met
            == 1.0
        )
        rule = ToolCallsRule(check="toolrl_correctness", calls_from="calls")
        assert check_tool_calls(rule, reply, fields).met == 0.5  # ToolRL's 0 on its scale from -3 to 3
