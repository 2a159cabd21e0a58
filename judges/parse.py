"""What a chat completion says: finish reason first, then the verdict in its text (``verdicts.py``, ``sheet.py``).

Pure. Replies are kept as they came and read again with this parser, so a better one costs no new call.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from rvpo.judges.odd_replies import MOST_TOKENS, plain_completion
from rvpo.judges.reading import Reading
from rvpo.judges.records import Usage
from rvpo.judges.sheet import read_sheet
from rvpo.judges.verdicts import read_answer
from rvpo.rubrics import Criterion

PARSER_VERSION: Final = 3
"""Raise it with every change of what a reply is read as: stored readings of another version are made anew."""


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


_completion = msgspec.json.Decoder(Completion)


def decode_completion(raw: bytes) -> Completion:
    """Decode a chat completion.

    Raises:
        ValueError: The bytes are not a chat completion with at least one choice.
    """
    try:
        completion = _completion.decode(raw)
    except msgspec.ValidationError as wrong:
        completion = _odd(raw, wrong)
    except ValueError as wrong:
        raise ValueError(f"not a chat completion: {wrong}") from wrong
    if not completion.choices:
        raise ValueError("not a chat completion: no choices")
    return completion


def _odd(raw: bytes, wrong: msgspec.ValidationError) -> Completion:
    try:
        return msgspec.convert(plain_completion(raw), Completion)
    except ValueError:
        raise ValueError(f"not a chat completion: {wrong}") from wrong


def read_completion(raw: bytes, criteria: Sequence[Criterion], response: str) -> tuple[Reading, ...]:
    """Read the raw bytes of a chat completion as the answers to what was asked.

    Args:
        raw: See ``decode_completion``, which may raise.
        criteria: What was asked, in the order of the call.
        response: What was judged.

    Returns:
        A reading for each criterion; the tokens of the call are shared out among them.
    """
    completion = decode_completion(raw)
    readings = _read(completion.choices[0], criteria, response)
    usage, model = usage_of(completion), completion.model or ""
    if len(criteria) == 1:
        return (msgspec.structs.replace(readings[0], usage=usage, model=model),)
    shares = share_usage(usage, len(criteria))
    return tuple(
        msgspec.structs.replace(reading, usage=share, model=model)
        for reading, share in zip(readings, shares, strict=True)
    )


def _read(choice: Choice, criteria: Sequence[Criterion], response: str) -> Sequence[Reading]:
    message = choice.message
    if choice.finish_reason == "content_filter":
        failed = Reading(status="content_filter", explanation="the provider withheld the reply")
    elif message.refusal:
        failed = Reading(status="refusal", explanation=message.refusal)
    elif choice.finish_reason == "length":
        failed = Reading(status="truncated", explanation="the reply was cut at the token limit")
    elif len(criteria) == 1:
        return (read_answer(message.content or "", criteria[0], response),)
    else:
        return read_sheet(message.content or "", criteria, response)
    return (failed,) * len(criteria)


def share_usage(usage: Usage, parts: int) -> tuple[Usage, ...]:
    """Tokens dealt out evenly, the first parts taking what is left over: the sum is the whole again."""
    return tuple(
        Usage(
            prompt_tokens=_share(usage.prompt_tokens, parts, place),
            completion_tokens=_share(usage.completion_tokens, parts, place),
            cached_prompt_tokens=_share(usage.cached_prompt_tokens, parts, place),
        )
        for place in range(parts)
    )


def _share(tokens: int, parts: int, place: int) -> int:
    return tokens // parts + (place < tokens % parts)


def usage_of(completion: Completion) -> Usage:
    """Its tokens; one count beyond reason leaves all untold, and no more of the prompt was cached than there is of it."""
    usage = completion.usage
    if usage is None:
        return Usage()
    prompt, completed = usage.prompt_tokens, usage.completion_tokens or 0
    if not (0 <= prompt <= MOST_TOKENS and 0 <= completed <= MOST_TOKENS):
        return Usage()
    details = usage.prompt_tokens_details
    cached = min(max(details.cached_tokens or 0, 0), prompt) if details else 0
    return Usage(prompt_tokens=prompt, completion_tokens=completed, cached_prompt_tokens=cached)
