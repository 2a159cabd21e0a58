"""The name under which a reply is kept: a hash of everything that decides it, and of nothing else.

In it: the judge (kind, endpoint address, model or hash of its weights), every sampling field and extra field, the
messages as sent, the vote index. Not in it: keys and headers, timeouts, retries, concurrency, points, polarity,
thresholds, the parser: changing those asks nothing again.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

KEY_VERSION: Final = 1

_encode = msgspec.json.Encoder(order="sorted").encode


class Asked(NamedTuple):
    """What was asked: canonical JSON of judge, messages and vote, in two pieces."""

    start: bytes
    """What the questions about one response share."""
    rest: bytes

    @property
    def key(self) -> bytes:
        """The sha256 of both, 32 bytes."""
        return sha256(self.start + self.rest).digest()


def request_key(judge: Mapping[str, Any], messages: Sequence[Mapping[str, str]], vote: int = 0) -> bytes:
    """Hash one request.

    Args:
        judge: The judge's own share: kind, endpoint, model, sampling. JSON values only.
        messages: The chat messages as sent.
        vote: Which of several independent asks of the same question this is.

    Returns:
        The sha256 of the canonical JSON, 32 bytes.
    """
    return sha256(_encode({"judge": judge, "messages": messages, "v": KEY_VERSION, "vote": vote})).digest()


class KeyShare:
    """A judge's own share of its keys, and how the same keys are made of messages in pieces.

    JSON escapes character by character, so the JSON of a text is that of its pieces in a row. What many questions
    share is therefore written and hashed once: a key then costs its criterion, not its whole prompt.
    """

    def __init__(self, judge: Mapping[str, Any]) -> None:
        self._judge = b'{"judge":%b,"messages":[' % _encode(judge)
        self._begun: dict[str, Beginning] = {}

    def begin(self, system: str, user: str) -> "Beginning":
        """The request up to the point where the user's message goes on."""
        begun = self._begun.get(system)
        if begun is None:
            turn = b'{"content":%b,"role":"system"},' % _encode(system) if system else b""
            start = self._judge + turn + b'{"content":"'
            begun = self._begun[system] = Beginning(start, sha256(start))
        return begun.going_on(_inside(user))

    def messages(self, asked: Asked) -> bytes:
        """The messages of what was asked, a JSON array: what is sent is what the key is the hash of."""
        return b"[%b%b]" % (asked.start[len(self._judge) :], asked.rest.rpartition(b'],"v":')[0])


class Beginning:
    """A request's beginning, hashed."""

    def __init__(self, start: bytes, hashed: "Hash") -> None:
        self.start = start
        self._hash = hashed

    def going_on(self, more: bytes) -> "Beginning":
        """This one and more."""
        hashed = self._hash.copy()
        hashed.update(more)
        return Beginning(self.start + more, hashed)

    def key(self, rest: bytes) -> bytes:
        """The key of the request that goes on with ``rest``."""
        whole = self._hash.copy()
        whole.update(rest)
        return whole.digest()

    def sheet_key(self, rests: Any) -> bytes:
        """The key of all requests that begin so and go on with what the rests are made of; that of no request."""
        return self.key(b"\0sheet%d" % KEY_VERSION + _encode(rests))


def request_rest(user: str, assistant: str, vote: int) -> bytes:
    """What follows a beginning: the rest of the user's message, how the judge's own begins, and the vote."""
    turns = b'%b","role":"user"}' % _inside(user)
    if assistant:
        turns += b',{"content":%b,"role":"assistant"}' % _encode(assistant)
    return turns + b'],"v":%d,"vote":%d}' % (KEY_VERSION, vote)


def _inside(text: str) -> bytes:
    return _encode(text)[1:-1]
