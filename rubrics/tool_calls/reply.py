"""What a parser of tool calls hands over: the calls of a reply, and what stands around them. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rvpo.rubrics.reading.strict_json import parse_json

_STARTS_LIKE_CALLS = re.compile(r"\s*(?:\{|\[\s*\{|\[\s*[^\W\d][\w.]*\(|<\|python_)")


class Call(NamedTuple):
    """One call: a tool's name and its arguments."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """What a reply holds."""

    blocks: tuple[Call | None, ...]
    """A call for each place that should hold one; ``None`` where it is not a call."""
    beside: str
    """The text around the calls, stripped."""
    torn: bool = False
    """Whether a call's opening or closing tag lacks the other."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that could be read."""
        return tuple(block for block in self.blocks if block is not None)

    @property
    def sound(self) -> bool:
        """Whether every block could be read."""
        return not self.torn and None not in self.blocks

    @property
    def called(self) -> bool:
        """Whether the reply calls, or tries to."""
        return bool(self.blocks) or self.torn


Parser = Callable[[str], ParsedReply]


def call_of(value: object, keys: Sequence[str]) -> Call | None:
    """Read a JSON value as a call with its arguments under one of the keys; ``None`` if it is not one."""
    if not isinstance(value, Mapping):
        return None
    name, found = value.get("name"), [value[key] for key in keys if key in value]
    if not isinstance(name, str) or not name or len(found) != 1 or not isinstance(found[0], Mapping):
        return None
    return Call(name, found[0])


def call_in(text: str, keys: Sequence[str]) -> Call | None:
    """Read a text as a call in JSON; ``None`` if it is not one."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return call_of(parse_json(text), keys)
    except ValueError:
        return None


def behind_thoughts(text: str) -> str:
    """Drop the reasoning; some chat templates open it for the model, so the reply may only close it."""
    thought, end, behind = text.partition("</think>")
    if not end:
        return text
    is_call = "<tool_call>" in thought or _STARTS_LIKE_CALLS.match(thought) is not None
    return behind if thought.lstrip().startswith("<think>") or not is_call else text
