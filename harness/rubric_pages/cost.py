"""What judging costs, as a page: calls, tokens and price in each way of judging, and what the figures rest on. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from rvpo.harness.rubric_pages.words import count, said
from rvpo.judges.cost import ModeCost
from rvpo.judges.prices import Prices


def cost_page(
    sources: Sequence[Mapping[str, Any]], costs: Sequence[ModeCost], prices: Prices, k: int, tokens: str
) -> Iterator[RenderableType]:
    """The page, block by block.

    Args:
        sources: Of each source of rubrics ``source``, ``responses``, ``judged_verdicts`` and ``rule_verdicts``.
        costs: Of each way of judging.
        prices: Of the judge's model.
        k: Criteria a call of ``k-criteria``.
        tokens: How the tokens were counted, and of what.
    """
    for counts in sources:
        facts = [count(counts["responses"], "response")]
        if judged := counts["judged_verdicts"]:
            facts.append(f"{count(judged, 'verdict')} by a judge")
        if ruled := counts["rule_verdicts"]:
            facts.append(f"{count(ruled, 'verdict')} by rules, free")
        yield said(counts["source"], "bold").append(f"  {' · '.join(facts)}", "not bold")
    yield Text()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("way of judging", no_wrap=True)
    for title in ("calls", "input", "cached", "output", "USD", "USD, cached"):
        table.add_column(title, justify="right", no_wrap=True)
    for cost in costs:
        table.add_row(
            f"{k} criteria a call" if cost.mode == "k-criteria" else cost.mode,
            f"{cost.calls:,}".replace(",", " "),
            *(_tokens(tokens) for tokens in (cost.input_tokens, cost.cached_tokens, cost.output_tokens)),
            _usd(cost.usd(prices)),
            _usd(cost.usd_cached(prices)),
        )
    yield table
    yield Text()
    yield from (said(note, "dim") for note in _notes(prices, tokens))


def _notes(prices: Prices, tokens: str) -> Iterator[str]:
    yield f"Tokens: {tokens}."
    if prices.input == prices.output == 0:
        yield f"{prices.model}: free."
        return
    yield "Cached: input that a provider's prefix cache serves, from 1 024 tokens on."
    if prices.input is None and prices.output is None:
        yield f"No price of {prices.model} is known: give --price-in, --price-cached, --price-out."
        return
    known = [
        f"{what} {'unknown' if price is None else f'{price:g}'}"
        for what, price in (("input", prices.input), ("cached", prices.cached), ("output", prices.output))
    ]
    yield f"{prices.model}, USD per million tokens: {', '.join(known)}."
    if prices.as_of:
        yield f"Price as of {prices.as_of}; look at the provider's page."


def _tokens(count: int) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return str(count)


def _usd(amount: float | None) -> str:
    if amount is None:
        return "unknown"
    return f"{amount:,.2f}" if amount >= 0.1 or amount == 0 else f"{amount:.2g}"
