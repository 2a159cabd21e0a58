"""What an endpoint's answer means: a reply, something worth another attempt, or a final no. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

import msgspec

from rvpo.judges.parse import decode_completion
from rvpo.judges.records import Status

LONGEST_WAIT_S: Final = 60.0
"""Most that one ``Retry-After`` is obeyed."""

OVERLOAD: Final = frozenset({429, 503, 529})
"""The codes by which an endpoint says that it has too much to do."""

_RETRY: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_TIMEOUT: Final = frozenset({408, 504, 522, 524})
_CONTEXT: Final = re.compile(
    r"context[ _]?(length|window|size|limit)|max(imum)?[ _](model|context|sequence)[ _]len|prompt is too long"
    r"|too many (input )?tokens|input is too long|reduce the length",
    re.IGNORECASE,
)
_FILTER: Final = re.compile(
    r"content[ _](filter|policy|management)|responsible ?ai ?policy|safety system", re.IGNORECASE
)
_NO_MONEY: Final = re.compile(r"insufficient_quota|billing", re.IGNORECASE)


class RawReply(msgspec.Struct, frozen=True, gc=False):
    """A reply as it came, and what it took."""

    body: bytes
    latency_s: float = 0.0
    """Of the attempt that succeeded."""
    attempts: int = 1
    """Requests sent for it, lost and abandoned ones included."""


class Failure(NamedTuple):
    """Why an attempt brought no reply, and whether another one may."""

    status: Status
    detail: str
    retry: bool
    wait_s: float | None = None
    """How long the endpoint asked us to wait."""
    overload: bool = False
    """It has too much to do: fewer requests at once would help."""
    unanswered: bool = False
    """The connection was closed before the first byte, as a kept one is that the server has just given up."""
    sent: int = 1
    """Requests that this took."""


def classify(code: int, headers: Mapping[str, str], body: bytes) -> Failure | None:
    """Say what an HTTP answer to a chat request means.

    Args:
        code: HTTP status.
        headers: Response headers; looked up by their lower-case names (``Retry-After`` alone matters).
        body: The whole body.

    Returns:
        ``None`` for a chat completion, else the failure.
    """
    if code == 200:
        try:
            decode_completion(body)
        except ValueError as wrong:
            return Failure("transport", f"HTTP 200, {wrong}: {_excerpt(body)}", retry=True)
        return None
    detail = f"HTTP {code}: {_excerpt(body)}"
    if code == 429:
        if _NO_MONEY.search(detail):
            return Failure("rate_limited", detail, retry=False)
        return Failure("rate_limited", detail, retry=True, wait_s=retry_after(headers), overload=True)
    if code in _RETRY:
        status: Status = "timeout" if code in _TIMEOUT else "transport"
        return Failure(status, detail, retry=True, wait_s=retry_after(headers), overload=code in OVERLOAD)
    return Failure(_final_status(code, body.decode("utf-8", "replace")), detail, retry=False)


def _final_status(code: int, words: str) -> Status:
    if code >= 500:
        return "transport"
    if code in {400, 413, 422} and _CONTEXT.search(words):
        return "context_length"
    if code in {400, 403} and _FILTER.search(words):
        return "content_filter"
    return "rejected"


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a ``Retry-After`` header (seconds or a date) asks for, at most ``LONGEST_WAIT_S``.

    >>> retry_after({"Retry-After": "2"})
    2.0
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        wait_s = float(value)
    except ValueError:
        try:
            then = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait_s = (then.replace(tzinfo=then.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return min(max(wait_s, 0.0), LONGEST_WAIT_S) if wait_s == wait_s else None  # noqa: PLR0124 - NaN


def _excerpt(body: bytes, length: int = 200) -> str:
    text = " ".join(body[: 4 * length].decode("utf-8", "replace").split())
    return (text if len(text) <= length else f"{text[:length]}...") or "no body"
