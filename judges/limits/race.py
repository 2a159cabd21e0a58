"""Two requests for one answer: the first good one wins, the other is cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from rvpo.judges.classify import Failure, RawReply

Request = Callable[[], Coroutine[Any, Any, RawReply | Failure]]
"""Sends one request."""


async def race(
    request: Request, patience_s: float, second: Callable[[], asyncio.Task[RawReply | Failure] | None]
) -> RawReply | Failure:
    """Send a request, and a second one if there is no answer within ``patience_s``.

    Args:
        request: Sends the first.
        patience_s: When to think of a second.
        second: Sends it, or returns ``None`` where there is no room for one.

    Returns:
        The first good reply, else the failure of the first request; both count all requests sent.
    """
    first = asyncio.ensure_future(request())
    running = [first]
    try:
        await asyncio.wait(running, timeout=patience_s)
        if not first.done() and (company := second()) is not None:
            running.append(company)
        waiting = set(running)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for outcome in [each.result() for each in running if each in done]:
                if isinstance(outcome, RawReply):
                    return RawReply(outcome.body, outcome.latency_s, len(running))
        lost = first.result()
        assert isinstance(lost, Failure)
        return lost._replace(sent=len(running))
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
