"""What an odd chat completion says, told in the form that ``parse.py`` reads: paid for, and its verdict is readable.

Odd is: counts of tokens that are no counts (a fraction, text, a negative number: they are untold), a content in
parts (those of text are joined, thinking is passed over), a model that is no name. All else must be as it should be:
this is no repair of verdicts. Pure.
"""

from typing import Any, Final

import msgspec

MOST_TOKENS: Final = 2**53
"""Where a count of tokens ends and nonsense begins: floats, JSON and SQLite all hold it."""

_TEXTS: Final = frozenset({None, "text", "output_text"})

_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def plain_completion(raw: bytes) -> dict[str, Any]:
    """Decode a chat completion that has not the usual form.

    Returns:
        Its choices, model and usage, as plain values; what is odd beyond understanding is left as it is.

    Raises:
        ValueError: It is no JSON object.

    >>> parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Yes."}]
    >>> odd = {"choices": [{"message": {"content": parts}}], "usage": {"prompt_tokens": "many"}}
    >>> plain_completion(msgspec.json.encode(odd))
    {'choices': [{'message': {'content': 'Yes.'}}]}
    """
    try:
        told = _fields.decode(raw)
        plain: dict[str, Any] = {
            name: msgspec.json.decode(told[name]) for name in ("choices", "model") if name in told
        }
    except RecursionError as wrong:
        raise ValueError("nested too deeply") from wrong
    if not isinstance(plain.get("model"), str):
        plain.pop("model", None)
    if isinstance(plain.get("choices"), list):
        plain["choices"] = [_choice(choice) for choice in plain["choices"]]
    usage = _usage(told.get("usage"))
    return plain if usage is None else {**plain, "usage": usage}


def _choice(choice: Any) -> Any:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return choice
    parts = [part if isinstance(part, dict) else {"text": part} for part in message["content"]]
    texts = [part.get("text") for part in parts if part.get("type") in _TEXTS]
    spoken = [text for text in texts if isinstance(text, str)]
    if len(spoken) < len(texts):
        return choice
    refusals = [part.get("refusal") for part in parts if part.get("type") == "refusal"]
    refused = {"refusal": refusals[0]} if refusals else {}
    return {**choice, "message": {**message, "content": "".join(spoken), **refused}}


def _usage(raw: msgspec.Raw | None) -> dict[str, Any] | None:
    """Its counts; one that cannot be understood leaves all untold, for the rest would make too low a price."""
    try:
        told = msgspec.json.decode(raw) if raw is not None else None
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    details = told.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    prompt, completion = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    if prompt is None or completion is None:
        return None
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _count(told: object) -> int | None:
    """A count of tokens; ``None`` where it is none, and 0 where nothing is told."""
    if told is None:
        return 0
    if (
        isinstance(told, bool)
        or not isinstance(told, int | float)
        or not 0 <= told <= MOST_TOKENS
        or told % 1
    ):
        return None
    return int(told)
