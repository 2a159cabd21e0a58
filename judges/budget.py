"""A budget that is not broken: every ask first puts aside the most that it can cost.

The most is known before: a tokenizer of bytes makes no more tokens of a text than it has bytes, and the judge's file
bounds the output. What a reply used in fact is taken from the money, the rest put back. Asks are served in the order in
which their responses came, one that is made again before those of later responses; the first that no longer fits, with
nothing under way that could give money back, closes the budget, so that the responses judged are the first ones and whole. A provider's bill is its own: an attempt that ran out of
time counts at its most, other failures and repeated attempts are counted as free.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Final
from weakref import WeakKeyDictionary

from rvpo.judges.around import Around, Priced
from rvpo.judges.client import RawReply
from rvpo.judges.config import JudgeConfig
from rvpo.judges.cost import largest_structure, sent_texts
from rvpo.judges.errors import CallFailed, JudgeConfigError
from rvpo.judges.prices import Prices, usd_of
from rvpo.judges.prompts import BoundPrompt
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.schemas import Structure
from rvpo.judges.tally import add_usage

MESSAGE_TOKENS: Final = 16
"""Most that a chat format puts around one message."""


class Budget(Around):
    """A judge that is asked for no more than so much money.

    Args:
        judge: Who is asked.
        config: The same, as declared.
        prices: Of its model.
        budget_usd: Most to spend, for this budget's lifetime.

    Raises:
        JudgeConfigError: A price is unknown, or nothing bounds the output.
    """

    def __init__(self, judge: Judge, config: JudgeConfig, prices: Prices, budget_usd: float) -> None:
        super().__init__(judge)
        self._prices = prices
        self._budget = budget_usd
        self._most_output = most_output(config)
        self._structure: Structure = largest_structure(config)
        if prices.input is None or prices.output is None:
            raise JudgeConfigError(
                f"the prices of {prices.model!r} are unknown, so a budget cannot be kept: give --price-in and --price-out"
            )
        self._spent = 0.0
        self._aside = 0.0
        self._under_way = 0
        self._turns: WeakKeyDictionary[BoundPrompt, int] = WeakKeyDictionary()
        self._numbers = count()
        self._queue: list[tuple[int, int, float, asyncio.Future[None]]] = []
        self._closed = False

    async def ask(self, question: Question, vote: int) -> RawReply:
        """Ask if the money allows it.

        Raises:
            CallFailed: There is no reply, and why; ``not_asked`` if the money does not allow it.
        """
        most = self._most(question, vote)
        await self._put_aside(most, question.prompt)
        used: float | None = most
        try:
            reply = await self._judge.ask(question, vote)
            usage = add_usage(reading.usage for reading in self._judge.read(reply.body, question))
            # Some endpoints do not say what they used.
            used = self._prices.usd(usage) if usage.prompt_tokens else most
        except CallFailed as failed:
            used = most if failed.status == "timeout" else 0.0
            raise
        finally:
            self._take_back(most)
            self._spent += most if used is None else used
            self._serve()
        return reply

    def _most(self, question: Question, vote: int) -> float:
        texts = sent_texts(question.messages(vote), question.criteria, self._structure)
        tokens = sum(len(text.encode()) + MESSAGE_TOKENS for text in texts)
        return usd_of((tokens, self._prices.input), (self._most_output, self._prices.output)) or 0.0

    async def _put_aside(self, most: float, response: BoundPrompt) -> None:
        place = asyncio.get_running_loop().create_future()
        number = next(self._numbers)
        heappush(self._queue, (self._turns.setdefault(response, number), number, most, place))
        self._serve()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self._take_back(most)
            self._serve()
            raise

    def _take_back(self, most: float) -> None:
        self._aside -= most
        self._under_way -= 1

    def _serve(self) -> None:
        while self._queue:
            *_, most, place = self._queue[0]
            if place.cancelled():
                heappop(self._queue)
            elif not self._closed and self._spent + self._aside + most <= self._budget:
                heappop(self._queue)
                self._aside += most
                self._under_way += 1
                place.set_result(None)
            elif self._closed or not self._under_way:
                self._closed = True
                heappop(self._queue)
                place.set_exception(CallFailed("not_asked", "the budget is used up", attempts=0))
            else:
                return


def around_judge(
    config: JudgeConfig, prices: Prices, budget_usd: float | None
) -> Callable[[Judge], Judge] | None:
    """What to put around a judge for a run at these prices: they alone, or a budget too; see ``JudgeService.open``.

    Several judges, and a judge service, have prices of their own; nothing is put around them without a budget.
    """
    if budget_usd is not None:
        return lambda judge: Budget(Priced(judge, prices).as_judge(), config, prices, budget_usd).as_judge()
    if config.several or config.judge == "service":
        return None
    return lambda judge: Priced(judge, prices).as_judge()


def most_output(config: JudgeConfig) -> int:
    """Most tokens of one reply.

    Raises:
        JudgeConfigError: Nothing bounds them.
    """
    if config.judge in {"embedded", "rules"}:
        return 1
    said = config.sampling()
    bounds = [said.get(name) for name in ("max_tokens", "max_completion_tokens")]
    known = [bound for bound in bounds if isinstance(bound, int)]
    if not known:
        raise JudgeConfigError(
            f"judge {config.model!r}: a budget needs a bound on what a reply costs: set max_tokens in the judge file"
        )
    return max(known)
