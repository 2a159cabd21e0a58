"""Calls that are the whole reply: bare JSON, and OpenAI's messages and tool calls."""

import json
from typing import Any

import pytest

from rvpo.rubrics.tool_calls import Call, parse_calls

A = '{"name": "f", "arguments": {"a": 1}}'
P = '{"name": "f", "parameters": {"a": 1}}'
CALL = Call("f", {"a": 1})


@pytest.mark.parametrize(
    ("text", "blocks", "beside"),
    [
        (A, (CALL,), ""),
        (f"```json\n{P}\n```", (CALL,), ""),
        (f" [{A}, {P}, 3]", (CALL, CALL, None), ""),
        (f"{A} Done.", (None,), ""),
        ('{"name": "f", "arguments": {}, "parameters": {}}', (None,), ""),
        ('{"name": "f", "arguments": {"a": 1, "a": 2}}', (None,), ""),
        ('{"name": "f", "arguments": {"a": NaN}}', (None,), ""),
        (f"Here: {A}", (), f"Here: {A}"),
        ("[1] says so", (), "[1] says so"),
        ("[]", (), "[]"),
        ("", (), ""),
    ],
)
def test_bare_json(text: str, blocks: tuple[Call | None, ...], beside: str) -> None:
    reply = parse_calls(text, "json")
    assert (reply.blocks, reply.beside, reply.torn) == (blocks, beside, False)


FUNCTION = {"name": "f", "arguments": '{"a": 1}'}
ENTRY = {"id": "call_1", "type": "function", "function": FUNCTION}


@pytest.mark.parametrize(
    ("value", "blocks", "beside"),
    [
        ({"role": "assistant", "content": None, "tool_calls": [ENTRY, ENTRY]}, (CALL, CALL), ""),
        ({"role": "assistant", "content": " I look. ", "tool_calls": [ENTRY]}, (CALL,), "I look."),
        ({"content": [{"type": "text", "text": "a"}, {"type": "image"}], "tool_calls": [ENTRY]}, (CALL,), "a"),
        ({"role": "assistant", "content": "Hi.", "tool_calls": None}, (), "Hi."),
        ({"role": "assistant", "content": "Hi.", "tool_calls": []}, (), "Hi."),
        ({"role": "assistant", "content": "Hi."}, (), "Hi."),
        ({"role": "assistant", "content": "x", "reasoning_content": "y", "tool_calls": [ENTRY]}, (CALL,), "x"),
        ({"role": "assistant", "content": None, "function_call": FUNCTION}, (CALL,), ""),
        ({"tool_calls": [ENTRY]}, (CALL,), ""),
        ({"tool_calls": [ENTRY, 3]}, (CALL, None), ""),
        ({"tool_calls": "f"}, (None,), ""),
        ([ENTRY, ENTRY], (CALL, CALL), ""),
        (ENTRY, (CALL,), ""),
        (FUNCTION, (CALL,), ""),
        ({"type": "function_call", "call_id": "c", **FUNCTION}, (CALL,), ""),
        ({"function": {"name": "f", "arguments": {"a": 1}}}, (CALL,), ""),
        ({"function": {"name": "f", "arguments": ""}}, (Call("f", {}),), ""),
        ({"function": {"name": "f", "arguments": "{'a': 1}"}}, (None,), ""),
        ({"function": {"name": "f", "arguments": "[1]"}}, (None,), ""),
        ({"function": {"name": "f"}}, (None,), ""),
        ({"function": {"name": "", "arguments": "{}"}}, (None,), ""),
        ({"type": "custom", "custom": {"name": "f", "input": "x"}}, (None,), ""),
        ({"answer": 42}, (None,), ""),
        ([[ENTRY]], (), json.dumps([[ENTRY]])),
    ],
)  # fmt: skip
def test_openai(value: Any, blocks: tuple[Call | None, ...], beside: str) -> None:
    text = json.dumps(value)
    for written in (text, f"\n{text} ", f"```json\n{text}\n```", f"<think>{text}</think>{text}"):
        reply = parse_calls(written, "openai")
        assert reply.blocks == blocks
        assert reply.beside == beside or (not blocks and text in written)


def test_openai_reply_that_breaks_off() -> None:
    text = json.dumps([ENTRY])
    assert parse_calls(text[:-4], "openai").blocks == (None,)
    assert parse_calls(f"{text} Done.", "openai").blocks == (None,)
