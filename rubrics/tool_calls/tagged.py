"""Calls between tags: ``hermes`` and ``rlla``. Linear in the reply's length. Pure.

``hermes`` (NousResearch's format, which Qwen took over): ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``,
a block a call. ``rlla`` (ToolRL's): one block with a JSON object a line and the key ``parameters``.

Departures from vLLM's ``hermes`` parser: an unclosed block is a defect here, there it is mended; text between and
behind the blocks is kept, there it is dropped; a closing tag inside a JSON string does not end a block. In ``rlla``
it does, as in ToolRL itself.
"""

import re

from rvpo.rubrics.tool_calls.reply import Call, ParsedReply, call_in

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_UP_TO_CLOSE = re.compile(r'(?:[^"<]++|"(?:[^"\\]++|\\.)*+"|<(?!/tool_call>))*+(?=</tool_call>)', re.DOTALL)
"""Up to the first closing tag outside a JSON string; possessive throughout, so that it cannot backtrack."""


def parse_rlla(text: str) -> ParsedReply:
    """Find the calls of a reply in ToolRL's format."""
    blocks: list[Call | None] = []
    beside, position, torn = [], 0, False
    while (start := text.find(_OPEN, position)) >= 0:
        beside.append(text[position:start])
        end, torn, position = _block(text, start)
        lines = text[start + len(_OPEN) : end].strip().split("\n")
        blocks += [call_in(line, ("parameters",)) for line in lines]
    return _reply(blocks, [*beside, text[position:]], torn=torn)


def parse_hermes(text: str) -> ParsedReply:
    """Find the calls of a reply in the Hermes format."""
    blocks: list[Call | None] = []
    beside, position, torn, look_further = [], 0, False, True
    while (start := text.find(_OPEN, position)) >= 0:
        beside.append(text[position:start])
        end, torn, position = _block(text, start)
        start += len(_OPEN)
        call = call_in(text[start:end], ("arguments",))
        if call is None and look_further:
            found = _UP_TO_CLOSE.match(text, start)
            if found is None or found.end() != end:
                call = call_in(found[0], ("arguments",)) if found else None
                # Looking further in vain from block after block would be quadratic.
                look_further = call is not None
                if found is not None and call is not None:
                    position = found.end() + len(_CLOSE)
        blocks.append(call)
    return _reply(blocks, [*beside, text[position:]], torn=torn)


def _block(text: str, start: int) -> tuple[int, bool, int]:
    """Where the block's body ends, whether its closing tag is missing, and where to go on."""
    end = text.find(_CLOSE, start)
    return (len(text), True, len(text)) if end < 0 else (end, False, end + len(_CLOSE))


def _reply(blocks: list[Call | None], beside: list[str], *, torn: bool) -> ParsedReply:
    around = "\n".join(beside).strip()
    return ParsedReply(tuple(blocks), around, torn or _CLOSE in around)
