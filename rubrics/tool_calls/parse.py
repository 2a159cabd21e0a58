"""Finding tool calls in a reply: one named parser for each way of writing them. Total on any text. Pure.

Each parser's module says what it accepts, and where it departs from the servers that parse the same format.
Everything up to a ``</think>`` is reasoning and is not looked at.
"""

from collections.abc import Mapping
from typing import Literal

from rvpo.rubrics.tool_calls.bare_json import parse_bare_json, parse_openai
from rvpo.rubrics.tool_calls.llama import parse_llama
from rvpo.rubrics.tool_calls.pythonic import parse_pythonic
from rvpo.rubrics.tool_calls.reply import ParsedReply, Parser, behind_thoughts
from rvpo.rubrics.tool_calls.tagged import parse_hermes, parse_rlla

CallFormat = Literal["hermes", "rlla", "openai", "llama", "pythonic", "json"]

PARSERS: Mapping[CallFormat, Parser] = {
    "hermes": parse_hermes,
    "rlla": parse_rlla,
    "openai": parse_openai,
    "llama": parse_llama,
    "pythonic": parse_pythonic,
    "json": parse_bare_json,
}


def parse_calls(text: str, format: CallFormat) -> ParsedReply:  # noqa: A002 - the word of the rubric file
    """Find the calls in a reply; never raises."""
    return PARSERS[format](behind_thoughts(text))
