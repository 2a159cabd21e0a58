"""What every format of rubric files offers: a name, how it is known, how it is read and how it is written. Pure.

A file holds either prompts, each with its rubric, or one rubric. Whatever a format cannot say, and whatever had to be
decided on the way, is a ``Note``: no conversion loses anything silently.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

Severity = Literal["note", "lost", "ambiguous"]
Ambiguous = Literal["error", "met_is_bad", "met_is_good"]


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a reader of the converted file should know."""

    place: str
    """Where in the file that was read: ``line 3: rubric[2]``."""
    text: str
    severity: Severity
    """``note``: decided on the way; ``lost``: the result does not say it; ``ambiguous``: someone should look."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds: prompt rows, or a rubric; never both."""

    rows: tuple[PromptRow, ...] = ()
    rubric: Rubric | None = None
    notes: tuple[Note, ...] = ()

    @property
    def rubrics(self) -> tuple[Rubric, ...]:
        """Every rubric, one for each row that has its own."""
        own = tuple(row.rubric for row in self.rows if row.rubric is not None)
        return own if self.rubric is None else (self.rubric, *own)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file's text, and what it does not say."""

    text: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write rubrics down."""

    name: str
    title: str
    """In a few words, for a table of formats."""
    suffixes: tuple[str, ...]
    """What its files end in; the first is the usual one."""
    sniff: Callable[[Mapping[str, Any]], bool]
    """Whether a file's first record (a JSON line, the first item of a list, the document itself) is of this form."""
    read: Callable[[Source, Ambiguous], Imported]
    """Read a file; raises ``SourceError``. ``Ambiguous`` says what becomes of a criterion that may be good or bad."""
    write: Callable[[Imported, str], Exported]
    """Write for a suffix; raises ``RubricError`` if the format cannot hold it at all."""


@dataclass(slots=True)
class Notebook:
    """Collects notes while a file is read or written."""

    notes: list[Note] = field(default_factory=list)

    def add(self, place: str, text: str, severity: Severity = "note") -> None:
        """Write one down, once."""
        note = Note(place, text, severity)
        if note not in self.notes[-20:]:
            self.notes.append(note)

    def lost(self, place: str, text: str) -> None:
        """Write down that something is not said any more."""
        self.add(place, text, "lost")

    def done(self) -> tuple[Note, ...]:
        """All of them, in order."""
        return tuple(self.notes)
