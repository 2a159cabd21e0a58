"""Whether a quote really occurs in a response. Pure, total.

Equal up to what copying changes without changing words: white space, the shapes of quotation marks and dashes, case,
Markdown's bold and code marks. An ellipsis parts the quote; its parts must occur in order. Nothing is matched roughly.
"""

import re
from functools import lru_cache
from typing import Final

LEAST_SIGNS: Final = 3
"""Letters or digits that each part of a quote must have, unless it is the whole response."""

_SHAPES: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("`\u200b\u200c\u200d\u2060\ufeff\u00ad", None),
        "\u2026": "...",
    }
)
_MARKS: Final = re.compile(r"\*\*|__")
_ELLIPSIS: Final = re.compile(r"[\[(]? ?\.\.\.+ ?[\])]?")
_ENDS: Final = " \t\n\"'.,;:!?"


def is_quoted_from(quote: str, response: str) -> bool:
    """Whether all of a quote stands in the response, in its order.

    >>> is_quoted_from("Take 500 mg ... every six hours", "**Take 500 mg** of it, every  six hours.")
    True
    >>> is_quoted_from("every six hours ... take 500 mg", "Take 500 mg, every six hours.")
    False
    """
    text = _plain(response)
    whole = _plain(quote).strip(_ENDS)
    if _is_long_enough(whole, text) and whole in text:
        return True
    parts = [part.strip(_ENDS) for part in _ELLIPSIS.split(_plain(quote))]
    parts = [part for part in parts if part]
    if not parts or not all(_is_long_enough(part, text) for part in parts):
        return False
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _is_long_enough(part: str, response: str) -> bool:
    signs = sum(character.isalnum() for character in part[:200])
    return signs >= LEAST_SIGNS or (signs > 0 and part == response.strip(_ENDS))


@lru_cache(maxsize=32)
def _plain(text: str) -> str:
    """Cached, because all criteria of one response look into the same text."""
    return " ".join(_MARKS.sub("", text.translate(_SHAPES)).split()).casefold()
