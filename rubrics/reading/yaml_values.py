"""YAML text -> plain values, and the line that each one stands in. A small, safe part of YAML.

Reads one document of mappings with text keys, lists and YAML 1.2 core scalars, so ``no``, ``off`` and dates
stay text (PyYAML's own resolver follows YAML 1.1). Tags, anchors, aliases and merge keys are refused: none is
needed in a rubric, and aliases can blow a small file up without end. Works on PyYAML's events, because its
composed nodes no longer say whether a tag was written or guessed. Touches no file.
"""

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.wording import shown

if TYPE_CHECKING:
    import yaml

MAX_CHARS = 1_000_000
MAX_DEPTH = 64
MAX_DIGITS = 400

Path = tuple[str | int, ...]
"""Place of a value: keys and list indices from the top."""


class Origin(NamedTuple):
    """Where something was written, when not all of it was written in one file."""

    name: str
    """What errors call the file."""
    line: int | None
    """From 1; ``None``: not known, as of a row of JSON lines, whose name says the line."""


_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NOT_A_NUMBER = re.compile(r"\.(nan|NaN|NAN)")


def read_yaml(text: str, name: str) -> tuple[object, dict[Path, int]]:
    """Read one YAML document.

    Args:
        text: The document.
        name: What errors call it, usually the file's path.

    Returns:
        The value, and the line (from 1) of every key and list item by its path; ``()`` is the top.

    Raises:
        SourceError: Not YAML, or outside the part described above.
    """
    import yaml

    text = text.removeprefix("\N{BYTE ORDER MARK}")
    if len(text) > MAX_CHARS:
        raise SourceError.at(name, None, f"{len(text)} characters long, allowed {MAX_CHARS}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(yaml.parse(text, Loader=loader), name).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        last = text.count("\n") + 1  # the parser may point behind the end
        raise SourceError.at(
            name, min(mark.line + 1, last) if mark else None, f"not YAML: {problem}"
        ) from None
    except yaml.YAMLError as error:
        raise SourceError.at(name, _line_of(error, text), f"not YAML: {_reason(error)}") from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise SourceError.at(name, line, "not YAML: a lone surrogate, which no text can hold") from None


class _Reader:
    """Builds the value from PyYAML's stream of events, one method a construct."""

    def __init__(self, events: "Iterator[yaml.Event]", name: str) -> None:
        self.events = events
        self.name = name
        self.lines: dict[Path, int] = {}

    def document(self) -> tuple[object, dict[Path, int]]:
        import yaml

        next(self.events)  # the stream's start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise SourceError.at(self.name, None, "the file is empty")
        first = next(self.events)
        value = self.value(first, ())
        next(self.events)  # the document's end
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.error(after, "a second document starts here; a file holds one")
        if value is None:
            raise SourceError.at(self.name, None, "the file is empty")
        return value, self.lines

    def value(self, event: "yaml.Event", path: Path) -> object:
        import yaml

        self.refuse_extras(event)
        self.lines.setdefault(path, _line(event))
        if len(path) > MAX_DEPTH:
            raise self.error(event, f"nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            items = self.until(yaml.SequenceEndEvent)
            return [self.value(item, (*path, index)) for index, item in enumerate(items)]
        assert isinstance(event, yaml.ScalarEvent)
        return self.scalar(event)

    def mapping(self, path: Path) -> dict[str, object]:
        import yaml

        result: dict[str, object] = {}
        for event in self.until(yaml.MappingEndEvent):
            self.refuse_extras(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error(event, "a key must be text, not a list or a mapping")
            key = self.scalar(event)
            if not isinstance(key, str):
                raise self.error(event, f"the key {shown(key)} is not text; put it in quotes")
            place = (*path, key)
            if key in result:
                raise self.error(
                    event, f"the key {shown(key)} occurs twice, first in line {self.lines[place]}"
                )
            self.lines[place] = _line(event)
            result[key] = self.value(next(self.events), place)
        return result

    def refuse_extras(self, event: "yaml.Event") -> None:
        import yaml

        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, f"the alias *{event.anchor} is not allowed; write the value out")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self.error(event, f"the anchor &{event.anchor} is not allowed; write the value out")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise self.error(event, f"the tag {shown(event.tag)} is not allowed; write plain values")

    def until(self, end: "type[yaml.Event]") -> "Iterator[yaml.Event]":
        return itertools.takewhile(lambda event: not isinstance(event, end), self.events)

    def scalar(self, event: "yaml.ScalarEvent") -> object:
        text = event.value
        if event.style or not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        for pattern, convert in _NUMBERS:
            if pattern.fullmatch(text):
                if len(text) > MAX_DIGITS:
                    raise self.error(event, f"a number of {len(text)} digits, allowed {MAX_DIGITS}")
                return convert(text)
        return text

    def error(self, event: "yaml.Event", text: str) -> SourceError:
        return SourceError.at(self.name, _line(event), text)


_NUMBERS = (
    (_DECIMAL, int),
    (_OCTAL, lambda text: int(text, base=0)),
    (_HEXADECIMAL, lambda text: int(text, base=0)),
    (_FLOAT, float),
    (_INFINITY, lambda text: float(text.replace(".", ""))),
    (_NOT_A_NUMBER, lambda _: float("nan")),
)


def _line(event: "yaml.Event") -> int:
    assert event.start_mark is not None  # only events made by hand lack one
    return event.start_mark.line + 1


def _line_of(error: "yaml.YAMLError", text: str) -> int | None:
    """Only a reader error (a control character) says where it is without a mark: the position in characters."""
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else None


def _reason(error: "yaml.YAMLError") -> str:
    reason = getattr(error, "reason", None) or "cannot be read"
    character = getattr(error, "character", None)
    return f"{reason} (character {character:#04x})" if isinstance(character, int) else str(reason)
