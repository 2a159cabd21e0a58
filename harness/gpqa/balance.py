"""How evenly letters are spread: a test against equal shares. Pure."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

EXACT_TO: Final = 40
"""Counts that sum to no more than this are tested exactly: all ways to spread them are gone through."""


class Balance(msgspec.Struct, frozen=True):
    """A test of equal shares."""

    p_value: float
    method: str
    """``exact multinomial`` or ``chi-square, 3 df``."""


def letter_balance(counts: Sequence[int]) -> Balance:
    """Test whether four counts come from equal shares.

    Args:
        counts: Of A, B, C, D.

    >>> letter_balance([1, 0, 0, 0]).p_value
    1.0
    """
    total = sum(counts)
    if total <= EXACT_TO:
        return Balance(_exact(counts), "exact multinomial")
    from scipy.stats import chisquare

    return Balance(float(chisquare(counts).pvalue), "chi-square, 3 df")


def _exact(counts: Sequence[int]) -> float:
    """Share of all sequences whose counts are as unlikely as these, or more so."""
    total = sum(counts)
    limit = _ways(counts)
    unlikely = 0
    for a in range(total + 1):
        for b in range(total - a + 1):
            for c in range(total - a - b + 1):
                ways = _ways((a, b, c, total - a - b - c))
                unlikely += ways if ways <= limit else 0
    return float(unlikely / 4**total)


def _ways(counts: Sequence[int]) -> int:
    """Sequences of letters with these counts, exactly: n! / (a! b! c! d!)."""
    return math.factorial(sum(counts)) // math.prod(math.factorial(count) for count in counts)
