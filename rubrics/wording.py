"""How one-line errors word things: values shown short, spellings suggested, nothing unprintable. Pure."""

import difflib
import json
from collections.abc import Iterable
from pathlib import PurePath

SHOWN_CHARS = 60
ALIKE = 0.5
"""Least ``difflib`` ratio of two files' names, without their endings, for one to be meant by the other."""


def printable(text: str) -> str:
    """Escape what would break a line or a terminal: line ends, control and bidi characters, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: object) -> str:
    """Show a value as it would stand in JSON, cut to some sixty characters; of a container only its kind."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return json.dumps(clipped(value), ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return clipped(repr(value))


def clipped(text: str, limit: int = SHOWN_CHARS) -> str:
    """Cut a text to ``limit`` characters, saying so with an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Find the allowed spelling closest to ``word``, or ``None`` when nothing is close.

    >>> nearest("goodish", ["met_is_good", "met_is_bad"])
    'met_is_good'
    """
    options = {option.casefold(): option for option in allowed}
    near = difflib.get_close_matches(word[:200].casefold(), list(options), n=1, cutoff=0.4)
    return options[near[0]] if near else None


def hint(word: object, allowed: Iterable[str]) -> str:
    """The end of an error: ``; did you mean X?``, or nothing."""
    near = nearest(word, allowed) if isinstance(word, str) else None
    return f"; did you mean {near}?" if near else ""


def file_hint(name: str, beside: Iterable[str]) -> str:
    """The same for a file among those beside it: that two have the same ending makes them no nearer.

    >>> file_hint("bse.yaml", ["base.yaml", "e6.yaml"]), file_hint("nofile.yaml", ["base.yaml", "e6.yaml"])
    ('; did you mean base.yaml?', '')
    """
    stem = PurePath(name).stem.casefold()
    alike = [
        each
        for each in beside
        if difflib.SequenceMatcher(None, stem, PurePath(each).stem.casefold()).ratio() >= ALIKE
    ]
    return hint(name, alike)
