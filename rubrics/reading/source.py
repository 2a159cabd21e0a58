"""Files of declarative records: YAML or JSON lines -> plain data -> a validated record, or an error of one line.

Used for rubric files, judge files and train configs alike. Every failure is a ``SourceError`` that names the
file, the line, the place, the value met and what was allowed. Reads files; writes none.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.reading.complaints import Model, validate
from rvpo.rubrics.reading.strict_json import parse_json
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.wording import file_hint, nearest

__all__ = ["MAX_BYTES", "load_record", "nearest", "parse_record", "read_json_lines", "read_text"]

MAX_BYTES = 1_000_000
"""A declarative file larger than this is a mistake, or an attack."""


def load_record(path: str | Path, model: type[Model]) -> Model:
    """Read a record from a YAML file.

    Raises:
        SourceError: The file cannot be read, is not YAML, or does not hold such a record.
    """
    return parse_record(read_text(path), model, str(path))


def parse_record(text: str, model: type[Model], name: str = "<text>") -> Model:
    """Read a record from YAML text; ``name`` is what errors call it.

    Raises:
        SourceError: The text is not YAML or does not hold such a record.
    """
    data, lines = read_yaml(text, name)
    return validate(model, data, name, lines)


def read_text(path: str | Path, max_bytes: int = MAX_BYTES) -> str:
    """Read a declarative file as text.

    Raises:
        SourceError: It cannot be read, is larger than ``max_bytes``, or is not UTF-8.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(max_bytes + 1)
    except ValueError:  # a null character
        raise SourceError.at(str(path), None, "is no path") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > max_bytes:
        raise SourceError.at(
            str(path), None, f"larger than {max_bytes} bytes, the most that such a file may have"
        )
    return _decoded(content, str(path))


def read_json_lines(
    path: str | Path, *, offset: int = 0, first: int = 1
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a file of one JSON object a line, as it goes; blank lines are passed over.

    Args:
        path: The file.
        offset: The byte to begin at, where a line begins.
        first: That line's number.

    Yields:
        The line's number, from 1, and its object.

    Raises:
        SourceError: The file cannot be read or holds nothing, or a line is not a JSON object; a last line that
            was cut off is called that.
    """
    name, empty = str(path), True
    try:
        with Path(path).open("rb") as file:
            file.seek(offset)
            for number, line in enumerate(file, start=first):
                if line.strip():
                    empty = False
                    yield number, _json_object(line, name, number)
    except OSError as error:
        raise _unreadable(path, error) from None
    if empty:
        raise SourceError.at(name, None, "the file is empty")


def _json_object(line: bytes, name: str, number: int) -> dict[str, Any]:
    text = _decoded(line, name, number)
    try:
        value = parse_json(text)
    except ValueError as error:
        torn = "" if text.endswith("\n") else "the last line has no line end and seems cut off: "
        raise SourceError.at(name, number, f"{torn}{error}") from None
    if not isinstance(value, dict):
        raise SourceError.at(name, number, f"got a JSON {_kind(value)}, should be an object in braces")
    if "\\ud" in text.lower():
        _refuse_lone_surrogates(value, name, number)
    return value


def _refuse_lone_surrogates(value: object, name: str, number: int) -> None:
    """JSON can spell half of a surrogate pair; no file, hash or tokenizer downstream can hold it."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise SourceError.at(
                name, number, "a lone surrogate (\\ud800 to \\udfff) is no character"
            ) from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_lone_surrogates(key, name, number)
            _refuse_lone_surrogates(item, name, number)
    elif isinstance(value, list):
        for item in value:
            _refuse_lone_surrogates(item, name, number)


def _kind(value: object) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _decoded(content: bytes, name: str, line: int | None = None) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = line or content.count(b"\n", 0, error.start) + 1
        raise SourceError.at(name, line, f"not UTF-8: byte {content[error.start]:#04x}") from None


def _unreadable(path: str | Path, error: OSError) -> SourceError:
    if isinstance(error, FileNotFoundError):
        folder = Path(path).parent
        siblings = [file.name for file in folder.iterdir()] if folder.is_dir() else []
        return SourceError.at(str(path), None, f"no such file{file_hint(Path(path).name, siblings)}")
    if isinstance(error, IsADirectoryError):
        return SourceError.at(str(path), None, "is a folder, should be a file")
    return SourceError.at(str(path), None, f"cannot be read: {error.strerror}")
