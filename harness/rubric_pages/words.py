"""What the pages share: a file's text made safe, numbers with a sign, counts in words. Pure.

Nothing of a file is ever read as markup, and no control character of it reaches the terminal.
"""

import re
from collections.abc import Iterable

from rich.text import Text

from rvpo.rubrics.wording import printable

MINUS = "\N{MINUS SIGN}"


def said(text: str, style: str = "", fields: Iterable[str] = ()) -> Text:
    """A text of a file, line by line; the declared fields that it names stand out."""
    safe = Text("\n".join(printable(line) for line in text.strip().splitlines()), style)
    if names := "|".join(map(re.escape, fields)):
        safe.highlight_regex(rf"(?<!\{{)\{{(?:{names})\}}(?!\}})", "bold cyan")
    return safe


def signed(points: float) -> str:
    """Points with their sign, for instance ``+5`` and ``−2.5``; 0 has none."""
    return f"{points:+g}".replace("-", MINUS) if points else "0"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", " ")


def criteria(number: int) -> str:
    """A number of criteria."""
    return count(number, "criterion", "criteria")


def listed(texts: Iterable[str], last: str = "and") -> str:
    """Quoted texts as a list in a sentence."""
    *head, tail = (f"“{printable(text)}”" for text in texts)
    return f"{', '.join(head)} {last} {tail}" if head else tail
