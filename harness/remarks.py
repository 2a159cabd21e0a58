"""What a reader of a finished run must know, found in its rows: seeds that decide nothing, answers that say nothing. Pure.

A seed fails in two ways. A server that has none of its own gives another answer to the same request: then draws cannot be
had again. A server that has one for all requests gives one answer to different seeds: then several draws are one.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from rvpo.harness.samplers import SEED_HELD
from rvpo.results import ItemRow

FEWEST_PAIRS: Final = 3
"""Pairs of draws with one prompt that must be there before anything is said of the seed."""
SAME_SHARE: Final = 0.9
TELLING_CHARS: Final = 20
"""Shorter replies are often equal without any fault."""
FEWEST_BROKEN: Final = 2
"""Repeated requests that came back different; one may be the server's rounding."""


def remarks_on(rows: Sequence[ItemRow], model: Mapping[str, Any]) -> tuple[str, ...]:
    """Remarks on a run whose rows hold their replies.

    Args:
        rows: All of them.
        model: The sampler's identity.
    """
    return (*seed_remarks(rows, model), *_repeated_draws(rows, model), *_empty(rows))


def seed_remarks(rows: Sequence[ItemRow], model: Mapping[str, Any]) -> Iterator[str]:
    """Whether the seed decides the answer, as far as requests that were sent twice tell."""
    if not model.get("temperature"):
        return
    if model.get("seed", 0) is None:
        yield "the provider takes no seed: these draws cannot be had again"
    held = [row.meta[SEED_HELD] for row in rows if SEED_HELD in row.meta]
    broken = held.count(False)
    if broken >= FEWEST_BROKEN and 2 * broken >= len(held):
        yield (
            f"the endpoint ignores the seed: of {len(held)} requests sent twice with the same one, {broken} came back "
            "different; these draws cannot be had again"
        )


def same_draws(pairs: int, same: int, model: Mapping[str, Any]) -> Iterator[str]:
    """Whether draws of one prompt are draws at all.

    Args:
        pairs: Pairs of draws of an item that were shown the same prompt, with replies of some length.
        same: Of them those with the same reply.
        model: The sampler's identity; at temperature 0 equal replies are right.
    """
    if model.get("temperature") and pairs >= FEWEST_PAIRS and same >= SAME_SHARE * pairs:
        yield (
            f"the endpoint seems to ignore the seed: of {pairs} pairs of draws with one prompt, "
            f"{same} have the same reply, at temperature {model['temperature']}; such draws are one"
        )


def _repeated_draws(rows: Sequence[ItemRow], model: Mapping[str, Any]) -> Iterator[str]:
    replies: dict[tuple[str, str | None], list[str]] = {}
    for row in rows:
        if row.status != "failed":
            replies.setdefault((row.item_id, row.prompt_hash), []).append(row.response)
    pairs = [
        pair
        for texts in replies.values()
        for pair in combinations(texts, 2)
        if max(map(len, pair)) > TELLING_CHARS
    ]
    yield from same_draws(len(pairs), sum(a == b for a, b in pairs), model)


def _empty(rows: Sequence[ItemRow]) -> Iterator[str]:
    answered = [row for row in rows if row.status != "failed"]
    if empty := sum(not row.response.strip() for row in answered):
        yield f"{empty} of {len(answered)} answers are empty; they were judged as they are"
