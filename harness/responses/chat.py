"""Chat messages as programs write them -> the prompt and the response of a row. Pure.

OpenAI's messages and inspect's are alike: ``content`` is text or a list of parts, an assistant may call tools. Parts of
kind ``text`` and ``refusal`` are the text; ``reasoning`` is not part of what the user saw and is left out; pictures and
the like cannot be judged by a reader of text and are refused. A tool call is written out as models themselves write
it (``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``), which is what the rules on tool calls read.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rvpo.rubrics.wording import shown

_SILENT: Final = frozenset({"reasoning", "thinking", "redacted_thinking"})
_TEXTS: Final = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
"""Kinds of part that are text, and the key that holds it."""


class Exchange(NamedTuple):
    """What was asked, and what was answered."""

    prompt: list[dict[str, str]]
    response: str


def exchange(messages: object) -> Exchange:
    """Split a conversation: its last assistant's turn is the response, what came before it the prompt.

    Results of tools may follow that turn; they are nobody's answer and are left out.

    Raises:
        ValueError: There is no such turn, or a message holds what cannot be read; says which.
    """
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise ValueError(f"messages: got {shown(messages)}, should be a list of messages")
    turns = [_turn(message, f"messages[{place}]") for place, message in enumerate(messages)]
    last = max((place for place, turn in enumerate(turns) if turn["role"] == "assistant"), default=None)
    if last is None:
        raise ValueError("messages: none is the assistant's, so there is no response")
    if after := [turn["role"] for turn in turns[last + 1 :] if turn["role"] != "tool"]:
        raise ValueError(f"messages: the last word is the {after[-1]}'s, so there is no response to it")
    if last == 0:
        raise ValueError("messages: nothing stands before the response")
    return Exchange(turns[:last], turns[last]["content"])


def _turn(message: object, place: str) -> dict[str, str]:
    if not isinstance(message, Mapping):
        raise ValueError(f"{place}: got {shown(message)}, should be a message with role and content")  # noqa: TRY004 - bad input
    role = message.get("role")
    if not isinstance(role, str):
        raise ValueError(f"{place}.role: got {shown(role)}, should be text")  # noqa: TRY004 - bad input
    text = message_text(message, place)
    return {"role": role, "content": text}


def message_text(message: Mapping[str, Any], place: str) -> str:
    """The text of one message, its tool calls included.

    Raises:
        ValueError: It holds what is no text.
    """
    refusal = message.get("refusal")
    parts = [
        _content(message.get("content"), f"{place}.content"),
        refusal if isinstance(refusal, str) else "",
    ]
    parts += [_call(call, f"{place}.tool_calls") for call in message.get("tool_calls") or ()]
    return "\n".join(part for part in parts if part)


def _content(content: object, place: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        raise ValueError(f"{place}: got {shown(content)}, should be text or a list of parts")  # noqa: TRY004 - bad input
    texts = []
    for number, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind in _SILENT:
            continue
        text = part.get(_TEXTS[kind]) if kind in _TEXTS else None
        if not isinstance(text, str):
            what = f"a part of type {shown(kind)}" if kind else shown(part)
            raise ValueError(f"{place}[{number}]: {what} is no text, and only text can be judged")  # noqa: TRY004 - bad input
        texts.append(text)
    return "\n".join(texts)


def _call(call: object, place: str) -> str:
    """A call in OpenAI's form (``function: {name, arguments}``) or inspect's (``function``, ``arguments``)."""
    if isinstance(call, Mapping):
        inner = call.get("function")
        body = inner if isinstance(inner, Mapping) else {"name": inner, "arguments": call.get("arguments")}
        name, arguments = body.get("name"), body.get("arguments")
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except ValueError as wrong:
                raise ValueError(f"{place}: the arguments of {shown(name)} are not JSON: {wrong}") from wrong
        if isinstance(name, str):
            written = json.dumps({"name": name, "arguments": arguments or {}}, ensure_ascii=False)
            return f"<tool_call>\n{written}\n</tool_call>"
    raise ValueError(f"{place}: got {shown(call)}, should be a call with a function's name and arguments")
