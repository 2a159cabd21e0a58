"""Errors of the rubrics room.

RubricError (ValueError)
├── SourceError       a YAML or JSON file that cannot be read as the record it should hold
└── MissingField      a rule asks for a field that the data row lacks
"""

from typing import Self

from rvpo.rubrics.wording import printable


class RubricError(ValueError):
    """Something about a rubric, or a file written like one, is wrong. One line: place, value, what was allowed."""


class SourceError(RubricError):
    """A file cannot be read as the record it should hold; the message starts with ``file:line:``."""

    complaints: tuple[str, ...] = ()
    """All that is wrong, a line each, where more than the one thing of the message is known."""

    @classmethod
    def at(cls, name: str, line: int | None, text: str) -> Self:
        """Build the one-line error for line ``line`` of ``name``; ``None``: the file as a whole."""
        place = name if line is None else f"{name}:{line}"
        return cls(printable(f"{place}: {text}"))


class FaultWithin(ValueError):
    """What a check of a whole record finds wrong at one place inside it; raised for pydantic, seen as a ``SourceError``."""

    def __init__(self, text: str, *place: str | int) -> None:
        super().__init__(text)
        self.place = place
        """From the record: ``("criteria", 2, "id")``."""


class MissingField(RubricError):
    """A rule asks for a field of the data row that the row does not have."""
