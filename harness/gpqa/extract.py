r"""Which option a reply chooses, read in several ways, so that a score's dependence on the reading is known. Pure.

``standard`` decides the score: it is the rule ``choice`` (``rubrics.rules.choice``: last ``\boxed{}``, else last "answer
is", else a line that is but a letter). The others are reported beside it: ``last`` and ``first`` statement of an answer,
``boxed``, and ``paren``, the last capital in parentheses. All read what follows the thinking only.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from rvpo.harness.gpqa.shuffle import LETTERS
from rvpo.rubrics.rules.boxed import last_box, statements
from rvpo.rubrics.rules.choice import chosen_letters, read_choice
from rvpo.rubrics.rules.text import answer_part

EXTRACT: Final = "gpqa-extract/1"
"""Names the readings below; part of a run's identity."""

STANDARD: Final = "standard"
_NOUNS = ("answer", "choice", "option")
_LINE_CHARS = 200
_IN_PARENTHESES = re.compile(r"\(([A-Z])\)")


def _last(text: str) -> str:
    return next(filter(None, _stated(text)), "")


def _first(text: str) -> str:
    return next(filter(None, reversed(_stated(text))), "")


def _stated(text: str) -> list[str]:
    """What every statement of an answer chooses, the last first."""
    return [chosen_letters(statement[:_LINE_CHARS]) for statement in statements(text, *_NOUNS)]


def _boxed(text: str) -> str:
    return chosen_letters(last_box(text) or "")


def _paren(text: str) -> str:
    found: list[str] = _IN_PARENTHESES.findall(text)
    return found[-1] if found else ""


READINGS: Final[Mapping[str, Callable[[str], str]]] = {
    STANDARD: read_choice,
    "last": _last,
    "first": _first,
    "boxed": _boxed,
    "paren": _paren,
}


def read_letters(reply: str) -> dict[str, str | None]:
    """The letter that a reply chooses, by each reading; ``None`` where it chooses none, several, or none of ``ABCD``.

    >>> read_letters("Is the answer (B)? No. Answer: C")
    {'standard': 'C', 'last': 'C', 'first': 'C', 'boxed': None, 'paren': 'B'}
    """
    said = answer_part(reply)
    found = {name: read(said) for name, read in READINGS.items()}
    return {name: each if len(each) == 1 and each in LETTERS else None for name, each in found.items()}
