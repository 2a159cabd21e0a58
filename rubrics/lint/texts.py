"""The parts of a criterion's text that checks on wording look at. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from rvpo.rubrics.schema import Criterion, Rubric

_QUOTED = re.compile(
    r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|‘[^’\n]{1,300}’|(?<!\w)'[^'\n]{1,300}'(?!\w)|`[^`\n]{1,300}`"
)
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”')]*\s+(?=[\"“'(]?[A-Z])|\n+")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|etc|cf|approx|Dr|Mr|Ms|Mrs|No)\.$")
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
_FIELD = re.compile(r"(?<![\w\\{}$^])\{([A-Za-z_][A-Za-z0-9_]*)\}(?!\})")


def judged(rubric: Rubric) -> Iterator[Criterion]:
    """The criteria that a judge reads; the text of a rule is for people only."""
    return (criterion for criterion in rubric.criteria if criterion.kind == "llm")


@lru_cache(maxsize=4096)
def spoken(text: str) -> str:
    """The text in the author's own voice: quotations blanked, remarks in brackets left out."""
    return _BRACKETED.sub(" ", _QUOTED.sub("“…”", text)).strip()


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[str, ...]:
    """Cut a text into its sentences and lines."""
    result: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if result and _ABBREVIATION.search(result[-1]):
            result[-1] += f" {piece}"
        elif piece.strip():
            result.append(piece.strip())
    return tuple(result)


def words(text: str) -> list[str]:
    """The words of a text as written, without punctuation."""
    return _WORD.findall(text)


def fields_in(text: str) -> set[str]:
    """What a text names in braces as fields are named; not the braces of LaTeX or a literal ``{{name}}``."""
    return set(_FIELD.findall(text))
