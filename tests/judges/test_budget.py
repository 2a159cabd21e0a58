import asyncio
import json
from typing import Any, cast

import pytest

from rvpo.judges import CallFailed, JudgeConfig, JudgeConfigError, Usage
from rvpo.judges.budget import MESSAGE_TOKENS, Budget, most_output
from rvpo.judges.client import RawReply
from rvpo.judges.prices import Prices
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.reading import Reading
from rvpo.judges.schemas import response_format
from rvpo.rubrics import Criterion

CONFIG = JudgeConfig(judge="openai-compatible", model="m", base_url="http://localhost:1", max_tokens=100)
PRICES = Prices(model="m", input=1.0, output=10.0)
TEXT = "é" * 42
"""84 bytes: with what stands around a message 100 tokens."""
MOST = (100 * 1.0 + 100 * 10.0) / 1e6


class Slow:
    """A judge whose asks end when they are told to."""

    def __init__(self) -> None:
        self.under_way: list[asyncio.Future[Usage]] = []

    async def ask(self, _question: Question, _vote: int) -> RawReply:
        end: asyncio.Future[Usage] = asyncio.get_running_loop().create_future()
        self.under_way.append(end)
        usage = await end
        return RawReply(json.dumps([usage.prompt_tokens, usage.completion_tokens]).encode())

    def read(self, body: bytes, _question: Question) -> tuple[Reading, ...]:
        prompt, completion = json.loads(body)
        usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
        return (Reading(score=1.0, status="ok", usage=usage),)


class Response:
    """What several questions may be about."""


class Asked:
    criteria = (Criterion(id="a", criterion="Asks."),)

    def __init__(self, prompt: object | None = None) -> None:
        self.prompt = prompt or Response()

    def messages(self, _vote: int) -> list[dict[str, str]]:
        return [{"role": "user", "content": TEXT}]


class Shop:
    """A budget, its judge, and the asks that were made through it."""

    def __init__(self, budget: float, config: JudgeConfig = CONFIG) -> None:
        self.judge = Slow()
        self.budget = Budget(cast("Judge", self.judge), config, PRICES, budget)
        self.asks: list[asyncio.Task[RawReply]] = []

    async def ask(self, number: int, asked: "Asked | None" = None) -> None:
        self.asks += [
            asyncio.create_task(self.budget.ask(cast("Question", asked or Asked()), 0)) for _ in range(number)
        ]
        await self.settle()

    async def end(self, place: int, prompt: int = 0, completion: int = 0) -> None:
        self.judge.under_way[place].set_result(Usage(prompt_tokens=prompt, completion_tokens=completion))
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    def refused(self) -> list[int]:
        return [
            n
            for n, ask in enumerate(self.asks)
            if ask.done() and not ask.cancelled() and isinstance(ask.exception(), CallFailed)
        ]


def run(story: Any) -> None:
    asyncio.run(story())


def test_every_ask_puts_aside_the_most_that_it_can_cost() -> None:
    async def story() -> None:
        assert len(TEXT.encode()) + MESSAGE_TOKENS == 100
        shop = Shop(2.5 * MOST)
        await shop.ask(4)
        assert len(shop.judge.under_way) == 2
        # The first uses a tenth of its most: 0.1 + 1 aside + 1 for the third fit into 2.5, a fourth does not.
        await shop.end(0, prompt=10, completion=10)
        assert len(shop.judge.under_way) == 3
        # 0.1 + 1 used up + 1 aside: the fourth waits for the third.
        await shop.end(1, prompt=100, completion=100)
        assert not shop.asks[3].done()
        # 0.1 + 1 + 0.4 + 1 = 2.5: it fits exactly.
        await shop.end(2, prompt=40, completion=40)
        assert len(shop.judge.under_way) == 4
        await shop.end(3, prompt=100, completion=100)
        assert shop.refused() == []

    run(story)


