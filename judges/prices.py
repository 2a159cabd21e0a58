"""Prices of models that people judge with: a small dated table, read from ``prices.yaml``. An unknown price is ``None``."""

import re
from functools import cache
from importlib.resources import as_file, files
from typing import Annotated

from pydantic import Field

from rvpo.judges.config import JudgeConfig
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.records import Usage
from rvpo.rubrics.reading.source import load_record
from rvpo.rubrics.schema import Record
from rvpo.rubrics.schema.base import Number, Text

Usd = Annotated[Number, Field(ge=0)]


class Prices(Record):
    """USD per million tokens of one model; ``None`` is unknown, 0 is free."""

    model: Text
    input: Usd | None = None
    cached: Usd | None = None
    """Of input that the provider's prefix cache served."""
    output: Usd | None = None
    as_of: str = ""
    """The day on which the price was seen, ISO 8601; empty where the user gave it."""
    source: str = ""
    """The page that it was seen on."""

    def usd(self, usage: Usage) -> float | None:
        """What so many tokens cost; ``None`` when a price that is needed is unknown.

        Cached input whose price is unknown counts as fresh: more than it costs, never less.
        """
        fresh = usage.prompt_tokens - usage.cached_prompt_tokens
        kept = self.input if self.cached is None else self.cached
        return usd_of(
            (fresh, self.input), (usage.cached_prompt_tokens, kept), (usage.completion_tokens, self.output)
        )

    def of_replies(self, usage: Usage) -> float | None:
        """What replies cost that used so many tokens; ``None`` too where they do not tell them and are not free."""
        free = self.input == self.output == 0.0
        return self.usd(usage) if usage.prompt_tokens or free else None


class PriceTable(Record):
    """All known prices."""

    models: tuple[Prices, ...]


@cache
def price_table() -> dict[str, Prices]:
    """The shipped table by model name."""
    with as_file(files("rvpo.judges").joinpath("prices.yaml")) as path:
        return {prices.model: prices for prices in load_record(path, PriceTable).models}


def prices_of(model: str) -> Prices:
    """What is known of a model; its name may bring a provider before it and a date behind it.

    >>> prices_of("openai/gpt-4.1-mini-2025-04-14").output
    1.6
    >>> prices_of("my-own-model").input is None
    True
    """
    bare = re.sub(r"-\d{4}-?\d{2}-?\d{2}$", "", model.rpartition("/")[2].casefold())
    return price_table().get(bare) or Prices(model=model)


def prices_for(
    config: JudgeConfig,
    *,
    input: float | None = None,  # noqa: A002 - as the prices call it
    cached: float | None = None,
    output: float | None = None,
) -> Prices:
    """What a declared judge costs: nothing on this machine, else what is known of its model, or what the user says.

    Args:
        config: The judge.
        input: USD per million input tokens, over the table's.
        cached: The same, of input that the provider's cache serves.
        output: The same, of output.

    Raises:
        JudgeConfigError: Prices are given for several judges at once; each has its own. Or for a judge service.
    """
    if config.judge == "service" and (input, cached, output) != (None, None, None):
        raise JudgeConfigError("a judge service tells what its judge costs: prices cannot be given for it")
    if config.judge in {"embedded", "scripted", "rules"} and not config.several:
        return Prices(model=config.model or "a judge on this machine", input=0.0, cached=0.0, output=0.0)
    if config.several:
        if (input, cached, output) != (None, None, None):
            raise JudgeConfigError("prices are of one model: they cannot be given for several judges")
        return Prices(model=config.model or config.judge)
    given = {"input": input, "cached": cached, "output": output}
    said = {name: price for name, price in given.items() if price is not None}
    known = prices_of(config.model or config.judge)
    return known.model_copy(update={**said, "as_of": "", "source": ""}) if said else known


def usd_of(*amounts: tuple[int, float | None]) -> float | None:
    """USD of tokens at prices a million; tokens that are not used need no price."""
    needed = [(tokens, price) for tokens, price in amounts if tokens]
    if any(price is None for _, price in needed):
        return None
    return sum(tokens * (price or 0.0) for tokens, price in needed) / 1e6
