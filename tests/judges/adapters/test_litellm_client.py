import asyncio
import importlib.util
import sys
from importlib import metadata
from typing import Any

import pytest

from rvpo.judges import CallFailed, JudgeConfigError
from rvpo.judges.adapters.litellm_client import LitellmClient
from rvpo.judges.classify import RawReply
from rvpo.judges.limits.settings import Limits
from rvpo.judges.parse import decode_completion

QUESTION = [{"role": "user", "content": "hello"}]

installed = pytest.mark.skipif(
    importlib.util.find_spec("litellm") is None, reason="litellm is not installed (extra: litellm)"
)


def ask(url: str, count: int = 1, **settings: Any) -> list[RawReply | CallFailed]:
    """Asks ``count`` times at once; failures are returned."""

    async def one(client: LitellmClient) -> RawReply | CallFailed:
        try:
            return await client.complete("openai/m", QUESTION, {"temperature": 0.0, "seed": 3})
        except CallFailed as failed:
            return failed

    async def whole() -> list[RawReply | CallFailed]:
        client = LitellmClient(url, api_key="s3cret", limits=Limits(first_pause_s=0.01, **settings))
        try:
            return await asyncio.gather(*(one(client) for _ in range(count)))
        finally:
            await client.close()

    return asyncio.run(whole())


@installed
def test_a_reply_is_a_completion_of_our_protocol(scripted_server: Any) -> None:
    (reply,) = ask(scripted_server.url)
    assert isinstance(reply, RawReply)
    completion = decode_completion(reply.body)
    assert completion.choices[0].message.content == "You said: hello"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "m-0001"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == 1
    seen = scripted_server.counts()
    assert seen["last"] == {"model": "m", "messages": QUESTION, "temperature": 0.0, "seed": 3}
    assert seen["authorization"] == "Bearer s3cret"


@installed
def test_a_refusal_stays_one(scripted_server: Any) -> None:
    scripted_server.script(faults=[["refusal", 1]])
    (reply,) = ask(scripted_server.url)
    assert isinstance(reply, RawReply)
    assert decode_completion(reply.body).choices[0].message.refusal == "I cannot help with that."


@installed
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("429", "rate_limited"),
        ("500", "transport"),
        ("503", "transport"),
        ("reset", "transport"),
        ("not_json", "transport"),
    ],
)
def test_passing_trouble_is_repeated_by_us_alone(scripted_server: Any, fault: str, status: str) -> None:
    """Three attempts are three requests: nobody below repeats anything."""
    scripted_server.script(faults=[[fault, 99]])
    (lost,) = ask(scripted_server.url, max_attempts=3)
    assert isinstance(lost, CallFailed)
    assert (lost.status, lost.attempts) == (status, 3)
    assert scripted_server.counts()["requests"] == 3
    scripted_server.script(faults=[[fault, 2]])
    (reply,) = ask(scripted_server.url, max_attempts=3)
    assert isinstance(reply, RawReply)
    assert reply.attempts == 3


@installed
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("400", "rejected"),
        ("401", "rejected"),
        ("context", "context_length"),
        ("filter", "content_filter"),
    ],
)
def test_a_final_no_is_not_asked_again(scripted_server: Any, fault: str, status: str) -> None:
    scripted_server.script(faults=[[fault, 99]])
    (lost,) = ask(scripted_server.url)
    assert isinstance(lost, CallFailed)
    assert (lost.status, lost.attempts) == (status, 1)
    assert scripted_server.counts()["requests"] == 1
    assert "s3cret" not in str(lost)


@installed
def test_time_runs_out(scripted_server: Any) -> None:
    scripted_server.script(faults=[["hang", 99]])
    (lost,) = ask(scripted_server.url, timeout_s=0.5, max_attempts=1)
    assert isinstance(lost, CallFailed)
    assert (lost.status, lost.attempts) == ("timeout", 1)


@installed
def test_more_in_flight_than_litellm_allows_by_itself(scripted_server: Any) -> None:
    scripted_server.script(gather=640)  # its own limit is 500
    replies = ask(scripted_server.url, count=640, concurrency=640)
    assert all(isinstance(reply, RawReply) for reply in replies)
    assert scripted_server.counts()["peak"] == 640


@installed
def test_an_unknown_provider_is_rejected_in_one_line() -> None:
    async def whole() -> None:
        client = LitellmClient(limits=Limits(max_attempts=1))
        try:
            await client.complete("nonsense", QUESTION, {})
        finally:
            await client.close()

    with pytest.raises(CallFailed) as failed:
        asyncio.run(whole())
    assert failed.value.status == "rejected"
    assert "\n" not in failed.value.detail


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8"])
def test_the_stolen_versions_are_not_imported(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(metadata, "version", lambda _name: version)
    monkeypatch.setitem(sys.modules, "litellm", None)  # an import would be an ImportError
    with pytest.raises(JudgeConfigError, match=f"litellm {version} steals credentials"):
        LitellmClient()


def test_without_litellm_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    with pytest.raises(JudgeConfigError, match=r"rvpo\[litellm\]"):
        LitellmClient()
