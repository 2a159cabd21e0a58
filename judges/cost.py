"""What judging costs, before anything is asked: calls, tokens, price, in each way of putting criteria to a judge. Pure.

Tokens are counted on the very messages that the judge's templates give for ``per-criterion``. ``k-criteria`` and
``whole-rubric`` are approximations: each criterion between markers with its id, all else the same text. They differ from
the service's own prompt (``criteria_v1``) in wording, and in that a whole rubric's criteria stand first here, last there.

A provider's prefix cache serves the beginning that calls share, from ``CACHED_FROM`` tokens on: for the first two the
calls of one response share guidelines, conversation and response; for the last, whose criteria come first, the
responses to one rubric share guidelines and criteria. Failed, repeated and reasoning tokens are not in the estimate.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from rvpo.judges.material import guidelines
from rvpo.judges.prices import Prices, usd_of
from rvpo.judges.prompts import Templates
from rvpo.judges.records import JudgeRequest
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


def estimate_costs(
    samples: Iterable[tuple[JudgeRequest, int]],
    templates: Templates,
    *,
    k: int = 8,
    count: Count = four_characters,
    output_tokens: int = OUTPUT_TOKENS,
) -> tuple[ModeCost, ...]:
    """Estimate all ways of judging, in the order of ``MODES``.

    Args:
        samples: Requests like those to come, each with the number of responses of its kind.
        templates: The judge's.
        k: Criteria a call of ``k-criteria``, at least 1.
        count: Counts tokens.
        output_tokens: Of one verdict.
    """
    sizes: tuple[tuple[Mode, int], ...] = (("per-criterion", 1), ("k-criteria", k))
    totals: dict[Mode, list[int]] = {mode: [0, 0, 0] for mode in MODES}
    output = 0
    for request, times in samples:
        asked = [criterion for criterion in request.rubric.criteria if criterion.kind == "llm"]
        if not asked or times < 1:
            continue
        output += times * output_tokens * len(asked)
        sheets = _sheets(request, asked, templates)
        for mode, size in sizes:
            calls = [sheet.calls(size, count) for sheet in sheets]
            tokens = sum(map(sum, calls))
            cached = sum(
                _kept(count(sheet.head)) * (len(each) - 1) for sheet, each in zip(sheets, calls, strict=True)
            )
            _add(totals[mode], times * sum(map(len, calls)), times * tokens, times * cached)
        whole = sheets[-1].with_items_of(sheets)
        (tokens,) = whole.calls(len(asked), count)
        shared = _kept(count(whole.system + guidelines(request) + "".join(item for _, item in whole.items)))
        _add(totals["whole-rubric"], times, times * tokens, (times - 1) * shared)
    return tuple(
        ModeCost(mode=mode, calls=calls, input_tokens=tokens, cached_tokens=cached, output_tokens=output)
        for mode, (calls, tokens, cached) in totals.items()
    )


class _Sheet(NamedTuple):
    """The text of the messages that ask criteria by one template."""

    system: str
    head: str
    """Up to the criterion, the system message included."""
    items: Sequence[tuple[str, str]]
    """Id and own text of every criterion."""
    tail: str

    def calls(self, size: int, count: Count) -> list[int]:
        """Tokens of each call with so many criteria."""
        return [
            count(self.head + _block(self.items[start : start + size]) + self.tail)
            for start in range(0, len(self.items), size)
        ]

    def with_items_of(self, sheets: Sequence["_Sheet"]) -> "_Sheet":
        return self._replace(items=[item for sheet in sheets for item in sheet.items])


def _sheets(request: JudgeRequest, asked: Sequence[Criterion], templates: Templates) -> list[_Sheet]:
    """One for the plain criteria, one for all others; those that there are."""
    bound = templates.bind(request)

    def text(criterion: Criterion) -> str:
        return "\n".join(message["content"] for message in bound.messages(criterion))

    sheets = []
    for plain in (True, False):
        group = [criterion for criterion in asked if (templates.of(criterion) is templates.plain) is plain]
        if not group:
            continue
        blank = group[0].model_copy(update={"criterion": "\0", "guidelines": "", "examples": ()})
        head, _, tail = text(blank).rpartition("\0")
        owns = [text(criterion)[len(head) :] for criterion in group]
        # Where the allowed answers differ, each criterion brings its own ending.
        tail = tail if all(own.endswith(tail) for own in owns) else ""
        items = [
            (criterion.id, own[: len(own) - len(tail)]) for criterion, own in zip(group, owns, strict=True)
        ]
        sheets.append(_Sheet(templates.of(group[0]).system, head, items, tail))
    return sheets


def _block(items: Sequence[tuple[str, str]]) -> str:
    if len(items) == 1:
        return items[0][1]
    return "\n".join(f"<<criterion {name}>>\n{own}\n<<end of criterion {name}>>" for name, own in items)


def _kept(shared: int) -> int:
    return shared if shared >= CACHED_FROM else 0


def _add(total: list[int], *more: int) -> None:
    total[:] = [old + new for old, new in zip(total, more, strict=True)]
