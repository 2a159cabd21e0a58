"""How sure a writing judge was: the probability of ``true`` against ``false`` where its verdict begins.

A reply that was asked for with ``logprobs`` tells of every token the likeliest alternatives. At the token in which the
verdict's word begins, ``p = p(true) / (p(true) + p(false))``, each summed over its spellings: any case, spaces or
quotes before it, any beginning of the word. As the token probabilities are, unlike a vote; see G-Eval (Liu et al. 2023,
section 2) for scores from token probabilities. Pure.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

import msgspec

from rvpo.judges.reading import Reading
from rvpo.judges.records import Status

ALTERNATIVES: Final = 20
"""Asked for of each token; the most that OpenAI and vLLM give."""

_CERTAIN: Final = math.log(0.999)
"""From here on a token leaves its rivals nothing that counts, whether they are named or not."""

_VERDICT: Final = re.compile(r'"met"\s*:\s*(true|false)')


class Alternative(msgspec.Struct, frozen=True):
    """A token that could have stood there."""

    token: str
    logprob: float


class ReplyToken(msgspec.Struct, frozen=True):
    """A token of the reply."""

    token: str
    logprob: float
    top_logprobs: tuple[Alternative, ...] = ()


class _Logprobs(msgspec.Struct):
    content: tuple[ReplyToken, ...] | None = None


class _Choice(msgspec.Struct):
    logprobs: _Logprobs | None = None


class _Reply(msgspec.Struct):
    choices: tuple[_Choice, ...]


_decode: Final = msgspec.json.Decoder(_Reply).decode


def with_chance(reading: Reading, body: bytes, *, min_mass: float) -> Reading:
    """Give a met/not-met reading the probability that stands behind its word.

    Args:
        reading: What the reply says; one without a verdict stays as it is.
        body: The raw chat completion.
        min_mass: Least probability that true and false must hold together at that token, in [0, 1].

    Returns:
        The reading with ``p_met`` as its score; ``uncertain`` below ``min_mass``; ``unparseable`` without usable
        logprobs.
    """
    if reading.status != "ok":
        return reading
    try:
        tokens = _tokens(body)
        met, not_met = _chances(tokens, said=bool(reading.score))
    except ValueError as wrong:
        return _hole(reading, "unparseable", str(wrong))
    mass = met + not_met
    if mass < max(min_mass, 1e-9):
        return _hole(reading, "uncertain", f"true and false hold {mass:.3g} of the verdict's token")
    return msgspec.structs.replace(reading, score=met / mass, p_met=met / mass)


def _hole(reading: Reading, status: Status, why: str) -> Reading:
    explanation = f"{why}: {reading.explanation}"
    return msgspec.structs.replace(reading, status=status, score=None, explanation=explanation)


def _tokens(body: bytes) -> Sequence[ReplyToken]:
    try:
        logprobs = _decode(body).choices[0].logprobs
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as wrong:
        raise ValueError(f"the reply's logprobs have another form: {wrong}") from wrong
    if logprobs is None or not logprobs.content:
        raise ValueError("the reply has no logprobs, which score: probability needs")
    return logprobs.content


def _chances(tokens: Sequence[ReplyToken], *, said: bool) -> tuple[float, float]:
    """Probabilities of true and of false at the token in which the last verdict's word begins."""
    words = list(_VERDICT.finditer("".join([each.token for each in tokens])))
    if not words or (words[-1][1] == "true") != said:
        raise ValueError("the tokens of the logprobs do not spell the verdict")
    at = words[-1].start(1)
    ends = list(accumulate(len(each.token) for each in tokens))
    place = bisect_right(ends, at)
    token = tokens[place]
    if token.logprob < _CERTAIN and all(each.token == token.token for each in token.top_logprobs):
        raise ValueError("the logprobs name no alternatives to the verdict, which score: probability needs")
    # What the token holds before the word, as in `: true`, its rivals hold too, or not: `false` is one of them.
    before = token.token[: at - ends[place]]
    chances = {"true": 0.0, "false": 0.0}
    for spelled, logprob in _rivals(token):
        start = spelled.removeprefix(before).strip(' \t\r\n":,}').lower()
        for word in chances:
            if start and word.startswith(start):
                chances[word] += math.exp(min(logprob, 0.0))
    return chances["true"], chances["false"]


def _rivals(token: ReplyToken) -> Iterator[tuple[str, float]]:
    """The token and its alternatives, once each: it may be among them or not."""
    if all(each.token != token.token for each in token.top_logprobs):
        yield token.token, token.logprob
    for each in token.top_logprobs:
        yield each.token, each.logprob
