"""Files of any rubric format -> records with the place each stands at. Reads files.

A file is JSON lines, one JSON value, TOML or YAML: by its suffix, or for ``.json`` by whether each line is a value.
"""

import itertools
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.reading.source import MAX_BYTES, read_json_lines, read_text
from rvpo.rubrics.reading.strict_json import parse_json
from rvpo.rubrics.reading.yaml_values import Path as Place
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.wording import shown

MAX_JSON_BYTES = 500_000_000
"""A data set in one JSON list may be far larger than a file that someone wrote."""


class Record(NamedTuple):
    """One mapping of a file."""

    name: str
    """What errors call it: ``file:12``."""
    place: str
    """What notes call it: ``line 12``; empty for the document itself."""
    number: int
    """Its line, or which one it is in a list, from 1."""
    data: dict[str, Any]
    lines: Mapping[Place, int]
    """Lines of the values inside it, where they are known."""


class Source:
    """A file to be read, once or more."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = str(path)
        self._document: tuple[object, Mapping[Place, int]] | None = None

    def is_lines(self) -> bool:
        """Whether the file is JSON lines."""
        suffix = self.path.suffix.lower()
        return suffix in {".jsonl", ".ndjson"} or (suffix == ".json" and self._looks_like_lines())

    def document(self) -> tuple[object, Mapping[Place, int]]:
        """The whole file as one value, with the line of each part where the language tells.

        Raises:
            SourceError: It cannot be read.
        """
        if self._document is None:
            self._document = self._parsed()
        return self._document

    def records(self) -> Iterator[Record]:
        """The mappings that the file is a list of, or the one that it is.

        Raises:
            SourceError: It cannot be read, or something in it is no mapping.
        """
        if self.is_lines():
            for line, data in read_json_lines(self.path):
                yield Record(f"{self.name}:{line}", f"line {line}", line, data, {})
            return
        value, lines = self.document()
        if isinstance(value, dict):
            yield Record(self.name, "", 1, value, lines)
            return
        if not isinstance(value, list) or not value:
            raise SourceError.at(
                self.name, None, f"got {shown(value)}, should be a mapping or a list of them"
            )
        for index, item in enumerate(value):
            inside = {place[1:]: line for place, line in lines.items() if place[:1] == (index,)}
            name = self.name if inside else f"{self.name}: item {index + 1}"
            if not isinstance(item, dict):
                place = f"item {index + 1}"
                text = f"{place}: got {shown(item)}, should be a mapping of keys"
                raise SourceError.at(self.name, lines.get((index,)), text)
            yield Record(name, f"item {index + 1}", index + 1, item, inside)

    def first(self) -> Record:
        """The first of the records."""
        return next(self.records())

    def text(self) -> str:
        """The file's text.

        Raises:
            SourceError: It cannot be read.
        """
        is_json = self.path.suffix.lower() == ".json"
        return read_text(self.path, MAX_JSON_BYTES if is_json else MAX_BYTES)

    def _looks_like_lines(self) -> bool:
        """Whether the first two lines that are not blank are JSON objects, each whole."""
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                head = list(itertools.islice((line for line in file if line.strip()), 2))
            return len(head) == 2 and all(isinstance(parse_json(line), dict) for line in head)
        except (OSError, ValueError):
            return False

    def _parsed(self) -> tuple[object, Mapping[Place, int]]:
        text, suffix = self.text(), self.path.suffix.lower()
        if not text.strip():
            raise SourceError.at(self.name, None, "the file is empty")
        if suffix == ".json":
            return self._json(text), {}
        if suffix == ".toml":
            try:
                return tomllib.loads(text), {}
            except (tomllib.TOMLDecodeError, RecursionError) as error:
                raise SourceError.at(self.name, None, f"not TOML: {error}") from None
        return read_yaml(text, self.name)

    def _json(self, text: str) -> object:
        try:
            value = parse_json(text)
            if "\\ud" in text.lower():
                json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            text = "a lone surrogate (\\ud800 to \\udfff) is no character"
            raise SourceError.at(self.name, None, text) from None
        except ValueError as error:
            raise SourceError.at(self.name, None, str(error)) from None
        return value


class Rows(Source):
    """Rows that were read already, of a table or from among others, as a source like any other."""

    def __init__(self, records: Sequence[Record], name: str) -> None:
        super().__init__(name)
        self._records = records

    def is_lines(self) -> bool:
        """They are as good as lines."""
        return True

    def document(self) -> tuple[object, Mapping[Place, int]]:
        """All of them as a list."""
        return [record.data for record in self._records], {}

    def records(self) -> Iterator[Record]:
        """The rows.

        Raises:
            SourceError: There are none.
        """
        if not self._records:
            raise SourceError.at(self.name, None, "there are no rows")
        yield from self._records


def without_holes(value: Any) -> Any:
    """A table's cell without what is null in it: all mappings of a column have the same keys, those of others empty."""
    if isinstance(value, dict):
        return {key: without_holes(inner) for key, inner in value.items() if inner is not None}
    return [without_holes(inner) for inner in value] if isinstance(value, list) else value
