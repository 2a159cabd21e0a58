"""The order of the options: a pure function of item id, draw and version. Pure.

Nothing else goes in: no generator with a state, no position in the file, no seed of the run. Two models always sit the
same exam, and scoring can never see another order than the prompt did; that is where other harnesses went wrong.
"""

import hashlib
from itertools import permutations
from typing import Final

SHUFFLE: Final = "v1"
"""Names the function below; another function must have another name."""

LETTERS: Final = "ABCD"
ORDERS: Final = tuple(permutations(range(len(LETTERS))))
"""All 24, in lexicographic order."""

Order = tuple[int, ...]
"""Which option each letter shows; option 0 is the right one."""


def option_order(item_id: str, draw: int, version: str = SHUFFLE) -> Order:
    """The order in which a draw shows an item's options.

    The hash's first 64 bits modulo 24; that is uniform to within 24 / 2**64.

    Args:
        item_id: The item's id.
        draw: Which answer, from 0.
        version: See ``SHUFFLE``.

    >>> option_order("a", 0) == option_order("a", 0)
    True
    """
    digest = hashlib.sha256(f"{version}:{draw}:{item_id}".encode()).digest()
    return ORDERS[int.from_bytes(digest[:8], "big") % len(ORDERS)]


def right_letter(order: Order) -> str:
    """The letter under which an order shows the right option.

    >>> right_letter((2, 0, 3, 1))
    'B'
    """
    return LETTERS[order.index(0)]
