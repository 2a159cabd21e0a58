"""Counts of a service, for ``JudgeService.stats``."""

from collections import Counter
from collections.abc import Iterable

from rvpo.judges.records import JudgeStats, Usage, Verdict


def add_usage(usages: Iterable[Usage]) -> Usage:
    """Sum token counts."""
    prompt = completion = cached = 0
    for usage in usages:
        prompt += usage.prompt_tokens
        completion += usage.completion_tokens
        cached += usage.cached_prompt_tokens
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_prompt_tokens=cached)


class Tally:
    """Counts upwards; lives on one event loop."""

    def __init__(self, usd_per_call: float | None) -> None:
        self._usd_per_call = usd_per_call
        self._counts: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._usage = Usage()

    def called(self, attempts: int, usage: Usage | None = None) -> None:
        """Count one ask, with what it used if it brought a reply."""
        self._counts["calls"] += 1
        self._counts["attempts"] += attempts
        if usage is not None:
            self._usage = add_usage((self._usage, usage))

    def delivered(self, verdict: Verdict, source: str) -> None:
        """Count one verdict by where it came from: ``call``, ``hits``, ``shared`` or ``rule_verdicts``."""
        if verdict.status not in {"ok", "not_applicable"}:
            self._failures[verdict.status] += 1
        elif source != "call":
            self._counts[source] += 1

    def stats(self) -> JudgeStats:
        """The counts so far."""
        calls = self._counts["calls"]
        usd = 0.0 if not calls else None if self._usd_per_call is None else calls * self._usd_per_call
        return JudgeStats(
            calls=calls,
            attempts=self._counts["attempts"],
            hits=self._counts["hits"],
            shared=self._counts["shared"],
            rule_verdicts=self._counts["rule_verdicts"],
            failures=dict(self._failures),
            usage=self._usage,
            usd=usd,
        )
