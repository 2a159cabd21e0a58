"""Rubrics from files, from text and from the library that ships with the package. Reads files."""

from importlib.resources import files
from pathlib import Path

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.source import load_record, parse_record
from rvpo.rubrics.wording import hint, shown

_SUFFIX = ".yaml"


def load_rubric(path: str | Path) -> Rubric:
    """Read a rubric from a YAML file.

    Raises:
        SourceError: One line that names the file, the line, the place and what is wrong there.
    """
    return load_record(path, Rubric)


def parse_rubric(text: str, name: str = "<rubric>") -> Rubric:
    """Read a rubric from YAML text; ``name`` is what errors call it.

    Raises:
        SourceError: As ``load_rubric``.
    """
    return parse_record(text, Rubric, name)


def library_names() -> tuple[str, ...]:
    """The names of the rubrics that ship with the package, sorted.

    >>> library_names()
    ('medical_consultation', 'tool_calling')
    """
    found = (entry.name for entry in files("rvpo.rubrics").joinpath("library").iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def library_rubric(name: str) -> Rubric:
    """Read a rubric that ships with the package.

    Raises:
        RubricError: There is none of that name.
    """
    names = library_names()
    if name not in names:
        allowed = ", ".join(names)
        raise RubricError(f"no library rubric {shown(name)}; there are: {allowed}{hint(name, names)}")
    text = files("rvpo.rubrics").joinpath("library", name + _SUFFIX).read_text(encoding="utf-8")
    return parse_rubric(text, f"library:{name}")
