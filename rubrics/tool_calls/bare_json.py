"""Calls that are the whole reply, as JSON: ``json`` and ``openai``. Linear in the reply's length. Pure.

``json``: one ``{"name": ..., "arguments": {...}}`` (or ``parameters``), or a list of them. ``openai``: what the Chat
Completions API puts in ``choices[0].message``: a message with ``tool_calls`` (or the older ``function_call``), or
the list of ``tool_calls`` alone, or one of them. Responses API items (``type: function_call``) are read too. The
arguments may be an object or, as the API has them, JSON in a text; an empty text means none. The text beside the
calls is the message's ``content``; its reasoning, whatever the key, is not looked at.

A reply that starts like JSON (``{``, ``[{``) is meant as calls: what cannot be read of it is a defect, not text.
A fenced block is unwrapped.
"""

import re
from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.reading.strict_json import parse_json, unfenced
from rvpo.rubrics.tool_calls.reply import Call, ParsedReply, call_of

KEYS = ("arguments", "parameters")
"""Under which keys arguments may stand in the ``json`` format."""

_STARTS_LIKE_JSON = re.compile(r"\s*(\{|\[\s*\{)")


def parse_bare_json(text: str) -> ParsedReply:
    """Find the calls of a reply that is a call, or a list of calls."""
    value = _json_in(text)
    if value is None:
        return ParsedReply((), text.strip())
    items = value if isinstance(value, list) else [value]
    return ParsedReply(tuple(call_of(item, KEYS) for item in items), "")


def parse_openai(text: str) -> ParsedReply:
    """Find the calls of a reply that is a message, or a list of tool calls, as OpenAI's API writes them."""
    value = _json_in(text)
    if value is None:
        return ParsedReply((), text.strip())
    if isinstance(value, dict) and (message := message_calls(value)) is not None:
        return ParsedReply(tuple(message), _content(value.get("content")))
    items = value if isinstance(value, list) else [value]
    return ParsedReply(tuple(openai_call(item) for item in items), "")


def message_calls(message: Mapping[str, Any]) -> list[Call | None] | None:
    """The calls of a message; ``None`` if it is not a message."""
    if "tool_calls" in message:
        calls = message["tool_calls"]
        if calls is None:
            return []
        return [openai_call(call) for call in calls] if isinstance(calls, list) else [None]
    if isinstance(message.get("function_call"), Mapping):
        return [openai_call(message["function_call"])]
    return [] if "role" in message or "content" in message else None


def openai_call(value: object) -> Call | None:
    """Read an entry of ``tool_calls``, or what stands under its ``function``; ``None`` if it is not one."""
    if isinstance(value, Mapping) and isinstance(value.get("function"), Mapping):
        value = value["function"]
    if isinstance(value, Mapping) and isinstance(value.get("arguments"), str):
        try:
            arguments = parse_json(value["arguments"]) if value["arguments"].strip() else {}
        except ValueError:
            return None
        value = {**value, "arguments": arguments}
    return call_of(value, ("arguments",))


def _json_in(text: str) -> Any:
    """The reply's JSON; ``None`` if it is not meant as JSON, a list of one ``None`` if it cannot be read."""
    text = unfenced(text)
    if _STARTS_LIKE_JSON.match(text) is None:
        return None
    try:
        return parse_json(text)
    except ValueError:
        return [None]


def _content(content: object) -> str:
    """A message's text: as it stands, or in parts."""
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "\n".join(text for text in texts if isinstance(text, str)).strip()
