"""One upstream call for one question, whoever asks: several processes, a leader that dies, fails or leaves."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.storage import rows
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.store import Store
from rvpo.rubrics import Criterion, Rubric

ASKER = """
import asyncio, json, sys
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.storage import rows
from rvpo.rubrics import Criterion, Rubric
url, store, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows.LEASE_S = float(sys.argv[4])
config = JudgeConfig(judge="openai-compatible", model="m", base_url=url, store=store)
rubric = Rubric(id="r", criteria=(Criterion(id="a", criterion="Says yes"),))
async def work():
    async with JudgeService.open(config) as service:
        print("ready", flush=True)
        sys.stdin.readline()
        asked = [JudgeRequest(rubric=rubric, prompt="hi", response="yes", id=str(n)) for n in range(times)]
        vectors = await service.judge(asked)
        print(json.dumps({"values": [v.values_or_none()[0] for v in vectors], "calls": service.stats().calls}))
asyncio.run(work())
"""
RUBRIC = Rubric(id="r", criteria=(Criterion(id="a", criterion="Says yes"),))
ASKED = [JudgeRequest(rubric=RUBRIC, prompt="hi", response="yes")]


class Asker:
    """A process that asks one question many times at once when it is told to."""

    def __init__(self, url: str, store: Path, times: int, lease_s: float = 1.0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASKER, url, str(store), str(times), str(lease_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def ready(self) -> None:
        assert self.stdout.readline() == "ready\n"

    def go(self) -> None:
        self.stdin.write("\n")
        self.stdin.flush()

    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.stdout.readline())
        self.end()
        return result

    def end(self) -> None:
        self.process.wait()
        self.stdin.close()
        self.stdout.close()


def wait_for_requests(server: Any, count: int) -> None:
    until = time.monotonic() + 20
    while server.counts()["requests"] < count:
        assert time.monotonic() < until, "the server was not asked"
        time.sleep(0.02)


def judge_here(url: str, store: Path) -> tuple[list[float | None], int]:
    config = JudgeConfig(judge="openai-compatible", model="m", base_url=url, store=str(store), max_attempts=1)

    async def work() -> tuple[list[float | None], int]:
        async with JudgeService.open(config) as service:
            (vector,) = await service.judge(ASKED)
            return vector.values_or_none(), service.stats().calls

    return asyncio.run(work())


def test_sixty_four_askers_in_two_processes_cost_one_call(scripted_server: Any, tmp_path: Path) -> None:
    scripted_server.script(latency_s=0.3)
    askers = [Asker(scripted_server.url, tmp_path / "s.sqlite", 32) for _ in range(2)]
    for asker in askers:
        asker.ready()
    for asker in askers:
        asker.go()
    results = [asker.result() for asker in askers]
    assert [result["values"] for result in results] == [[1.0] * 32] * 2
    assert sorted(result["calls"] for result in results) == [0, 1]
    assert scripted_server.counts()["requests"] == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("seen", "lease_s"), [(True, 600.0), (False, 1.0)], ids=["seen", "unseen"])
def test_a_leader_that_is_killed_loses_its_lease(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: bool, lease_s: float
) -> None:
    """At once where its end can be seen, else when the lease runs out: a lease of ten minutes would be waited for."""
    monkeypatch.setattr(rows, "LEASE_S", lease_s)
    if not seen:
        monkeypatch.setattr(rows, "is_dead", lambda _owner: False)
    elif not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    scripted_server.script(latency_s=60)
    leader = Asker(scripted_server.url, tmp_path / "s.sqlite", 1, lease_s)
    leader.ready()
    leader.go()
    wait_for_requests(scripted_server, 1)
    leader.process.kill()
    leader.end()
    scripted_server.script()
    assert judge_here(scripted_server.url, tmp_path / "s.sqlite") == ([1.0], 1)
    assert scripted_server.counts()["requests"] == 1


def test_a_slow_leader_keeps_its_lease_beyond_the_first_term(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LEASE_S", 1.0)
    scripted_server.script(latency_s=2.5)
    leader = Asker(scripted_server.url, tmp_path / "s.sqlite", 1)
    leader.ready()
    leader.go()
    wait_for_requests(scripted_server, 1)
    assert judge_here(scripted_server.url, tmp_path / "s.sqlite") == ([1.0], 0)
    assert leader.result()["calls"] == 1
    assert scripted_server.counts()["requests"] == 1


def test_a_failure_is_the_leaders_alone_and_the_next_asks_anew(scripted_server: Any, tmp_path: Path) -> None:
    scripted_server.script(latency_s=0.4, faults=[["400", 1]])
    leader = Asker(scripted_server.url, tmp_path / "s.sqlite", 1)
    leader.ready()
    leader.go()
    wait_for_requests(scripted_server, 1)
    assert judge_here(scripted_server.url, tmp_path / "s.sqlite") == ([1.0], 1)
    assert leader.result() == {"values": [None], "calls": 1}
    assert scripted_server.counts()["requests"] == 2


def stored(key: bytes) -> StoredReply:
    return StoredReply(key, b"{}", "ok", "j", 0.0, 1)


def test_a_key_is_taken_by_one_and_free_after_release(tmp_path: Path) -> None:
    one, other = (Store.open(str(tmp_path / "s.sqlite")) for _ in range(2))

    async def story() -> None:
        assert (await one.take([b"a", b"b"])).mine == {b"a", b"b"}
        assert (await one.take([b"a"])).mine == {b"a"}
        assert (await other.take([b"a", b"b", b"c"])).mine == {b"c"}
        one.release(b"a")
        await one.put(stored(b"b"))
        taken = await other.take([b"a", b"b"])
        assert taken.mine == {b"a"}
        assert list(taken.found) == [b"b"]

    asyncio.run(story())
    one.close()
    other.close()


def test_closing_gives_back_every_lease(tmp_path: Path) -> None:
    one, other = (Store.open(str(tmp_path / "s.sqlite")) for _ in range(2))

    async def take(store: Store) -> frozenset[bytes]:
        return (await store.take([b"a"])).mine

    assert asyncio.run(take(one)) == {b"a"}
    one.close()
    assert asyncio.run(take(other)) == {b"a"}
    other.close()


def test_a_lease_from_before_a_restart_of_the_machine_is_void(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "s.sqlite"))
    with store._connection as raw:
        raw.execute(
            "INSERT INTO inflight VALUES (?, ?, ?)", (b"a", "before", time.monotonic() + 2 * rows.LEASE_S)
        )

    async def take() -> frozenset[bytes]:
        return (await store.take([b"a"])).mine

    assert asyncio.run(take()) == {b"a"}
    store.close()


def test_nobody_shares_what_is_in_memory() -> None:
    store = Store.open(":memory:")

    async def take() -> frozenset[bytes]:
        return (await store.take([b"a"])).mine

    assert asyncio.run(take()) == {b"a"}
    assert store._connection.execute("SELECT count(*) FROM inflight").fetchone() == (0,)
    store.close()


@pytest.mark.timeout(60)
def test_a_leader_that_is_stopped_hands_over_at_once(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LEASE_S", 600.0)
    scripted_server.script(latency_s=0.5)
    config = JudgeConfig(
        judge="openai-compatible", model="m", base_url=scripted_server.url, store=str(tmp_path / "s.sqlite")
    )

    async def story() -> list[float | None]:
        async with JudgeService.open(config) as leader, JudgeService.open(config) as follower:
            leading = asyncio.create_task(leader.judge(ASKED))
            await asyncio.sleep(0.2)
            following = asyncio.create_task(follower.judge(ASKED))
            await asyncio.sleep(0.1)
            leading.cancel()
            (vector,) = await following
            return vector.values_or_none()

    assert asyncio.run(story()) == [1.0]
    assert scripted_server.counts()["requests"] == 2
