import asyncio
import time
from typing import Any

import pytest

from rvpo.judges import CallFailed
from rvpo.judges.client import ChatClient, RawReply
from rvpo.judges.limits.settings import Limits
from rvpo.judges.parse import decode_completion

QUESTION = [{"role": "user", "content": "hello"}]


def ask(url: str, count: int = 1, api_key: str | None = None, **settings: Any) -> list[RawReply | CallFailed]:
    """Asks ``count`` times at once; failures are returned."""

    async def one(client: ChatClient) -> RawReply | CallFailed:
        try:
            return await client.complete("m", QUESTION, {"temperature": 0.0})
        except CallFailed as failed:
            return failed

    async def whole() -> list[RawReply | CallFailed]:
        limits = Limits(first_pause_s=0.01, **settings)
        async with ChatClient(url, api_key=api_key, limits=limits) as client:
            return await asyncio.gather(*(one(client) for _ in range(count)))

    return asyncio.run(whole())


def outcome(reply: RawReply | CallFailed) -> tuple[str, int]:
    return ("ok" if isinstance(reply, RawReply) else reply.status), reply.attempts


def test_passing_trouble_is_outlived(scripted_server: Any) -> None:
    """Each kind twice, then a reply: three attempts; the server saw exactly as many requests."""
    for fault in ("429", "500", "503", "reset", "reset_late", "cut", "not_json"):
        scripted_server.script(faults=[[fault, 2]])
        (reply,) = ask(scripted_server.url)
        assert outcome(reply) == ("ok", 3), fault
        assert scripted_server.counts()["requests"] == 3, fault
        assert isinstance(reply, RawReply)
        assert decode_completion(reply.body).model == "m-0001"


def test_lasting_trouble_ends_after_the_attempts(scripted_server: Any) -> None:
    lasting = (("429", "rate_limited", 3), ("500", "transport", 3), ("reset", "transport", 4))
    for fault, status, requests in lasting:
        scripted_server.script(faults=[[fault, 99]])
        (reply,) = ask(scripted_server.url, max_attempts=3)
        assert outcome(reply) == (status, requests)
        assert scripted_server.counts()["requests"] == requests


def test_a_final_no_is_not_asked_again(scripted_server: Any) -> None:
    finals = {"400": "rejected", "401": "rejected", "context": "context_length", "filter": "content_filter"}
    for fault, status in finals.items():
        scripted_server.script(faults=[[fault, 99]])
        (reply,) = ask(scripted_server.url)
        assert outcome(reply) == (status, 1)
        assert scripted_server.counts()["requests"] == 1


def test_a_silent_server_is_a_timeout(scripted_server: Any) -> None:
    scripted_server.script(faults=[["hang", 99]])
    (reply,) = ask(scripted_server.url, timeout_s=0.2, max_attempts=2)
    assert outcome(reply) == ("timeout", 2)


def test_a_closed_port_is_transport_trouble(scripted_server: Any) -> None:
    scripted_server.stop()
    (reply,) = ask(scripted_server.url, max_attempts=2)
    assert outcome(reply) == ("transport", 2)


@pytest.mark.parametrize("fault", ["429", "503"])
def test_retry_after_holds_back_everybody(scripted_server: Any, fault: str) -> None:
    scripted_server.script(faults=[[fault, 1]], retry_after="0.5")
    took: list[float] = []

    async def one(client: ChatClient, started: float) -> None:
        await client.complete("m", QUESTION, {})
        took.append(time.monotonic() - started)

    async def whole() -> None:
        async with ChatClient(scripted_server.url, limits=Limits(concurrency=1)) as client:
            await asyncio.gather(*(one(client, time.monotonic()) for _ in range(3)))

    asyncio.run(whole())
    assert min(took) >= 0.5
    assert scripted_server.counts()["requests"] == 4


@pytest.mark.parametrize("concurrency", [1, 64, 512, 2176])
def test_the_server_sees_exactly_the_asked_number_in_flight(scripted_server: Any, concurrency: int) -> None:
    # The server answers nobody before so many are there, so a client with fewer places would never end.
    scripted_server.script(gather=concurrency)
    replies = ask(scripted_server.url, count=concurrency + 3, concurrency=concurrency)
    assert all(isinstance(reply, RawReply) for reply in replies)
    assert scripted_server.counts()["peak"] == concurrency


def test_idle_connections_that_the_server_closed_cost_no_attempt(scripted_server: Any) -> None:
    scripted_server.script(idle_close_s=1.0)

    async def whole() -> list[RawReply]:
        async with ChatClient(scripted_server.url, limits=Limits(max_attempts=1)) as client:
            calls = [await client.complete("m", QUESTION, {})]
            for idle_s in (0.1, 1.2):
                await asyncio.sleep(idle_s)
                calls.append(await client.complete("m", QUESTION, {}))
            return calls

    assert [reply.attempts for reply in asyncio.run(whole())] == [1, 1, 1]
    # The second found the first's connection, the third had to open its own.
    assert scripted_server.counts()["connections"] == 2


def test_a_connection_closed_under_a_request_is_tried_again_once(scripted_server: Any) -> None:
    """Not counted against ``max_attempts``, but told in ``attempts``: the server saw two requests."""
    scripted_server.script(faults=[["reset", 1]])
    (reply,) = ask(scripted_server.url, max_attempts=1)
    assert outcome(reply) == ("ok", 2)
    scripted_server.script(faults=[["reset", 2]])
    (reply,) = ask(scripted_server.url, max_attempts=1)
    assert outcome(reply) == ("transport", 2)
    scripted_server.script(faults=[["reset_late", 1]])
    (reply,) = ask(scripted_server.url, max_attempts=1)
    assert outcome(reply) == ("transport", 1)


def test_redirects_are_not_followed(scripted_server: Any) -> None:
    (reply,) = ask(scripted_server.url.replace("/v1", "/moved"))
    assert outcome(reply) == ("rejected", 1)
    assert scripted_server.counts()["requests"] == 0


def test_what_is_sent(scripted_server: Any) -> None:
    ask(scripted_server.url, api_key="s3cret")
    seen = scripted_server.counts()
    assert seen["last"] == {"model": "m", "messages": QUESTION, "temperature": 0.0}
    assert seen["authorization"] == "Bearer s3cret"
    ask(scripted_server.url)
    assert scripted_server.counts()["authorization"] is None


def test_the_key_is_in_no_error(scripted_server: Any) -> None:
    scripted_server.script(faults=[["401", 1]])
    (reply,) = ask(scripted_server.url, api_key="s3cret")
    assert isinstance(reply, CallFailed)
    assert "s3cret" not in str(reply)
