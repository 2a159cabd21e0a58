"""Rubrics as YAML that is a pleasure to read: the schema's key order, block scalars, nothing at its default. Pure.

Written by hand, not by PyYAML's emitter, whose folding and quoting are no pleasure. What is written reads back equal
by ``reading.yaml_values``, which is checked before it is handed out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.formats.plain import plain_rubric
from rvpo.rubrics.reading.source import parse_record
from rvpo.rubrics.schema import Rubric

WIDTH = 100
"""Columns that a line should keep within."""

_MAX_KEY = 800
"""A longer key needs a ``?`` before it: a parser looks only 1024 characters ahead for its colon."""

_SPREAD = frozenset({"criteria", "examples", "tests", "assert"})
"""Keys whose lists are spread over lines, each key of an item on its own, however short they are."""

_PLAIN = re.compile(r"[A-Za-z(].*")
_FLOW_SIGNS = frozenset(",[]{}:?\"'")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def write_rubric(rubric: Rubric, *, schema: str | None = None) -> str:
    """Write a rubric as a YAML file.

    Args:
        rubric: The rubric.
        schema: Where its JSON Schema lies, for editors that heed a ``yaml-language-server`` comment.

    Raises:
        RubricError: It holds what no rubric file can: JSON nested too deep, or more than a file may hold.
    """
    comment = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    text = comment + write_yaml(plain_rubric(rubric))
    try:
        if parse_record(text, Rubric, rubric.id) == rubric:
            return text
    except RubricError as error:
        raise RubricError(f"rubric {rubric.id!r} cannot be written as YAML: {error}") from None
    raise RubricError(f"rubric {rubric.id!r} cannot be written as YAML: it would read back as another")


def write_yaml(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write a mapping or a list of plain data (text keys; texts, numbers, booleans, null) as a YAML document."""
    return "".join(f"{line}\n" for line in _block(data, 0, spread=True)) if data else f"{_flow(data, 0)}\n"


def _block(value: Mapping[str, Any] | Sequence[Any], indent: int, *, spread: bool = False) -> Iterator[str]:
    """The lines of a mapping or a list that is not empty, each item on a line of its own."""
    margin = " " * indent
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = _scalar(key)
            head = f"{margin}{name}:" if len(name) <= _MAX_KEY else f"{margin}? {name}\n{margin}:"
            yield from _entry(head, item, indent + 2, spread=key in _SPREAD)
        return
    for item in value:
        if isinstance(item, Mapping) and item and (spread or _flow(item, indent + 2) is None):
            first, *rest = _block(item, indent + 2)
            yield f"{margin}- {first[indent + 2 :]}"
            yield from rest
        else:
            yield from _entry(f"{margin}-", item, indent + 2)


def _entry(head: str, value: Any, indent: int, *, spread: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text(head, value, indent)
    elif not (spread and value) and (short := _flow(value, len(head) + 1)) is not None:
        yield f"{head} {short}"
    else:
        yield head
        yield from _block(value, indent, spread=spread)


def _flow(value: Any, used: int) -> str | None:
    """A value on one line, or ``None`` if it is better spread over several."""
    if isinstance(value, Mapping):
        if any(isinstance(item, str) and "\n" in item for item in value.values()):
            return None
        parts = [(_scalar(key, flow=True), _flow(item, 0)) for key, item in value.items()]
        if any(item is None or len(key) > _MAX_KEY for key, item in parts):
            return None
        written = "{" + ", ".join(f"{key}: {item}" for key, item in parts) + "}"
    elif isinstance(value, list | tuple):
        items = [_flow(item, 0) for item in value]
        if None in items:
            return None
        written = "[" + ", ".join(item for item in items if item is not None) + "]"
    elif isinstance(value, str):
        return _scalar(value, flow=True)
    else:
        return _number_or_word(value)
    return written if used + len(written) <= WIDTH or not value else None


def _number_or_word(value: object) -> str:
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else repr(value)


def _text(head: str, text: str, indent: int) -> Iterator[str]:
    """A text behind its key: on the line, folded if it is long, literal if it has line ends of its own."""
    margin = " " * indent
    if "\n" in text and _may_be_literal(text):
        body = text.removesuffix("\n")
        yield f"{head} |" if text.endswith("\n") else f"{head} |-"
        yield from (margin + line if line else "" for line in body.split("\n"))
        return
    line = f"{head} {_scalar(text)}"
    folded = _folded(text, WIDTH - indent) if len(line) > WIDTH else ()
    if len(folded) < 2:
        yield line
        return
    yield f"{head} >-"
    yield from (margin + part for part in folded)


def _may_be_literal(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return (
        bool(lines[0])
        and bool(lines[-1])
        and all(line.replace("\t", "").isprintable() and "\ufeff" not in line for line in lines)
        and not any(line[:1] in {" ", "\t"} for line in lines)
    )


def _folded(text: str, width: int) -> list[str]:
    """The lines of a folded scalar, broken where one space stands alone; none if the text does not allow it."""
    if not text.isprintable() or text != text.strip(" "):
        return []
    lines: list[str] = []
    for word in re.split(r"(?<! ) (?! )", text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _scalar(text: str, *, flow: bool = False) -> str:
    """A text on one line: bare where that is safe, else in quotes, with escapes if need be."""
    if _PLAIN.fullmatch(text) and not _needs_quotes(text, flow=flow):
        return text
    if not text.isprintable() or "\ufeff" in text or ("'" in text and '"' not in text and "\\" not in text):
        return '"' + "".join(map(_escaped, text)) + '"'
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _needs_quotes(text: str, *, flow: bool) -> bool:
    return (
        text.casefold() in _WORDS
        or not text.isprintable()
        or text != text.strip()
        or text.endswith(":")
        or ": " in text
        or " #" in text
        or (flow and not _FLOW_SIGNS.isdisjoint(text))
    )


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and character != "\ufeff":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
