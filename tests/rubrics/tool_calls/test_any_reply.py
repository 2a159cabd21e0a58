"""Tool-call rules on whatever a model may write: never an error, one printable line, and in little time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls import Call, CallFormat, check_tool_calls, parse_calls

Writers = Mapping[CallFormat, Callable[[Sequence[Call]], str]]
FORMATS = get_args(CallFormat)
CALLS = [Call("search", {"city": "Oslo", "tags": ["a", {"b": None}]}), Call("book", {"n": 2})]
MATCHERS = [
    {"name": "search", "arguments": {"city": {"$regex": "o"}, "tags": {"$contains": "a"}}},
    {"name": "book", "arguments": {"n": {"$number": {"about": 2, "within": 1}}, "x": {"$optional": 1}}},
]
SETTINGS: list[dict[str, Any]] = [
    {"check": "form", "calls": MATCHERS},
    {"check": "json", "calls": MATCHERS},
    *(
        {"calls": MATCHERS, "match": mode}
        for mode in ("strict", "unordered", "subset", "superset", "in_order")
    ),
    {"calls": MATCHERS, "match": "superset", "args": "superset", "max": 5},
    {"calls": []},
    {"check": "limits", "forbid": ["book"], "max": 1},
    {"check": "irrelevance"},
    {"check": "toolrl_format", "calls": [{"name": "book", "arguments": {"n": 2}}]},
    {"check": "toolrl_correctness", "calls": [{"name": "book", "arguments": {"n": 2}}]},
]
RULES = {
    form: [ToolCallsRule.model_validate({"format": form, **each}) for each in SETTINGS] for form in FORMATS
}
PIECES = [
    "<tool_call>", "</tool_call>", "<think>", "</think>", "<|python_tag|>", "<|python_start|>", "\n", " ", ";", ",",
    '{"name": "book", "arguments": {"n": 2}}', '{"name": "book", "parameters": {"n": 2}}', "[book(n=2)]", "[", "]",
    "{", "}", '"', "'", "\\", "book(", ")", "=", "-", "```", '"tool_calls": [', "null", "NaN", "1e999", "9" * 5000,
    "\x00", "\u2028", "\ud800", "\x1b[31m",
]  # fmt: skip
REPLIES = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join)


def holds(form: CallFormat, reply: str) -> None:
    for rule in RULES[form]:
        met, reason = check_tool_calls(rule, reply, {})
        assert met is not None
        assert 0.0 <= met <= 1.0
        assert reason.isprintable()
        assert 0 < len(reason) < 400


@pytest.mark.parametrize("form", FORMATS)
@given(reply=REPLIES)
def test_any_text(form: CallFormat, reply: str) -> None:
    holds(form, reply)


@pytest.mark.parametrize("form", FORMATS)
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 5), st.sampled_from(PIECES) | st.just("")), max_size=4
    )
)
def test_a_good_reply_bent(writers: Writers, form: CallFormat, edits: list[tuple[float, int, str]]) -> None:
    reply = writers[form](CALLS)
    for share, cut, piece in edits:
        place = int(share * len(reply))
        reply = reply[:place] + piece + reply[place + cut :]
    holds(form, reply)


@pytest.mark.parametrize(
    "unit",
    [
        "<tool_call>", "<tool_call></tool_call>", '<tool_call>"\\"</tool_call>', '<tool_call>{"\\"</tool_call>',
        "[", "{", '"', "'", "<|python_tag|>", "<|python_start|>", "[f(x=", "[f(x=[", "[f(x=((", "(", "\n[f(x='", "\n[",
        "[f(x=-", "[f(x=1,", "[f.", "\n", " ", "\\", '{"name":', '{"a":', "</think>", "<think>", "```\n", '{"tool_calls":[',
        "é",
    ],
)  # fmt: skip
@pytest.mark.timeout(120)
def test_a_long_reply_of_one_piece(unit: str) -> None:
    """Linear, whatever is repeated: 1 MB takes well under a second, where any square would take minutes."""
    reply = unit * (1_000_000 // len(unit))
    for form in FORMATS:
        check_tool_calls(RULES[form][3], reply, {})


@pytest.mark.parametrize("form", FORMATS)
def test_ten_megabytes_of_text_and_one_call(writers: Writers, form: CallFormat) -> None:
    text = writers[form]([Call("f", {"a": "x" * 10_000_000})])
    reply = parse_calls(text, form)
    assert [call.name for call in reply.calls] == ["f"]
    rule = ToolCallsRule.model_validate({"format": form, "calls": [{"name": "f", "arguments": {"a": "y"}}]})
    assert check_tool_calls(rule, text, {}) == (0.0, f'call 1 f: argument a is "{"x" * 59}…", expected "y"')
