"""Finding tool calls in a reply. Total on any text, linear in its length. Pure.

Three ways to write calls: ``hermes`` (also Qwen's): ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``,
a block a call; ``rlla`` (ToolRL's): one block with a JSON object a line and the key ``parameters``; ``json``: the
reply is the bare call, or a list of calls, under either key. Everything up to a ``</think>`` is reasoning and is
not looked at. An unclosed block is a defect, though some servers mend it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rvpo.rubrics.call_match import Call
from rvpo.rubrics.strict_json import parse_json, unfenced

CallFormat = Literal["hermes", "rlla", "json"]

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_BARE_CALLS = re.compile(r"\s*(\{|\[\s*\{)")
KEYS: Mapping[CallFormat, tuple[str, ...]] = {
    "hermes": ("arguments",),
    "rlla": ("parameters",),
    "json": ("arguments", "parameters"),
}
"""Under which key a call's arguments stand."""


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """What a reply holds."""

    blocks: tuple[Call | None, ...]
    """A call for each place that should hold one; ``None`` where it is not a call."""
    beside: str
    """The text around the calls, stripped."""
    torn: bool
    """Whether a call's opening or closing tag lacks the other."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that could be read."""
        return tuple(block for block in self.blocks if block is not None)

    @property
    def sound(self) -> bool:
        """Whether every block could be read."""
        return not self.torn and None not in self.blocks


def parse_calls(text: str, format: CallFormat) -> ParsedReply:  # noqa: A002 - the word of the rubric file
    """Find the calls in a reply; never raises."""
    text = _behind_thoughts(text)
    if format == "json":
        text = unfenced(text)
        is_call = _BARE_CALLS.match(text) is not None
        return ParsedReply(
            tuple(_bare_calls(text)) if is_call else (), "" if is_call else text.strip(), torn=False
        )
    bodies, beside, torn = _tagged(text)
    if format == "rlla":
        bodies = [line for body in bodies for line in body.strip().split("\n")]
    return ParsedReply(tuple(_call_in(body, KEYS[format]) for body in bodies), beside, torn)


def call_of(value: object, keys: Sequence[str]) -> Call | None:
    """Read a JSON value as a call with its arguments under one of the keys; ``None`` if it is not one."""
    if not isinstance(value, Mapping):
        return None
    name, found = value.get("name"), [value[key] for key in keys if key in value]
    if not isinstance(name, str) or not name or len(found) != 1 or not isinstance(found[0], Mapping):
        return None
    return Call(name, found[0])


def _behind_thoughts(text: str) -> str:
    """Drop the reasoning; some chat templates open it for the model, so the reply may only close it."""
    thought, end, behind = text.partition("</think>")
    opened = thought.lstrip().startswith("<think>")
    is_thought = opened or not (_OPEN in thought or _BARE_CALLS.match(thought))
    return behind if end and is_thought else text


def _tagged(text: str) -> tuple[list[str], str, bool]:
    """The bodies between the tags, the text around them, and whether a tag lacks its other. Linear in the text."""
    bodies, beside, position, torn = [], [], 0, False
    while (start := text.find(_OPEN, position)) >= 0:
        beside.append(text[position:start])
        start += len(_OPEN)
        end = text.find(_CLOSE, start)
        torn = end < 0
        bodies.append(text[start : len(text) if torn else end])
        position = len(text) if torn else end + len(_CLOSE)
    beside.append(text[position:])
    around = "\n".join(beside).strip()
    return bodies, around, torn or _CLOSE in around


def _bare_calls(text: str) -> Iterator[Call | None]:
    try:
        value = parse_json(text)
    except ValueError:
        yield None
        return
    for item in value if isinstance(value, list) else [value]:
        yield call_of(item, KEYS["json"])


def _call_in(body: str, keys: Sequence[str]) -> Call | None:
    try:
        return call_of(parse_json(body), keys)
    except ValueError:
        return None
