"""Calls as Llama 3 and 4 write them in JSON. Linear in the reply's length. Pure.

``{"name": ..., "parameters": {...}}``, several of them parted by ``;`` or white space, or in a list, behind an
optional ``<|python_tag|>``. Calls start at the tag; without one, where the reply is JSON from its start, or else at
the first object whose first key is ``name``, ``type``, ``parameters`` or ``arguments``, so text may go before.

As vLLM's ``llama3_json`` parser: ``arguments`` may stand for ``parameters``, and text around is passed over (here it
is kept as ``beside``). Departures: what cannot be read behind the start is a defect, there it is dropped or makes
all of it text; both keys at once are refused; built-in calls (``brave_search.call(...)``) are in ``pythonic``.
"""

import re

from rvpo.rubrics.reading.strict_json import parse_json_at, unfenced
from rvpo.rubrics.tool_calls.reply import Call, ParsedReply, call_of

_TAG = "<|python_tag|>"
_FIRST_CALL = re.compile(r'(?:\[\s*)?\{\s*"(?:name|type|parameters|arguments)"\s*:')
_BETWEEN = re.compile(r"(?:[\s;]|<\|(?:python_tag|eom_id|eot_id)\|>)*+")


def parse_llama(text: str) -> ParsedReply:
    """Find the calls of a reply in Llama's JSON format."""
    text = unfenced(text)
    start = _start(text)
    if start is None:
        return ParsedReply((), text.strip())
    blocks: list[Call | None] = []
    position = _behind(text, start)
    while text[position : position + 1] in {"{", "["}:
        try:
            value, end = parse_json_at(text, position)
        except ValueError:
            return ParsedReply((*blocks, None), text[:start].strip())
        items = value if isinstance(value, list) else [value]
        blocks += [call_of(item, ("parameters", "arguments")) for item in items]
        position = _behind(text, end)
    if not blocks:
        return ParsedReply((None,), text[:start].strip())
    return ParsedReply(tuple(blocks), f"{text[:start]}\n{text[position:]}".strip())


def _start(text: str) -> int | None:
    tag = text.find(_TAG)
    if tag >= 0:
        return tag
    if text.lstrip().startswith("{"):
        return 0
    first = _FIRST_CALL.search(text)
    return None if first is None else first.start()


def _behind(text: str, position: int) -> int:
    """Where what may stand between calls ends."""
    found = _BETWEEN.match(text, position)
    return position if found is None else found.end()
