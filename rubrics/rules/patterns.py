"""Regular expressions that cannot hang: compiled once, searched under a clock. Pure.

Uses the ``regex`` package, because Python's own ``re`` cannot be stopped once a pattern starts to backtrack
without end on some reply.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

SEARCH_SECONDS = 2.0
"""Far more than a sound pattern needs on the longest reply."""


@lru_cache(maxsize=1024)
def compiled(pattern: str, *, ignore_case: bool = False) -> "regex.Pattern[str]":
    """Compile a pattern.

    Raises:
        ValueError: It is not one; the message says what is wrong and where.
    """
    import regex

    try:
        return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
    except regex.error as error:
        raise ValueError(f"the pattern does not compile: {error}") from None
    except (RecursionError, OverflowError, MemoryError) as error:
        raise ValueError(f"the pattern does not compile: too deep or too large ({error})") from None


def searched(
    pattern: str, text: str, *, full: bool = False, ignore_case: bool = False
) -> "regex.Match[str] | None":
    """Find the pattern in the text (``full``: as all of it).

    Raises:
        ValueError: The pattern does not compile.
        TimeoutError: It did not come to an end within ``SEARCH_SECONDS``.
    """
    expression = compiled(pattern, ignore_case=ignore_case)
    search = expression.fullmatch if full else expression.search
    return search(text, timeout=SEARCH_SECONDS, concurrent=True)


def found(pattern: str, text: str, *, full: bool = False, ignore_case: bool = False) -> bool:
    """Whether the pattern is in the text; the rest as ``searched``."""
    return searched(pattern, text, full=full, ignore_case=ignore_case) is not None
