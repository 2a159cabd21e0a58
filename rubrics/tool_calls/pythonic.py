r"""Calls written as Python: ``[f(x=1, y="a"), g()]``. Linear in the reply's length. Pure.

What is read is a small language of literals, by a reader of its own and not by Python's: ``ast`` warns of odd
escapes, takes hundreds of bytes a character, fails with a ``RecursionError`` or ``MemoryError`` on a long chain, and
refuses an argument that is called ``from`` or ``in``. Values are texts (plain, raw, triple-quoted), numbers with a
sign, lists, dicts with texts as keys, and ``True``, ``False``, ``None``, also as JSON spells them. Names may be dotted.

Calls start at ``<|python_start|>`` (Llama 4) or ``<|python_tag|>`` (Llama 3; a call without brackets may follow),
or else at the first line that starts with ``[name(``. As in vLLM's ``pythonic`` parsers nothing is ever evaluated.
Departures: text around the list is kept as ``beside``, there it makes all of it text; positional arguments, dropped
there, make the call unreadable, as do ``*`` and ``**``, an argument given twice, a key that is no text, ``\N{...}``
and texts side by side, which Python would join.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.reading.strict_json import MAX_DEPTH, unfenced
from rvpo.rubrics.tool_calls.reply import Call, ParsedReply

_START = re.compile(r"<\|python_(?:start|tag)\|>|^[ \t]*(?=\[\s*[^\W\d][\w.]*\()", re.MULTILINE)
_END = re.compile(r"(?:\s|<\|(?:python_end|eom_id|eot_id)\|>)*+")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text> [rRuU]?(?: \"""(?:[^"\\]|\\.|"(?!""))*+\""" | '''(?:[^'\\]|\\.|'(?!''))*+'''
                           | "(?:[^"\\\n]|\\.)*+"             | '(?:[^'\\\n]|\\.)*+' ))
      | (?P<number> 0[xX][0-9a-fA-F_]+ | 0[oO][0-7_]+ | 0[bB][01_]+
                  | (?:[0-9][0-9_]*\.?[0-9_]* | \.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)? )
      | (?P<name> [^\W\d]\w*(?:\.[^\W\d]\w*)* )
      | (?P<mark> [][(){}:,=+-] )
    )""",
    re.VERBOSE | re.DOTALL,
)
_LONGEST_NUMBER = 3000
"""So that whatever number is read can also be written: Python's own limit is 4 300 decimal digits."""
_FRACTION = re.compile(r"[.eE]")
_ESCAPE = re.compile(r"\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\\'\"abfnrtvxuUN])")
_ESCAPED = {
    "\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_CONSTANTS: Mapping[str, bool | None] = {
    "True": True, "true": True, "False": False, "false": False, "None": None, "null": None,
}  # fmt: skip


def parse_pythonic(text: str) -> ParsedReply:
    """Find the calls of a reply that writes them as Python."""
    text = unfenced(text)
    start = _START.search(text)
    if start is None:
        return ParsedReply((), text.strip())
    reader = _Reader(text, start.end())
    blocks: list[Call | None] = []
    try:
        reader.read_calls(blocks)
    except ValueError:
        return ParsedReply((*blocks, None), text[: start.start()].strip())
    end = _END.match(text, reader.position)
    rest = text[end.end() :] if end else ""
    return ParsedReply(tuple(blocks), f"{text[: start.start()]}\n{rest}".strip())


class _Reader:
    """Reads calls token by token; ``ValueError`` at the first that has no place."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.position = self._ahead = position
        """Where what has been read ends, and where the token after it does."""
        self._kind: str | None = None
        self._token = ""
        self._step()

    def read_calls(self, calls: list[Call | None]) -> None:
        """Read a list of calls, or one call, into ``calls``."""
        if not self._take("["):
            calls.append(self._call())
            return
        while not self._take("]"):
            calls.append(self._call())
            self._comma_or("]")

    def _step(self) -> str:
        """Step over the next token and give it; the one behind it, if there is any, becomes the next."""
        token, self.position = self._token, self._ahead
        found = _TOKEN.match(self._text, self._ahead)
        self._kind = found.lastgroup if found else None
        self._token = found[self._kind] if found and self._kind else ""
        self._ahead = found.end() if found else self._ahead
        return token

    def _take(self, mark: str) -> bool:
        """Step over a mark, if it is next."""
        taken = self._kind == "mark" and self._token == mark
        if taken:
            self._step()
        return taken

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise ValueError(f"no {mark}")

    def _comma_or(self, closing: str) -> None:
        """Step over the comma between two items; it may be left out before the closing bracket."""
        if not self._take(",") and self._token != closing:
            raise ValueError(f"neither , nor {closing}")

    def _name(self) -> str:
        if self._kind != "name":
            raise ValueError("no name")
        return self._step()

    def _call(self) -> Call:
        name = self._name()
        arguments: dict[str, Any] = {}
        self._expect("(")
        while not self._take(")"):
            key = self._name()
            self._expect("=")
            if key in arguments:
                raise ValueError("an argument given twice")
            arguments[key] = self._value(MAX_DEPTH)
            self._comma_or(")")
        return Call(name, arguments)

    def _value(self, depth: int) -> Any:
        if self._kind == "text":
            return _unquoted(self._step())
        if self._kind == "number":
            return _number(self._step())
        if self._kind == "name" and self._token in _CONSTANTS:
            return _CONSTANTS[self._step()]
        if depth == 0:
            raise ValueError("nested too deep")
        if self._take("["):
            return self._list(depth - 1)
        if self._take("{"):
            return self._dict(depth - 1)
        sign = -1 if self._take("-") else 1
        if (sign > 0 and not self._take("+")) or self._kind != "number":
            raise ValueError("no value")
        return sign * _number(self._step())

    def _list(self, depth: int) -> list[Any]:
        items = []
        while not self._take("]"):
            items.append(self._value(depth))
            self._comma_or("]")
        return items

    def _dict(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not self._take("}"):
            if self._kind != "text":
                raise ValueError("a key that is no text")
            key = _unquoted(self._step())
            if key in items:
                raise ValueError("a key given twice")
            self._expect(":")
            items[key] = self._value(depth)
            self._comma_or("}")
        return items


def _unquoted(token: str) -> str:
    """The text that a literal stands for."""
    raw = token[0] in "rR"
    body = token.lstrip("rRuU")
    quotes = 3 if body[:3] in {'"""', "'''"} else 1
    body = body[quotes:-quotes]
    return body if raw or "\\" not in body else _ESCAPE.sub(_unescaped, body)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code in _ESCAPED:
        return _ESCAPED[code]
    if code in "xuUN":
        raise ValueError("an escape that breaks off")
    return chr(int(code, 8) if code.isdigit() else int(code[1:], 16))


def _number(token: str) -> float:
    """The number of a literal.

    Raises:
        ValueError: It is none, or too large.
    """
    if len(token) > _LONGEST_NUMBER:
        raise ValueError("a number too large")
    if token[:2].lower() in {"0x", "0o", "0b"} or not _FRACTION.search(token):
        return int(token, 0)
    number = float(token)
    if math.isinf(number):
        raise ValueError("a number too large")
    return number
