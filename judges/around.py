"""What stands between a service and its judge: asks go through it, all else is the judge's own.

``JudgeService.open(config, around=...)`` puts it there. What it is asked for comes after the store and the single
flight: no key twice at a time, and nothing that is known already.
"""

from collections.abc import Callable
from typing import Any, cast

from rvpo.judges.client import RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.prices import Prices
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.records import Usage

OnAsk = Callable[[bytes, Question, int], None]
"""Told of an ask: its key, the question, the vote."""


class Around:
    """A judge that asks through ``ask``; made by ``of``."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def __getattr__(self, name: str) -> Any:
        """Everything but the asking."""
        return getattr(self._judge, name)

    def as_judge(self) -> Judge:
        """Itself, which is a judge because of what it hands through."""
        return cast("Judge", self)


class Priced(Around):
    """A judge at the prices that its caller names: each verdict, each kept reply and every sum is by them."""

    def __init__(self, judge: Judge, prices: Prices) -> None:
        super().__init__(judge)
        self._prices = prices

    def usd(self, usage: Usage) -> float | None:
        """See ``Judge``."""
        return self._prices.of_replies(usage)


class Rehearsal(Around):
    """Asks nothing and tells of every ask once: what a run would ask.

    Whatever way of asking a service has, this hears of exactly those asks that it would send first. Asks that only a
    reply can cause (once more after one without a verdict) are not among them.
    """

    def __init__(self, judge: Judge, on_ask: OnAsk) -> None:
        super().__init__(judge)
        self._on_ask = on_ask
        self._heard: set[bytes] = set()

    async def ask(self, question: Question, vote: int) -> RawReply:
        """Tell of it.

        Raises:
            CallFailed: Always: ``not_asked``.
        """
        key = self._judge.key(question, vote)
        if key not in self._heard:
            self._heard.add(key)
            self._on_ask(key, question, vote)
        raise CallFailed("not_asked", "only a rehearsal", attempts=0)
