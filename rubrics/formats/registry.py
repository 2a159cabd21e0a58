"""All formats by name, and which of them a file is in. Reads files through ``Source``."""

from pathlib import Path

from rvpo.rubrics.errors import RubricError, SourceError
from rvpo.rubrics.formats.autorubric import AUTORUBRIC, RUBRIC
from rvpo.rubrics.formats.bfcl import BFCL
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported
from rvpo.rubrics.formats.healthbench_rows import HEALTHBENCH
from rvpo.rubrics.formats.open_instruct import OPEN_INSTRUCT
from rvpo.rubrics.formats.prometheus import PROMETHEUS
from rvpo.rubrics.formats.promptfoo import PROMPTFOO
from rvpo.rubrics.formats.rar import RAR
from rvpo.rubrics.formats.rlla import RLLA
from rvpo.rubrics.formats.rvpo_files import RVPO
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.formats.verifiers import VERIFIERS
from rvpo.rubrics.load import library_names, library_rubric
from rvpo.rubrics.reading.collector import collector_paused
from rvpo.rubrics.wording import clipped, hint, shown

FORMATS: tuple[Format, ...] = (
    RVPO,
    HEALTHBENCH,
    RAR,
    OPEN_INSTRUCT,
    AUTORUBRIC,
    RUBRIC,
    VERIFIERS,
    PROMPTFOO,
    PROMETHEUS,
    RLLA,
    BFCL,
)
"""Every format, ours first; a file is in the first that knows it."""


def format_named(name: str) -> Format:
    """The format of a name.

    Raises:
        RubricError: There is none.
    """
    names = [each.name for each in FORMATS]
    if name not in names:
        raise RubricError(f"no format {shown(name)}; there are: {', '.join(names)}{hint(name, names)}")
    return FORMATS[names.index(name)]


def detect(path: str | Path) -> Format:
    """Tell a file's format by its first record.

    Raises:
        SourceError: It cannot be read, or is in none of the formats.
    """
    return detect_source(Source(path))


@collector_paused()
def read_rubrics(
    path: str | Path, name: str | None = None, ambiguous: Ambiguous = "met_is_bad"
) -> tuple[Format, Imported]:
    """Read a file of any format, or a rubric that ships with the package.

    Args:
        path: The file, or a library rubric's name.
        name: Its format; told by its first record if left out.
        ambiguous: What a criterion is taken for whose wording may be meant either way (Rubrics as Rewards' pitfalls).

    Returns:
        The format, and what the file holds.

    Raises:
        SourceError: The file is wrong; one line with file, line or row, place, value and what was allowed.
        RubricError: There is no format of that name.
    """
    shipped = str(path).removeprefix("library:")
    if shipped in library_names() and not Path(path).exists():
        return RVPO, Imported(rubric=library_rubric(shipped))
    source = Source(path)
    found = format_named(name) if name is not None else detect_source(source)
    return found, found.read(source, ambiguous)


def write_rubrics(imported: Imported, name: str, suffix: str = "") -> Exported:
    """Write what a file holds in a format.

    Args:
        imported: Prompt rows or a rubric.
        name: The format.
        suffix: What the new file ends in, where a format has several; its usual one by default.

    Raises:
        RubricError: There is no such format, or it cannot hold this at all.
    """
    found = format_named(name)
    return found.write(imported, suffix.lower() or found.suffixes[0])


def detect_source(source: Source) -> Format:
    """Tell a source's format by its first record.

    Raises:
        SourceError: It cannot be read, or is in none of the formats.
    """
    record = source.first().data
    for each in FORMATS:
        if each.sniff(record):
            return each
    keys = clipped(", ".join(map(str, record)) or "none", 200)
    names = ", ".join(each.name for each in FORMATS)
    raise SourceError.at(
        source.name, None, f"in no format that is known; its keys: {keys}; say which of: {names}"
    )
