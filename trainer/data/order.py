"""The order of a run's prompts, laid down beforehand from the seed alone.

So a run continued from a checkpoint sees exactly the prompts that the uninterrupted one would have seen. Pure.
"""

from random import Random


def prompt_order(rows: int, wanted: int, seed: int) -> list[int]:
    """Row indices for the whole run: shuffled passes over all rows, one after another, ``wanted`` in all."""
    order: list[int] = []
    shuffle = Random(seed)  # noqa: S311  an order, not a secret
    while len(order) < wanted:
        order += shuffle.sample(range(rows), rows)
    return order[:wanted]
