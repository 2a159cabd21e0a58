"""Calls between tags: bodies, text beside them, torn blocks, tags inside arguments."""

import pytest

from rvpo.rubrics.tool_calls import Call, CallFormat, parse_calls

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
        (
            "rlla",
            f"<tool_call>\n{P}\n</tool_call>\n<response>x</response>",
            (CALL,),
            "<response>x</response>",
            False,
        ),
        ("rlla", "<tool_call></tool_call>", (None,), "", False),
        ("rlla", f"<tool_call>\n{P}", (CALL,), "", True),
    ],
)
def test_blocks(
    form: CallFormat, text: str, blocks: tuple[Call | None, ...], beside: str, torn: bool
) -> None:
    reply = parse_calls(text, form)
    assert (reply.blocks, reply.beside, reply.torn) == (blocks, beside, torn)
    assert reply.calls == tuple(block for block in blocks if block)
    assert reply.sound == (not torn and None not in blocks)


CLOSING = '{"name": "f", "arguments": {"a": "say </tool_call> or \\"<tool_call>\\""}}'


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (f"<tool_call>{CLOSING}</tool_call>", (Call("f", {"a": 'say </tool_call> or "<tool_call>"'}),)),
        (f"<tool_call>{CLOSING}</tool_call><tool_call>{A}</tool_call>", (Call("f", {"a": 'say </tool_call> or "<tool_call>"'}), CALL)),
        # a text that never ends: the block ends at its tag, and the next one is read
        (f'<tool_call>{{"name": "f</tool_call><tool_call>{A}</tool_call>', (None, CALL)),
    ],
)  # fmt: skip
def test_a_closing_tag_inside_a_json_text_does_not_end_a_hermes_block(
    text: str, blocks: tuple[Call | None, ...]
) -> None:
    reply = parse_calls(text, "hermes")
    assert (reply.blocks, reply.beside, reply.torn) == (blocks, "", False)


def test_in_rlla_it_does_as_in_toolrl() -> None:
    line = '{"name": "f", "parameters": {"a": "say </tool_call>"}}'
    reply = parse_calls(f"<tool_call>\n{line}\n</tool_call>", "rlla")
    assert (reply.blocks, reply.torn) == ((None,), True)
