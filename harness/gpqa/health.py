"""Whether a GPQA run can be trusted: figures computed on the very rows of the run, printed with its score. Pure.

An oracle must score 1 and a constant letter about .25 on the prompts that were shown. Draws of an item that happen to
share an order share a prompt; if their replies are equal letter for letter at a temperature above 0, the draws were none:
the endpoint ignores the seed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Any, Final

import msgspec

from rvpo.harness.gpqa.balance import Balance, letter_balance
from rvpo.harness.gpqa.extract import READINGS, STANDARD
from rvpo.harness.gpqa.shuffle import LETTERS
from rvpo.harness.remarks import TELLING_CHARS, same_draws
from rvpo.results import ItemRow, Run

STATEMENTS: Final = (STANDARD, "last", "first", "boxed")
"""Readings of a statement; ``paren`` reads any mention, and is left out of the disagreement."""
UNLIKELY: Final = 0.001


class ExamHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What an exam and a run look like from outside the score."""

    oracle: float | None
    """Score of a model that finds the right option on the page; anything but 1 is a broken exam."""
    constant_letter: Mapping[str, float]
    """Score of a model that always says this letter."""
    balance: Balance
    """Of the right letters."""
    chosen: Mapping[str, int]
    """How often the model chose each letter, and ``none``."""
    chosen_balance: Balance
    answered: int
    """Draws with a reply."""
    unparsed: int
    """Replies that choose no option; they score 0."""
    empty: int
    truncated: int
    truncated_unparsed: int
    readings: Mapping[str, float]
    """Share of replies that are right, by each way of reading them; unparsed ones are wrong."""
    disagreements: int
    """Replies in which two readings of a statement find different letters."""
    duplicates: int
    """Replies that repeat an earlier draw of their item word for word."""
    same_prompt_pairs: int
    """Pairs of draws of an item that were shown the same prompt, with replies of more than ``TELLING_CHARS``..."""
    same_reply_pairs: int
    """...and of them those with the same reply."""
    letter_mass: float | None = None
    """Mean probability of the four letters together, of likelihood runs."""
    warnings: tuple[str, ...] = ()


def health_of(rows: Sequence[ItemRow], model: Mapping[str, Any]) -> ExamHealth:
    """Examine the rows of a run.

    Args:
        rows: As ``ChoiceExam.written`` makes them.
        model: The sampler's identity; its temperature decides what equal replies mean.
    """
    answered = [row for row in rows if row.status != "failed"]
    letters = [row.meta["letters"] for row in answered]
    right = Counter(row.meta["reference"] for row in rows)
    chosen = Counter(each[STANDARD] or "none" for each in letters)
    pairs = [pair for draws in _by_item(answered) for pair in combinations(draws, 2) if _telling(*pair)]
    masses = [row.meta["letter_mass"] for row in answered if "letter_mass" in row.meta]
    health = ExamHealth(
        oracle=fmean(row.meta["oracle"] for row in rows) if rows else None,
        constant_letter={letter: right[letter] / len(rows) for letter in LETTERS} if rows else {},
        balance=letter_balance([right[letter] for letter in LETTERS]),
        chosen={name: chosen[name] for name in (*LETTERS, "none")},
        chosen_balance=letter_balance([chosen[letter] for letter in LETTERS]),
        answered=len(answered),
        unparsed=chosen["none"],
        empty=sum(row.meta["reply_chars"] == 0 for row in answered),
        truncated=sum(row.status == "truncated" for row in answered),
        truncated_unparsed=sum(
            row.status == "truncated" and row.meta["letters"][STANDARD] is None for row in answered
        ),
        readings={name: _right_by(name, answered) for name in READINGS} if answered else {},
        disagreements=sum(_disagree(each) for each in letters),
        duplicates=sum(
            len(draws) - len({row.meta["reply_sha256"] for row in draws}) for draws in _by_item(answered)
        ),
        same_prompt_pairs=len(pairs),
        same_reply_pairs=sum(a.meta["reply_sha256"] == b.meta["reply_sha256"] for a, b in pairs),
        letter_mass=fmean(masses) if masses else None,
    )
    return msgspec.structs.replace(health, warnings=tuple(_warnings(health, model)))


def run_health(run: Run) -> ExamHealth | None:
    """The health of a run; ``None`` of a run that was not held by this exam, imported ones of GPQA too."""
    identity = run.manifest.identity
    if "shuffle" not in identity.get("exam", {}):
        return None
    return health_of(run.items, identity["model"])


def _by_item(rows: Iterable[ItemRow]) -> list[list[ItemRow]]:
    found: dict[str, list[ItemRow]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return list(found.values())


def _right_by(reading: str, answered: Sequence[ItemRow]) -> float:
    return fmean(row.meta["letters"][reading] == row.meta["reference"] for row in answered)


def _telling(a: ItemRow, b: ItemRow) -> bool:
    """Whether two draws of an item were shown one prompt and replied at some length."""
    return (
        a.prompt_hash == b.prompt_hash and max(a.meta["reply_chars"], b.meta["reply_chars"]) > TELLING_CHARS
    )


def _disagree(letters: Mapping[str, str | None]) -> bool:
    return len({letters[name] for name in STATEMENTS} - {None}) > 1


def _warnings(health: ExamHealth, model: Mapping[str, Any]) -> Iterable[str]:
    if health.oracle is not None and health.oracle < 1:
        yield f"the exam is broken: an oracle scores {health.oracle:.3f} on it"
    if health.balance.p_value < UNLIKELY:
        yield f"the right letters are uneven (p = {health.balance.p_value:.1g}, {health.balance.method})"
    if health.chosen_balance.p_value < UNLIKELY:
        favourite = max(LETTERS, key=lambda letter: health.chosen[letter])
        share = health.chosen[favourite] / (health.answered - health.unparsed)
        yield f"the model favours a letter: {share:.0%} of its answers are {favourite}"
    if health.unparsed > 0.05 * health.answered:
        yield f"{health.unparsed} of {health.answered} replies choose no option ({health.truncated_unparsed} of them cut)"
    if health.letter_mass is not None and health.letter_mass < 0.5:
        yield f"the four letters hold only {health.letter_mass:.0%} of the next token's probability"
    yield from same_draws(health.same_prompt_pairs, health.same_reply_pairs, model)
