"""The files of the batch protocol: a request a line in, an answer a line out, in any order. Pure.

The ``custom_id`` of a request is its key in the store, 64 hexadecimal digits, which is the most that OpenAI takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from rvpo.judges.classify import classify
from rvpo.judges.errors import CallFailed

MOST_REQUESTS: Final = 50_000
MOST_BYTES: Final = 100_000_000
"""Of one file; OpenAI takes 200 MB, some others half of that."""
CHAT: Final = "/v1/chat/completions"

_encode = msgspec.json.Encoder().encode


class Answers(msgspec.Struct, frozen=True):
    """What batches brought, by request key."""

    replies: dict[bytes, bytes]
    """Chat completions as they came."""
    failures: dict[bytes, CallFailed]
    strange: int = 0
    """Lines that are no answers to anything of ours."""


class _Response(msgspec.Struct):
    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _Line(msgspec.Struct):
    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


_line = msgspec.json.Decoder(_Line).decode


def request_line(key: bytes, body: Mapping[str, Any]) -> bytes:
    """Write one request.

    Args:
        key: Its key in the store.
        body: As it would be posted.
    """
    request = {"custom_id": key.hex(), "method": "POST", "url": CHAT, "body": body}
    return _encode(request) + b"\n"


def split(
    lines: Iterable[bytes], most: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES
) -> Iterator[list[bytes]]:
    """Put lines into files that are small enough, in their order."""
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and (len(part) == most or size + len(line) > most_bytes):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part


def read_answers(files: Iterable[bytes]) -> Answers:
    """Read files of outputs and of errors.

    A line that is torn or names no key of ours is counted and passed over: the others are paid for. Of two answers to
    one request a completion wins, else the first.
    """
    replies: dict[bytes, bytes] = {}
    failures: dict[bytes, CallFailed] = {}
    strange = 0
    for file in files:
        for line in file.splitlines():
            if not line.strip():
                continue
            try:
                answer = _line(line)
                key = bytes.fromhex(answer.custom_id)
            except (msgspec.DecodeError, ValueError):
                strange += 1
                continue
            outcome = _outcome(answer)
            if isinstance(outcome, bytes):
                replies.setdefault(key, outcome)
            else:
                failures.setdefault(key, outcome)
    return Answers(replies, {key: why for key, why in failures.items() if key not in replies}, strange)


def _outcome(answer: _Line) -> bytes | CallFailed:
    if answer.error is not None or answer.response is None:
        error = answer.error or _Error()
        detail = " ".join(filter(None, (error.code, error.message))) or "no answer and no reason"
        return CallFailed("timeout" if error.code == "batch_expired" else "rejected", f"batch: {detail}")
    body = bytes(answer.response.body)
    failure = classify(answer.response.status_code, {}, body)
    return CallFailed(failure.status, failure.detail) if failure else body
