r"""Where a reply gives its answer: the last ``\boxed{}``, the last "answer is". Pure, linear in the reply."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

CONTENT_CHARS = 1000
"""The longest content of a box, and the most that is read behind a marker."""
_TRIES = 50
"""How many boxes, or markers, are looked at from the end; all but the last few are never needed."""


def last_box(text: str) -> str | None:
    r"""The content of the last ``\boxed{...}`` that is closed and not empty.

    >>> last_box(r"so \boxed{\frac{3}{4}} is it")
    '\\frac{3}{4}'
    """
    start = len(text)
    for _ in range(_TRIES):
        start = text.rfind("\\boxed", 0, start)
        if start < 0:
            return None
        content = _braced(text, start + len("\\boxed"))
        if content is not None and content.strip():
            return content
    return None


def statements(text: str, *nouns: str) -> Iterator[str]:
    """What follows "answer is", "answer:" and the like, the last first; each to the end of its line, and not blank.

    Args:
        text: The reply.
        nouns: What may be said to be: ``answer``, ``choice``. A ``####`` (GSM8K) says it too.
    """
    lowered = text.lower()
    if "####" not in text and not any(noun in lowered for noun in nouns):
        return  # a plain search is ten times as fast as the pattern's
    for marker in islice(_markers(nouns).finditer(text), _TRIES):
        end = marker.end()
        behind = text[end : end + CONTENT_CHARS].lstrip(" \t\r\n*_:\"'")
        if line := behind.partition("\n")[0].strip():
            yield line


def _braced(text: str, at: int) -> str | None:
    """The content of the braces that open at ``at``."""
    piece = text[at : at + CONTENT_CHARS].lstrip()
    if not piece.startswith("{"):
        return None
    depth = 0
    for place, char in enumerate(piece):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return piece[1:place]
    return None


@lru_cache(maxsize=8)
def _markers(nouns: tuple[str, ...]) -> "regex.Pattern[str]":
    """Searches from the end, which the ``regex`` package can and Python's own ``re`` cannot."""
    import regex

    return regex.compile(rf"(?ri)(?:\b(?:{'|'.join(nouns)})\b[\s*_\"']{{0,8}}(?:is\b|[:=])|####)")
