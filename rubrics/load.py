"""Rubrics from files, from text and from the library that ships with the package. Reads files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rvpo.rubrics.compose import composed, reuses
from rvpo.rubrics.compose.sources import LIBRARY, RubricFile, library_file, library_names
from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.reading import yaml_values
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.reading.source import read_text
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.schema.written import REUSE_KEYS
from rvpo.rubrics.wording import hint, printable, shown

__all__ = [
    "find_rubric",
    "library_names",
    "library_rubric",
    "load_rubric",
    "parse_rubric",
    "resolved",
]


def load_rubric(path: str | Path) -> Rubric:
    """Read a rubric from a YAML file; the files that it reuses are looked up beside it.

    Raises:
        SourceError: One line that names the file, the line, the place and what is wrong there.
    """
    return parse_rubric(read_text(path), str(path), Path(path).parent)


def parse_rubric(text: str, name: str = "<rubric>", base: str | Path | None = None) -> Rubric:
    """Read a rubric from YAML text.

    Args:
        text: The YAML.
        name: What errors call it.
        base: The folder of the files that it may reuse; ``None``: it may reuse the shipped library only.

    Raises:
        SourceError: As ``load_rubric``.
    """
    data, lines = read_yaml(text, name)
    return resolved(data, name, lines, base)


def resolved(
    data: Any, name: str, lines: Mapping[yaml_values.Path, int], base: str | Path | None = None
) -> Rubric:
    """Make a rubric of the plain data of a rubric file: reuse worked off, then validated.

    Args:
        data: Plain values, as read from YAML or JSON.
        name: What errors call the source.
        lines: Line of each path that has one.
        base: As for ``parse_rubric``.

    Raises:
        SourceError: As ``load_rubric``.
    """
    if not reuses(data):
        return validate(Rubric, data, name, lines, REUSE_KEYS)
    plain, origins = composed(RubricFile(name, data, lines, None if base is None else Path(base)))
    return validate(Rubric, plain, name, origins, REUSE_KEYS)


def library_rubric(name: str) -> Rubric:
    """Read a rubric that ships with the package.

    Raises:
        RubricError: There is none of that name.
    """
    file = library_file(name)
    return resolved(file.data, file.name, file.lines)


def find_rubric(source: str) -> Rubric:
    """Read what a user means by ``--rubric``: a file, or a library rubric by its name or as ``library:NAME``.

    A file in the working folder goes before a library rubric of the same name.

    Raises:
        RubricError: Neither is there, or the file is wrong.
    """
    if source.startswith(LIBRARY):
        return library_rubric(source.removeprefix(LIBRARY))
    path, names = Path(source), library_names()
    if source and (_exists(path) or path.suffix or path.name != source):
        return load_rubric(source)
    if source in names:
        return library_rubric(source)
    text = f"{shown(source)} is no file and no library rubric; there are: {', '.join(names)}{hint(source, names)}"
    raise RubricError(printable(text))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, a null character
        return False
