"""Rubric files to compose: plain data with the origin of every part. Reads local files and the shipped library.

Never a URL. What a file names is looked up beside that file; text without a folder, such as a row of a data file,
may name the library only, as data is trusted less than the files of the one who runs the program.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from rvpo.rubrics.compose.pieces import Piece
from rvpo.rubrics.errors import RubricError, SourceError
from rvpo.rubrics.reading import yaml_values
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.reading.source import read_text
from rvpo.rubrics.reading.yaml_values import Origin, read_yaml
from rvpo.rubrics.schema.written import CLOSED_FILE, ReusingFile
from rvpo.rubrics.wording import hint, printable, shown

LIBRARY = "library:"
_SUFFIX = ".yaml"


@dataclass(frozen=True)
class RubricFile:
    """One file's plain data, parted into pieces that know their origin."""

    name: str
    """What errors call it."""
    data: Any
    lines: Mapping[yaml_values.Path, int] = field(repr=False)
    folder: Path | None = None
    """Where the files lie that it names; ``None``: it may name the library only."""

    @property
    def key(self) -> str:
        """Tells files apart, however they are named."""
        return self.name if self.folder is None else str(Path(self.name).resolve())

    @cached_property
    def form(self) -> ReusingFile:
        """What the file says of reuse, validated.

        Raises:
            SourceError: It is no mapping, or says that wrongly.
        """
        return validate(CLOSED_FILE, self.data, self.name, self.lines)

    @cached_property
    def head(self) -> Piece:
        """The keys of the file itself."""
        return Piece(self.data, self._parted.get((), {}))

    def items(self, *place: str) -> list[Piece]:
        """The mappings of a list, for instance ``criteria`` or ``fragments, name``."""
        values: Any = self.data
        for key in place:
            values = values.get(key) or ()
        return [
            Piece(value, self._parted.get((*place, index)) or {(): self.origin((*place, index))})
            for index, value in enumerate(values)
        ]

    def origin(self, path: yaml_values.Path) -> Origin:
        """The line of a path, or of the nearest thing around it."""
        around = (path[:length] for length in range(len(path), -1, -1))
        return Origin(self.name, next((self.lines[place] for place in around if place in self.lines), None))

    def error(self, path: yaml_values.Path, text: str) -> SourceError:
        """An error at a path of this file."""
        return SourceError.at(*self.origin(path), text)

    @cached_property
    def _parted(self) -> dict[yaml_values.Path, dict[yaml_values.Path, Origin]]:
        """The origins by the piece that they belong to: one pass, for a file may hold thousands of criteria."""
        parted: dict[yaml_values.Path, dict[yaml_values.Path, Origin]] = {}
        for path, line in self.lines.items():
            depth = {"criteria": 2, "components": 2, "fragments": 3}.get(str(path[0]), 0) if path else 0
            cut = depth if len(path) >= depth else 0
            parted.setdefault(path[:cut], {})[path[cut:]] = Origin(self.name, line)
        return parted


def library_names() -> tuple[str, ...]:
    """The names of the rubrics that ship with the package, sorted."""
    found = (entry.name for entry in files("rvpo.rubrics").joinpath("library").iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@lru_cache(maxsize=64)
def library_file(name: str) -> RubricFile:
    """Read a rubric that ships with the package, once a process.

    Raises:
        RubricError: There is none of that name.
    """
    data, lines = read_yaml(library_text(name), LIBRARY + name)
    return RubricFile(LIBRARY + name, data, lines)


def library_text(name: str) -> str:
    """The YAML text of a rubric that ships with the package.

    Raises:
        RubricError: There is none of that name.
    """
    if name not in library_names():
        raise RubricError(printable(_unknown(name)))
    return files("rvpo.rubrics").joinpath("library", name + _SUFFIX).read_text(encoding="utf-8")


def _unknown(name: str) -> str:
    names = library_names()
    return f"no library rubric {shown(name)}; there are: {', '.join(names)}{hint(name, names)}"


def named_file(source: str, by: RubricFile, place: yaml_values.Path) -> RubricFile:
    """Open what a file names.

    Args:
        source: ``library:NAME`` or a path, from the folder of the file that says it.
        by: That file...
        place: ...and where it does: the place of any error in getting there.

    Raises:
        SourceError: There is no such file or library rubric, it may not be named there, or it is wrong itself.
    """
    if source.startswith(LIBRARY):
        name = source.removeprefix(LIBRARY)
        if name not in library_names():
            raise by.error(place, _unknown(name))
        return library_file(name)
    if "://" in source:
        raise by.error(place, f"{shown(source)} is a URL; only files and library:NAME are read")
    if by.folder is None:
        stem = Path(source).stem
        near = f"; did you mean {LIBRARY}{stem}?" if stem in library_names() else ""
        raise by.error(place, f"{shown(source)} may not be named here, only library:NAME{near}")
    path = by.folder / source
    if not _may_be_read(path):
        raise by.error(place, f"{shown(source)} is no file")
    try:
        text = read_text(path)
    except SourceError as error:
        raise by.error(place, str(error)) from None
    data, lines = read_yaml(text, str(path))
    return RubricFile(str(path), data, lines, path.parent)


def _may_be_read(path: Path) -> bool:
    """No folder, and no pipe or device, on which reading might wait for ever."""
    try:
        return path.is_file() or not path.exists()
    except (OSError, ValueError):  # a name too long, a null character
        return False
