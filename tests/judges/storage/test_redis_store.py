"""Against a real redis-server, started here; skipped where there is none."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, StoreError
from rvpo.judges.storage import redis_store
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.storage.redis_store import RedisStore
from rvpo.rubrics import Criterion, Rubric

pytest.importorskip("redis", reason="the extra redis is not installed")


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A server of its own for this test."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("there is no redis-server (Debian: apt-get install redis-server)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 20
    while not answers(port):
        assert time.monotonic() < until, "redis-server does not start"
        time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0"
    server.kill()
    server.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def reply(key: bytes, body: bytes = b"{}", status: str = "ok") -> StoredReply:
    return StoredReply(key, body, status, "judge", 0.1, 1, 10, 2, None, b"read", 1)


def test_replies_and_leases(redis_url: str) -> None:
    async def story() -> None:
        one, other = await RedisStore.open(redis_url), await RedisStore.open(redis_url)
        assert await one.get_many([]) == {}
        assert (await one.take([b"a", b"b"])).mine == {b"a", b"b"}
        assert (await one.take([b"a"])).mine == {b"a"}
        assert (await other.take([b"a", b"c"])).mine == {b"c"}
        await one.put(reply(b"a", b"bad", "truncated"))
        await one.put(reply(b"a", b"good"))
        await other.put(reply(b"a", b"late"))
        found = (await other.take([b"a"], parser=1)).found
        assert (found[b"a"].reply, found[b"a"].reading) == (b"good", b"read")
        assert (await other.get_many([b"a"], parser=2))[b"a"].reading == b""
        one.release(b"b")
        await one.aclose()
        assert (await other.take([b"b"])).mine == {b"b"}
        await other.aclose()

    asyncio.run(story())


def test_a_lease_is_renewed_while_its_owner_lives_and_ends_without(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_store, "LEASE_S", 1.5)

    async def story() -> None:
        one, other = await RedisStore.open(redis_url), await RedisStore.open(redis_url)
        assert (await one.take([b"a"])).mine == {b"a"}
        await asyncio.sleep(2.5)
        assert (await other.take([b"a"])).mine == frozenset()
        one._alive.cancel()
        await asyncio.sleep(2.0)
        assert (await other.take([b"a"])).mine == {b"a"}
        await one.aclose()
        assert (await other.take([b"a"])).mine == {b"a"}
        await other.aclose()

    asyncio.run(story())


def test_two_services_ask_once_and_a_third_not_at_all(redis_url: str, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.3)
    rubric = Rubric(id="r", criteria=(Criterion(id="a", criterion="Says yes"),))
    asked = [JudgeRequest(rubric=rubric, prompt="hi", response="yes", id=str(each)) for each in range(32)]
    config = JudgeConfig(judge="openai-compatible", model="m", base_url=scripted_server.url, store=redis_url)

    async def judge() -> list[float | None]:
        async with JudgeService.open(config) as service:
            return [vector.values_or_none()[0] for vector in await service.judge(asked)]

    async def both() -> list[float | None]:
        first, second = await asyncio.gather(judge(), judge())
        return first + second

    assert asyncio.run(both()) == [1.0] * 64
    assert asyncio.run(judge()) == [1.0] * 32
    assert scripted_server.counts()["requests"] == 1


def test_a_server_that_goes_away_is_told_in_one_line(redis_url: str) -> None:
    async def story() -> None:
        store = await RedisStore.open(redis_url)
        with suppress(Exception):
            await store._client.execute_command("SHUTDOWN", "NOSAVE")
        with pytest.raises(StoreError, match="the store cannot be written: "):
            await store.put(reply(b"a"))
        with pytest.raises(StoreError, match="the store cannot be read: "):
            await store.get_many([b"a"])
        await store.aclose()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://127.0.0.1:1/0", "the store cannot be opened: "),
        ("redis://user:pass@h/0", "set the variable RVPO_REDIS_PASSWORD instead"),
        ("redis://127.0.0.1:port/0", "is no address of a Redis store"),
    ],
)
def test_a_wrong_address_is_told_in_one_line_without_its_secrets(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        asyncio.run(RedisStore.open(url))
    assert "pass@" not in str(caught.value)
