"""Counts of a service, for ``JudgeService.stats``."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from rvpo.judges.records import JudgeStats, Usage, Verdict

Source = Literal["call", "hits", "shared", "rule_verdicts"]
"""Where a verdict came from: a call made for it, the store, somebody else's call, a rule."""


class Ballot(NamedTuple):
    """A verdict and where it came from."""

    verdict: Verdict
    source: Source


NO_TOKENS: Final = Usage()


def add_usage(usages: Iterable[Usage]) -> Usage:
    """Sum token counts."""
    prompt = completion = cached = 0
    for usage in usages:
        prompt += usage.prompt_tokens
        completion += usage.completion_tokens
        cached += usage.cached_prompt_tokens
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_prompt_tokens=cached)


def add_usd(amounts: Iterable[float | None]) -> float | None:
    """Sum prices; ``None`` as soon as one is unknown."""
    total = 0.0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


class Tokens:
    """Tokens that add up, and what they cost."""

    def __init__(self) -> None:
        self._prompt = self._completion = self._cached = 0
        self._uncounted = False

    def add(self, usage: Usage, *, untold: bool = False) -> None:
        """Add the tokens of a reply, or of several; ``untold``: one of them does not tell its tokens."""
        self._prompt += usage.prompt_tokens
        self._completion += usage.completion_tokens
        self._cached += usage.cached_prompt_tokens
        # No request is empty: an endpoint that says nothing of tokens leaves the price unknown.
        self._uncounted |= untold or not usage.prompt_tokens

    def total(self) -> Usage:
        """The sum."""
        return Usage(
            prompt_tokens=self._prompt,
            completion_tokens=self._completion,
            cached_prompt_tokens=self._cached,
        )

    def usd(self, price: Callable[[Usage], float | None]) -> float | None:
        """The price of all; ``None`` if a part of it is unknown."""
        if not (self._prompt or self._uncounted):
            return 0.0
        usd = price(self.total())
        return None if usd and self._uncounted else usd


class Tally:
    """Counts of one judge, upwards; lives on one event loop.

    Args:
        price: Price of tokens; ``None`` is unknown.
    """

    def __init__(self, price: Callable[[Usage], float | None]) -> None:
        self._price = price
        self._calls = 0
        self._attempts = 0
        self._spent = Tokens()
        self._saved = Tokens()

    def called(self, attempts: int, usage: Usage | None = None) -> None:
        """Count one ask, with what it used if it brought a reply; one that was never sent is none."""
        self._calls += attempts > 0
        self._attempts += attempts
        if usage is not None:
            self._spent.add(usage)

    def saved(self, usage: Usage, *, untold: bool = False) -> None:
        """Count the tokens of replies that were there already; see ``Tokens.add``."""
        self._saved.add(usage, untold=untold)

    def stats(self) -> JudgeStats:
        """The counts so far."""
        return JudgeStats(
            calls=self._calls,
            attempts=self._attempts,
            usage=self._spent.total(),
            usd=self._spent.usd(self._price),
            saved_usd=self._saved.usd(self._price),
        )


class Deliveries:
    """Counts of the verdicts that went out, whoever judged."""

    def __init__(self) -> None:
        self._counts: Counter[Source] = Counter()
        self._failures: Counter[str] = Counter()

    def add(self, verdict: Verdict, source: Source) -> None:
        """Count one verdict."""
        if verdict.status not in {"ok", "not_applicable"}:
            self._failures[verdict.status] += 1
        elif source != "call":
            self._counts[source] += 1

    def add_hits(self, count: int) -> None:
        """Count verdicts out of the store."""
        self._counts["hits"] += count

    def stats(self, judges: Sequence[JudgeStats]) -> JudgeStats:
        """These counts and those of all judges."""
        return JudgeStats(
            calls=sum(judge.calls for judge in judges),
            attempts=sum(judge.attempts for judge in judges),
            hits=self._counts["hits"],
            shared=self._counts["shared"],
            rule_verdicts=self._counts["rule_verdicts"],
            failures=dict(self._failures),
            usage=add_usage(judge.usage for judge in judges),
            usd=add_usd(judge.usd for judge in judges),
            saved_usd=add_usd(judge.saved_usd for judge in judges),
        )
