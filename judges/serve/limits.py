"""How much at once: the kind and size of a body, the time that it may take to come, the number of responses at work."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from rvpo.judges.serve.problems import Refused

BODY_TIMEOUT_S: Final = 60.0
RETRY_AFTER_S: Final = 1
MIB: Final = 1 << 20
DISCARDED: Final = 4
"""So many times the limit is read and thrown away: a client that cannot send on would not read our refusal."""


async def read_body(request: Request, most: int, timeout_s: float = BODY_TIMEOUT_S) -> bytes:
    """Read a JSON body of at most ``most`` bytes.

    Raises:
        Refused: It calls itself something else (415), is larger (413), takes too long (408), or its sender went
            away (400).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"the content type must be application/json, got {kind or 'none'}")
    said = request.headers.get("content-length", "")
    length = int(said) if said.isdecimal() else 0
    body = bytearray()
    came = 0
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                came += len(chunk)
                if max(came, length) <= most:
                    body += chunk
                elif came > DISCARDED * most:
                    break
    except TimeoutError:
        raise Refused(408, f"the body did not come within {timeout_s:g} s") from None
    except ClientDisconnect:
        raise Refused(400, "the connection was closed before the body was there") from None
    if max(came, length) > most:
        raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Refused:
    text = (
        f"the body is larger than {most / MIB:g} MiB: send smaller batches, or give a rubric once in rubrics"
    )
    # What may be left of the body is not read, so the connection cannot be used again.
    return Refused(413, text, headers={"Connection": "close"})


class Places:
    """Places for responses at work."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    def take(self, count: int) -> None:
        """Hold places for one batch; ``give`` them back.

        Raises:
            Refused: There are too few now (429), or fewer than that at all (413).
        """
        if count > self.most:
            raise Refused(413, f"a batch takes at most {self.most} requests, got {count}")
        if self.taken + count > self.most:
            text = f"{self.taken} responses are at work, {self.most} at most: ask again for these {count}"
            raise Refused(429, text, headers={"Retry-After": str(RETRY_AFTER_S)})
        self.taken += count

    def give(self, count: int) -> None:
        """Give back what ``take`` held."""
        self.taken -= count
