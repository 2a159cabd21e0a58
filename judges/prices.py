"""Prices of models that people judge with: a small dated table, read from ``prices.yaml``. An unknown price is ``None``."""

import re
from functools import cache
from importlib.resources import as_file, files
from typing import Annotated

from pydantic import Field

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
    """The day on which the price was seen; empty where the user gave it."""


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