def test_the_first_that_no_longer_fits_closes_the_purse() -> None:
    async def story() -> None:
        shop = Shop(1.5 * MOST)
        await shop.ask(3)
        await shop.end(0, prompt=100, completion=100)
        assert shop.refused() == [1, 2]
        failed = shop.asks[1].exception()
        assert isinstance(failed, CallFailed)
        assert (failed.status, failed.attempts) == ("not_asked", 0)
        await shop.ask(1)
        assert shop.refused() == [1, 2, 3]
        assert len(shop.judge.under_way) == 1

    run(story)


def test_an_ask_that_is_made_again_goes_before_those_of_later_responses() -> None:
    async def story() -> None:
        shop = Shop(2.0 * MOST)
        first, later = Asked(), Asked()
        await shop.ask(1, first)
        await shop.ask(1, first)
        await shop.ask(2, later)
        # Two are under way. The first asks once more, as after a reply without a verdict, and the money is enough for one.
        await shop.end(0)
        shop.asks += [asyncio.create_task(shop.budget.ask(cast("Question", first), 1))]
        await shop.settle()
        shop.judge.under_way[1].set_exception(CallFailed("transport", "reset"))
        await shop.settle()
        assert len(shop.judge.under_way) == 3
        await shop.end(2)
        assert shop.asks[4].exception() is None
        assert shop.refused() == [1, 2, 3]

    run(story)


def test_a_reply_that_says_no_usage_counts_at_its_most_and_a_failure_is_free_unless_it_took_too_long() -> (
    None
):
    async def story() -> None:
        shop = Shop(2.0 * MOST)
        await shop.ask(1)
        shop.judge.under_way[0].set_exception(CallFailed("transport", "reset"))
        await shop.settle()
        assert shop.budget._spent == 0.0
        await shop.ask(2)
        shop.judge.under_way[1].set_exception(CallFailed("timeout", "late"))
        await shop.end(2)
        assert shop.budget._spent == pytest.approx(2 * MOST)
        await shop.ask(1)
        assert shop.refused() == [0, 1, 3]

    run(story)


def test_an_ask_that_is_given_up_while_it_waits_costs_nothing() -> None:
    async def story() -> None:
        shop = Shop(1.0 * MOST)
        await shop.ask(3)
        shop.asks[1].cancel()
        await shop.settle()
        await shop.end(0, prompt=1)
        assert shop.refused() == [2], "a millionth is spent, so the whole no longer fits"
        other = Shop(2.0 * MOST)
        await other.ask(2)
        other.asks[0].cancel()
        await other.settle()
        assert other.budget._spent == pytest.approx(MOST), "it was sent, and may be billed"

    run(story)


def test_a_budget_needs_prices_and_a_bound() -> None:
    judge = cast("Judge", Slow())
    for prices in (Prices(model="m", input=1.0), Prices(model="m", output=1.0)):
        with pytest.raises(JudgeConfigError, match="prices of 'm' are unknown"):
            Budget(judge, CONFIG, prices, 1.0)
    free = CONFIG.model_copy(update={"max_tokens": None})
    with pytest.raises(JudgeConfigError, match="set max_tokens"):
        Budget(judge, free, PRICES, 1.0)
    assert most_output(free.model_copy(update={"extra_body": {"max_completion_tokens": 7}})) == 7
    assert most_output(JudgeConfig(judge="embedded")) == 1


@pytest.mark.parametrize("structured", ["json_schema", "auto"])
def test_a_schema_is_put_aside_too(structured: str) -> None:
    config = CONFIG.model_copy(update={"structured": structured})
    schema = len(json.dumps(response_format("json_schema", Asked.criteria), separators=(",", ":")))
    most = MOST + (schema + MESSAGE_TOKENS) / 1e6

    async def story() -> None:
        enough, short = Shop(most * 1.001, config), Shop(most * 0.999, config)
        for shop in (enough, short):
            await shop.ask(1)
        assert (enough.refused(), short.refused()) == ([], [0])
        await enough.end(0)

    run(story)
