"""What a reply says: finish reason first, then exactly one verdict, or the reason why there is none.

Strict on purpose: no repair of broken JSON, no "true" for true, no first match, no fallback to an earlier object
when the last one is wrong. A reply that is not clearly a verdict is a failure of the judge, never a score.
Accepted around the verdict: a ``<think>`` block, a code fence, words before and after. Raw line breaks inside
strings are accepted; they leave no doubt about the verdict.

Pure. Replies are kept as they came and read again with this parser, so a better one costs no new call.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from rvpo.judges.records import Status, Usage

PARSER_VERSION: Final = 1

_MOST_OBJECTS: Final = 400
"""Opening braces looked at before a reply is given up as noise."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was read out of one raw reply."""

    status: Status
    score: float | None = None
    p_met: float | None = None
    explanation: str = ""
    """The judge's reason; without a verdict, what was wrong with the reply."""
    usage: Usage = Usage()
    model: str = ""
    """The model as the endpoint calls it."""


class ReplyMessage(msgspec.Struct):
    """The part of a chat message that a verdict can be in."""

    content: str | None = None
    refusal: str | None = None


class Choice(msgspec.Struct):
    """One choice of a completion."""

    message: ReplyMessage
    finish_reason: str | None = None


class PromptTokensDetails(msgspec.Struct):
    """Where the provider says what its prefix cache spared."""

    cached_tokens: int | None = None


class CompletionUsage(msgspec.Struct):
    """Token counts of a completion."""

    prompt_tokens: int = 0
    completion_tokens: int | None = None
    prompt_tokens_details: PromptTokensDetails | None = None


class Completion(msgspec.Struct):
    """A chat completion, as much of it as is used; other fields are passed over."""

    choices: list[Choice]
    model: str | None = None
    usage: CompletionUsage | None = None


class _Verdict(msgspec.Struct, forbid_unknown_fields=True):
    explanation: str
    met: bool


_completion = msgspec.json.Decoder(Completion)
_verdict = msgspec.json.Decoder(_Verdict)


def decode_completion(raw: bytes) -> Completion:
    """Decode a chat completion.

    Raises:
        ValueError: The bytes are not a chat completion with at least one choice.
    """
    try:
        completion = _completion.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"not a chat completion: {wrong}") from wrong
    if not completion.choices:
        raise ValueError("not a chat completion: no choices")
    return completion


def read_completion(raw: bytes) -> Reading:
    """Read the raw bytes of a chat completion (see ``decode_completion``) as a verdict."""
    completion = decode_completion(raw)
    choice = completion.choices[0]
    read = _read_choice(choice.finish_reason or "stop", choice.message)
    return msgspec.structs.replace(read, usage=_usage(completion.usage), model=completion.model or "")


def _read_choice(finish_reason: str, message: ReplyMessage) -> Reading:
    if finish_reason == "content_filter":
        return Reading(status="content_filter", explanation="the provider withheld the reply")
    if message.refusal:
        return Reading(status="refusal", explanation=message.refusal)
    if finish_reason == "length":
        return Reading(status="truncated", explanation="the reply was cut at the token limit")
    try:
        explanation, met = read_verdict(message.content or "")
    except ValueError as wrong:
        return Reading(status="unparseable", explanation=f"{wrong}: {_excerpt(message.content or '')}")
    return Reading(status="ok", score=float(met), explanation=explanation)


def read_verdict(text: str) -> tuple[str, bool]:
    r"""Find the verdict in a judge's text.

    Returns:
        The explanation and whether the criterion is met.

    Raises:
        ValueError: There is no verdict, or it is not beyond doubt; the message says why.

    >>> read_verdict('<think>hm</think>```json\n{"explanation": "Asks for the age.", "met": true}\n```')
    ('Asks for the age.', True)
    """
    _before, thought, after = text.rpartition("</think>")
    if not thought and "<think>" in text.partition("{")[0]:
        raise ValueError("the thinking does not end")
    text = after.strip()
    if not text:
        raise ValueError("empty reply")
    # One spelling of each key and no escaped one: then no key is doubled, which the quick decoder would not see.
    if text.count('"met"') == 1 and text.count('"explanation"') == 1 and "\\u" not in text:
        try:
            verdict = _verdict.decode(text)
        except msgspec.DecodeError:
            pass
        else:
            return verdict.explanation, verdict.met
    return _last_verdict(text)


def _last_verdict(text: str) -> tuple[str, bool]:
    found: dict[str, Any] | None = None
    end = at = 0
    for _ in range(_MOST_OBJECTS):
        at = text.find("{", at)
        if at < 0:
            break
        try:
            candidate, at = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            if candidate is _REPEATED or "met" in candidate:
                found, end = candidate, at
    else:
        raise ValueError("more braces than a verdict has")
    if '"met"' in text[end:] or found is None:
        raise ValueError("no complete JSON object with a verdict")
    if found is _REPEATED:
        raise ValueError("a key occurs twice in the verdict")
    if set(found) != {"explanation", "met"}:
        raise ValueError(f"the verdict has the keys {sorted(found)}, not explanation and met")
    explanation, met = found["explanation"], found["met"]
    if not isinstance(explanation, str) or not isinstance(met, bool):
        raise ValueError("explanation must be a text and met true or false")  # noqa: TRY004 - bad data, not a bug
    return explanation, met


_REPEATED: Final[dict[str, Any]] = {}


def _pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    inner = any(value is _REPEATED for value in made.values())
    return _REPEATED if inner or len(made) != len(pairs) else made


_decoder: Final = json.JSONDecoder(object_pairs_hook=_pairs, strict=False)


def _usage(usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage()
    details = usage.prompt_tokens_details
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens or 0,
        cached_prompt_tokens=(details.cached_tokens or 0) if details else 0,
    )


def _excerpt(text: str, length: int = 120) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= length else f"{flat[:length]}...")
