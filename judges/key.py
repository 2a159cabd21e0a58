"""The name under which a reply is kept: a hash of everything that decides it, and of nothing else.

In it: the judge (kind, endpoint address, model or hash of its weights), every sampling field and extra field, the
messages as sent, the vote index. Not in it: keys and headers, timeouts, retries, concurrency, points, polarity,
thresholds, the parser: changing those asks nothing again.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

KEY_VERSION: Final = 1

_encode = msgspec.json.Encoder(order="sorted").encode


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
