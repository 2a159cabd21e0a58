"""What judging costs, before anything is asked: calls, tokens, price, in each way of putting criteria to a judge. Pure.

Tokens are counted on what is sent: the messages of the judge's own templates, criteria cut into calls as the service cuts
them, and the schema of the reply where one goes along. Not in the estimate: what a chat format puts around a message,
failed and repeated calls, reasoning tokens. A verdict that a call with several criteria left out is asked for again.

A provider's prefix cache serves the beginning that calls share, from ``CACHED_FROM`` tokens on: calls of one template about
one response share all but their criteria; responses to one rubric share what stands before the conversation.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from rvpo.judges.config import JudgeConfig
from rvpo.judges.grouping import group
from rvpo.judges.material import guidelines
from rvpo.judges.prices import Prices, usd_of
from rvpo.judges.prompts import Template, Templates
from rvpo.judges.records import JudgeRequest
from rvpo.judges.schemas import Structure, response_format
from rvpo.rubrics import Criterion

Mode = Literal["per-criterion", "k-criteria", "whole-rubric"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)

Count = Callable[[str], int]
"""Counts the tokens of a text."""

CHARS_A_TOKEN: Final = 4
OUTPUT_TOKENS: Final = 80
"""Of one verdict: a reason of one to three sentences and the JSON around it."""
CACHED_FROM: Final = 1024
"""Tokens that a shared beginning must have for OpenAI's cache to keep it; others are near."""


class ModeCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of judging costs."""

    mode: Mode
    calls: int
    input_tokens: int
    cached_tokens: int
    """Of the input tokens, those that a prefix cache serves."""
    output_tokens: int

    def usd(self, prices: Prices) -> float | None:
        """The price without a cache; ``None`` when a price that it needs is unknown."""
        return usd_of((self.input_tokens, prices.input), (self.output_tokens, prices.output))

    def usd_cached(self, prices: Prices) -> float | None:
        """The price with the provider's prefix cache; ``None`` when a price that it needs is unknown."""
        fresh = self.input_tokens - self.cached_tokens
        return usd_of(
            (fresh, prices.input), (self.cached_tokens, prices.cached), (self.output_tokens, prices.output)
        )


def four_characters(text: str) -> int:
    """Tokens by the rule of thumb for English: four characters each, rounded up.

    >>> four_characters("Asks for the age.")
    5
    """
    return math.ceil(len(text) / CHARS_A_TOKEN)


def sent_texts(
    messages: Iterable[Mapping[str, str]], criteria: Sequence[Criterion], structure: Structure
) -> Iterator[str]:
    """The texts of one request that are paid for: each message, then the schema of the reply if one is sent."""
    for message in messages:
        yield message["content"]
    if structure == "json_schema":
        yield msgspec.json.encode(response_format(structure, criteria)).decode()


def largest_structure(config: JudgeConfig) -> Structure:
    """The structure that a judge's requests have; of ``auto``, settled only on opening, the one that costs most."""
    return "json_schema" if config.structured == "auto" else config.structured


def estimate_costs(
    samples: Iterable[tuple[JudgeRequest, int]],
    templates: Templates,
    *,
    k: int = 8,
    structure: Structure = "text",
    count: Count = four_characters,
    output_tokens: int = OUTPUT_TOKENS,
) -> tuple[ModeCost, ...]:
    """Estimate all ways of judging that the templates know, in the order of ``MODES``.

    Args:
        samples: Requests like those to come, each with the number of responses of its kind.
        templates: The judge's; without one for several criteria, ``per-criterion`` is all.
        k: Criteria a call of ``k-criteria``, at least 1.
        structure: What requests say of the form of their reply.
        count: Counts tokens.
        output_tokens: Of one verdict.
    """
    modes = MODES if templates.several else MODES[:1]
    totals: dict[Mode, list[int]] = {mode: [0, 0, 0] for mode in modes}
    output = 0
    for request, times in samples:
        criteria = request.rubric.criteria
        places = [place for place, criterion in enumerate(criteria) if criterion.kind == "llm"]
        if not places or times < 1:
            continue
        output += times * output_tokens * len(places)
        bound = templates.bind(request)
        for mode in modes:
            # In the rubric's order: another order of the same criteria is as long.
            calls = [
                [criteria[place] for place in call]
                for call in group(places, criteria, mode, k, shuffle_for=None)
            ]
            tokens = sum(
                sum(map(count, sent_texts(bound.messages_of(call), call, structure))) for call in calls
            )
            first, later = _cached(request, templates, calls, count)
            more = (times * len(calls), times * tokens, times * later + (times - 1) * first)
            totals[mode] = [old + new for old, new in zip(totals[mode], more, strict=True)]
    return tuple(
        ModeCost(mode=mode, calls=calls, input_tokens=tokens, cached_tokens=cached, output_tokens=output)
        for mode, (calls, tokens, cached) in totals.items()
    )


class _Cached(NamedTuple):
    """Tokens of one response's calls that a prefix cache serves."""

    first: int
    """Of the calls that open a template: what earlier responses to the rubric began with too."""
    later: int
    """Of all others: what the call before began with."""


def _cached(
    request: JudgeRequest, templates: Templates, calls: Sequence[Sequence[Criterion]], count: Count
) -> _Cached:
    first = later = 0
    known: dict[str, int] = {}
    for call in calls:
        template = templates.of(call[0]) if len(call) == 1 or not templates.several else templates.several
        if template.name in known:
            later += known[template.name]
        else:
            known[template.name] = _kept(count(template.system) + count(template.filled(request)[0]))
            first += _kept(count(template.system) + count(_before_the_conversation(template, request)))
    return _Cached(first, later)


def _before_the_conversation(template: Template, request: JudgeRequest) -> str:
    """The user's message up to the first slot that differs between responses to one rubric."""
    fixed = template.user[0]
    for slot, text in zip(template.user[1::2], template.user[2::2], strict=True):
        if slot != "guidelines":
            break
        fixed += guidelines(request) + text
    return fixed


def _kept(shared: int) -> int:
    return shared if shared >= CACHED_FROM else 0
