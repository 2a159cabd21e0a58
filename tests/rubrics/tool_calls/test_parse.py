"""What all parsers share: what was written is found, thoughts are skipped, every format has one."""

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls import Call, CallFormat, parse_calls

Writers = Mapping[CallFormat, Callable[[Sequence[Call]], str]]
FORMATS = get_args(CallFormat)
CALL = Call("f", {"a": 1})

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CALLS = st.lists(st.builds(Call, NAMES, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=4)


def test_there_is_a_parser_for_every_format_of_the_rule() -> None:
    assert get_args(ToolCallsRule.model_fields["format"].annotation) == FORMATS


@pytest.mark.parametrize("form", FORMATS)
@given(calls=CALLS)
def test_what_is_written_is_found(writers: Writers, form: CallFormat, calls: list[Call]) -> None:
    text = writers[form](calls)
    reply = parse_calls(text, form)
    if form == "rlla" and "tool_call>" in str(calls):
        return  # ToolRL's format cannot hold its own tags
    assert reply.blocks == tuple(calls)
    assert reply.sound
    assert reply.beside == ""


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("thought", "skipped"),
    [
        ("<think>call f?</think>", True),
        ("\n<think>or <tool_call>{}</tool_call> or [f(a=2)] or {}?</think>\n", True),
        ("the template opened this thought\n</think>\n\n", True),
        ("", False),
    ],
)
def test_thoughts_are_not_looked_at(writers: Writers, form: CallFormat, thought: str, skipped: bool) -> None:
    text = writers[form]([CALL]).removeprefix("<think> t </think>\n")
    reply = parse_calls(thought + text, form)
    assert (reply.blocks, reply.beside, reply.torn) == ((CALL,), "", False)
    assert parse_calls(thought, form).beside == ""
    assert parse_calls(thought, form).called is False


@pytest.mark.parametrize("form", ["hermes", "openai", "llama", "pythonic", "json"])
def test_a_closing_think_tag_inside_an_argument_is_text(writers: Writers, form: CallFormat) -> None:
    call = Call("f", {"a": "close it with </think>"})
    assert parse_calls(writers[form]([call]), form).blocks == (call,)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "text", ["", "No tool needed.", "see [1], [link](url), {x} and <tag>", "2 > 1; f(x) = 3"]
)
def test_plain_text_holds_no_call(form: CallFormat, text: str) -> None:
    reply = parse_calls(f" {text}\n", form)
    assert (reply.blocks, reply.beside, reply.torn, reply.called) == ((), text, False, False)
