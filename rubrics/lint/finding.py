"""What a check hands over and what lint reports. Pure data."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rvpo.rubrics.schema import Rubric

Severity = Literal["error", "warning", "note"]
"""``error``: the rubric cannot do what it says; ``warning``: it very likely does something else than was meant;
``note``: worth a second look."""


class Hit(NamedTuple):
    """One place where a check found what it looks for."""

    message: str
    criterion_id: str | None = None
    """``None``: the rubric as a whole."""
    advice: str = ""
    """What to write instead, here; empty: what the check always advises."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that lint looks for."""

    code: str
    severity: Severity
    finds: str
    """What it finds, in a phrase."""
    why: str
    """What goes wrong in judging or training if it stays."""
    advice: str
    """What to write instead."""
    find: Callable[[Rubric], Iterable[Hit]] | None
    """``None``: it is about the findings of the others, and whoever runs these looks for it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a rubric that its author should look at."""

    code: str
    severity: Severity
    criterion_id: str | None
    """``None``: the rubric as a whole."""
    message: str
    """One line: what was found."""
    advice: str
    """One line: what to write instead."""
