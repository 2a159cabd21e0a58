"""What a chat completion says: finish reason first, then the verdict in its text (``verdicts.py``).

Pure. Replies are kept as they came and read again with this parser, so a better one costs no new call.
"""

from typing import Final

import msgspec

from rvpo.judges.reading import Reading
from rvpo.judges.records import Usage
from rvpo.judges.verdicts import read_answer
from rvpo.rubrics import Criterion

PARSER_VERSION: Final = 1


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
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"not a chat completion: {wrong}") from wrong
    if not completion.choices:
        raise ValueError("not a chat completion: no choices")
    return completion


def read_completion(raw: bytes, criterion: Criterion, response: str) -> Reading:
    """Read the raw bytes of a chat completion as the answer to one criterion.

    Args:
        raw: See ``decode_completion``, which may raise.
        criterion: What was asked.
        response: What was judged.
    """
    completion = decode_completion(raw)
    choice = completion.choices[0]
    message = choice.message
    if choice.finish_reason == "content_filter":
        read = Reading(status="content_filter", explanation="the provider withheld the reply")
    elif message.refusal:
        read = Reading(status="refusal", explanation=message.refusal)
    elif choice.finish_reason == "length":
        read = Reading(status="truncated", explanation="the reply was cut at the token limit")
    else:
        read = read_answer(message.content or "", criterion, response)
    return msgspec.structs.replace(read, usage=_usage(completion.usage), model=completion.model or "")


def _usage(usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage()
    details = usage.prompt_tokens_details
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens or 0,
        cached_prompt_tokens=(details.cached_tokens or 0) if details else 0,
    )
