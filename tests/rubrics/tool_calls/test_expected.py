"""Expected calls: the rule's own, and every way in which a data row may bring them."""

import json
from typing import Any

import pytest

from rvpo.rubrics import MissingField, RubricError
from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls import Call, CallFormat, check_tool_calls
from rvpo.rubrics.tool_calls.expected import expected_calls

NATIVE = [{"name": "f", "arguments": {"a": 1}}]
ENTRY = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
CALL = Call("f", {"a": 1})


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ("hermes", NATIVE),
        ("hermes", [{"name": "f", "parameters": {"a": 1}}]),
        ("hermes", [{"name": "f", "args": {"a": 1}}]),
        ("hermes", NATIVE[0]),
        ("hermes", (NATIVE[0],)),
        ("hermes", [ENTRY]),
        ("hermes", ENTRY),
        ("hermes", {"role": "assistant", "content": "x", "tool_calls": [ENTRY]}),
        ("hermes", {"role": "assistant", "content": None, "function_call": ENTRY["function"]}),
        ("hermes", json.dumps(NATIVE)),
        ("hermes", f" {json.dumps([ENTRY])}\n"),
        ("hermes", f"I call.<tool_call>{json.dumps(NATIVE[0])}</tool_call>"),
        ("rlla", '<think> t </think>\n<tool_call>\n{"name": "f", "parameters": {"a": 1}}\n</tool_call>'),
        ("openai", json.dumps({"role": "assistant", "tool_calls": [ENTRY]})),
        ("llama", '{"name": "f", "parameters": {"a": 1}}'),
        ("pythonic", "[f(a=1)]"),
        ("json", json.dumps(NATIVE)),
    ],
)
def test_a_row_may_bring_calls_as(form: CallFormat, field: Any) -> None:
    assert expected_calls(ToolCallsRule(format=form, calls_from="calls"), {"calls": field}) == (CALL,)


@pytest.mark.parametrize(
    "field",
    [[], (), "", "No tool is needed.", "[]", {"role": "assistant", "content": "Hi."}, {"tool_calls": None}],
)
def test_a_row_may_expect_none(field: Any) -> None:
    assert expected_calls(ToolCallsRule(calls_from="calls"), {"calls": field}) == ()


@pytest.mark.parametrize(
    "field",
    [
        3, None, True, {"name": "f"}, [3], [None], [{"name": "f"}], [*NATIVE, {}], "[3]", '{"name": "f"', "{}",
        "<tool_call>x</tool_call>", '<tool_call>{"name": "f", "arguments": {}}</tool_', {"tool_calls": 3}, b"[]",
    ],
)  # fmt: skip
def test_a_field_that_does_not_hold_calls(field: object) -> None:
    with pytest.raises(
        RubricError, match=r'^the field "calls" does not hold calls; it should be a list of [^\n]+$'
    ):
        expected_calls(ToolCallsRule(calls_from="calls"), {"calls": field})


REPLIES = [
    "", " \n", "No tool is needed.", "Which city do you mean?", "Yes.", "42 km", "Done!", "<think>lookup</think>\nNo tool fits.",
    "The tool get_weather(city) needs a city. Which one?", 'Say the "name": then I can look.', "Je ne sais pas.", "不需要工具。", "不需要工具", "42",
]  # fmt: skip
NO_REPLIES = [
    "garbage", "none", "null", "N/A", "get_weather", "weather.get", " f \n", "no-call", "<think>t</think>\ngarbage",
    'get_weather(city="Oslo")', "f()", '```json\n[{"name": "f", "arguments": {}}]\n```',
    'I call {"name": "f", "parameters": {"a": 1}}', '<|tool_call|>[{"f": 1}]', "<function=f>{}</function>",
    '[TOOL_CALLS] [{"name": "f"}]',
]  # fmt: skip


@pytest.mark.parametrize("form", ["hermes", "openai", "llama", "pythonic", "json"])
def test_a_reference_reply_that_does_not_call(form: CallFormat) -> None:
    for text in REPLIES:
        assert expected_calls(ToolCallsRule(format=form, calls_from="calls"), {"calls": text}) == (), text


@pytest.mark.parametrize("text", NO_REPLIES)
def test_a_text_that_is_no_reply_is_not_taken_for_no_call(text: str) -> None:
    with pytest.raises(RubricError) as caught:
        check_tool_calls(ToolCallsRule(calls_from="calls"), "Hi.", {"calls": text})
    told = str(caught.value)
    assert told.startswith('the field "calls" ')
    assert "it should be a list of" in told
    assert "\n" not in told


def test_the_error_names_field_value_and_what_is_allowed() -> None:
    with pytest.raises(RubricError) as caught:
        expected_calls(ToolCallsRule(calls_from="calls"), {"calls": "garbage"})
    assert str(caught.value) == (
        'the field "calls" is "garbage", which is no reply in format hermes; it should be a list of {"name": ..., '
        '"arguments": {...}}, OpenAI tool_calls or a reference reply, and [] where no call is wanted'
    )


@pytest.mark.parametrize(("text", "fine"), [
    ("", True), ("<think>t</think>\n<response>Which city?</response>", True), ("<think>No tool fits.</think>", True),
    ("No tool is needed.", False), ("garbage", False),
])  # fmt: skip
@pytest.mark.parametrize("check", ["calls", "toolrl_format", "toolrl_correctness"])
def test_toolrl_says_no_call_with_tags(text: str, fine: bool, check: Any) -> None:
    rule, row = ToolCallsRule(format="rlla", check=check, calls_from="calls"), {"calls": text}
    if fine:
        assert check_tool_calls(rule, "<think>t</think>\n<response>hi</response>", row).met is not None
    else:
        with pytest.raises(RubricError, match="which is no reply with <tool_call>, <response> or <think>; "):
            check_tool_calls(rule, "hi", row)


def test_a_field_that_is_not_there() -> None:
    with pytest.raises(MissingField) as caught:
        expected_calls(ToolCallsRule(calls_from="call"), {"calls": [], "id": 1})
    assert str(caught.value) == 'the data row has no field "call"; its fields: calls, id; did you mean calls?'


QUERY = {"age": {"$gt": 30}, "name": {"$regex": "^A"}}


def reply(query: Any) -> str:
    return f"<tool_call>{json.dumps({'name': 'find', 'arguments': {'query': query}})}</tool_call>"


def test_dollar_keys_of_a_row_are_data() -> None:
    """A call of a database is no matcher, though its operators look like some."""
    row = {"calls": [{"name": "find", "arguments": {"query": QUERY}}]}
    rule = ToolCallsRule(calls_from="calls")
    assert check_tool_calls(rule, reply(QUERY), row).met == 1.0
    assert check_tool_calls(rule, reply({"age": {"$gt": 30}, "name": "Anna"}), row).met == 0.0


def test_dollar_keys_of_a_row_are_matchers_if_the_rule_says_so() -> None:
    row = {"calls": [{"name": "find", "arguments": {"query": {"name": {"$regex": "^A"}}}}]}
    rule = ToolCallsRule(calls_from="calls", row_matchers=True)
    assert check_tool_calls(rule, reply({"name": "Anna"}), row).met == 1.0
    assert check_tool_calls(rule, reply({"name": "Ole"}), row).met == 0.0
    with pytest.raises(RubricError) as caught:
        check_tool_calls(rule, reply({}), {"calls": [{"name": "f", "arguments": {"a": {"$regx": 1}}}]})
    assert str(caught.value).startswith(
        'the field "calls" holds a wrong matcher: argument a: "$regx" is no matcher'
    )


def test_a_row_that_is_nested_without_measure() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RubricError, match="nested too deep"):
        check_tool_calls(
            ToolCallsRule(calls_from="c"), reply({}), {"c": [{"name": "f", "arguments": {"a": deep}}]}
        )
