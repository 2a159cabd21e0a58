"""The wall clock jumps by years, backwards and forwards, in the middle of the work: nobody waits, asks twice or forgets.

Every process here starts with a ``sitecustomize`` that moves ``time.time`` and ``datetime.now`` by another amount at
each look; the monotonic clock, which no jump moves, is the only steady one.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges.classify import LONGEST_WAIT_S, retry_after
from rvpo.judges.storage.upkeep import prune_store

YEAR_S = 365.25 * 86_400

JUMPING = """
import datetime, itertools, os, time
_now, _shifts = time.time, itertools.cycle(float(each) for each in os.environ["CLOCK_SHIFTS"].split())
time.time = lambda: _now() + next(_shifts)
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(time.time(), tz)
datetime.datetime = Jumping
"""

JUDGE = """
import json, sys, time
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.rubrics import Criterion, Rubric
looks = [time.time() for _ in range(2)]
assert abs(looks[1] - looks[0]) > 86_400, "the clock stands"
config = JudgeConfig.model_validate(
    {"judge": "openai-compatible", "model": "m", "base_url": sys.argv[1], "store": sys.argv[2], "rpm": 60_000,
     "tpm": 6_000_000, "adaptive": {}, "breaker": {}, "hedge": {}, "deadline_s": 100}
)
rubric = Rubric(id="r", criteria=(Criterion(id="fever", criterion="Mentions the word fever"),))
asked = [JudgeRequest(rubric=rubric, prompt="p", response=f"{'fever' if n % 2 else 'cough'} {n}") for n in range(40)]
with JudgeService.open_sync(config) as service:
    vectors = service.judge_sync(asked)
    print(json.dumps({"values": [v.values_or_none()[0] for v in vectors], "failures": service.stats().failures}))
"""
RIGHT = [float(n % 2) for n in range(40)]


@pytest.fixture
def jumping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(JUMPING)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("CLOCK_SHIFTS", f"0 {-YEAR_S} {YEAR_S} {-20 * YEAR_S} 3600 {20 * YEAR_S}")


def start(server: Any, store: Path, shifts: str | None = None) -> "subprocess.Popen[str]":
    environment = os.environ | ({"CLOCK_SHIFTS": shifts} if shifts else {})
    command = [sys.executable, "-c", JUDGE, server.url, str(store)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    ended: dict[str, Any] = json.loads(out)
    return ended


@pytest.mark.usefixtures("jumping")
def test_processes_whose_clocks_disagree_by_years_share_every_call(
    scripted_server: Any, tmp_path: Path
) -> None:
    # A date that lies in the past or future by years, as such a clock sees it, is waited for no longer than the cap.
    scripted_server.script(latency_s=0.1, faults=[["429", 2]], retry_after=formatdate(0, usegmt=True))
    store = tmp_path / "s.sqlite"
    behind, ahead = f"{-9 * YEAR_S} {-8 * YEAR_S}", f"{8 * YEAR_S} {9 * YEAR_S}"
    processes = [start(scripted_server, store, shifts) for shifts in (None, behind, ahead)]
    for ended in [finish(process) for process in processes]:
        assert (ended["values"], ended["failures"]) == (RIGHT, {})
    # Each question goes up once, and the two that were turned away a second time.
    assert scripted_server.counts()["requests"] == len(RIGHT) + 2
    again = finish(start(scripted_server, store))
    assert (again["values"], scripted_server.counts()["requests"]) == (RIGHT, len(RIGHT) + 2)


def test_a_service_whose_clock_jumps_counts_and_serves_on(
    services: Any, scripted_server: Any, jumping: None
) -> None:
    service = services.endpoint(scripted_server.url)
    started = time.monotonic()
    for place in range(5):
        reply = service.judge(service.asked(f"fever {place}"))
        assert reply.json()["vectors"][0]["values"] == [1.0, 1.0, 1.0]
    usage = service.send("GET", "/v1/usage").json()
    # The process started before we looked, by no more than its start takes.
    assert 0 < usage["uptime_s"] < time.monotonic() - started + 60
    assert sum(step["verdicts"] for step in usage["steps"]) == 15
    assert service.stop() == 0


def test_a_date_to_come_back_at_is_bounded_whatever_the_clock_says() -> None:
    for shift in (-20 * YEAR_S, 0.0, 20 * YEAR_S):
        wait_s = retry_after({"Retry-After": formatdate(time.time() + shift, usegmt=True)})
        assert wait_s is not None
        assert 0.0 <= wait_s <= LONGEST_WAIT_S


def test_a_reply_from_the_future_is_older_than_nothing(
    services: Any, scripted_server: Any, tmp_path: Path
) -> None:
    """Written while the clock was ahead, it is kept by pruning by age, and still served."""
    service = services.endpoint(scripted_server.url)
    service.judge(service.asked("fever"))
    assert service.stop() == 0
    store = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(store)) as file, file:
        file.execute("UPDATE replies SET created = created + ?", (20 * YEAR_S,))
    assert prune_store(str(store), older_than_s=1.0, dry_run=False).replies == 0
    again = services.endpoint(scripted_server.url)
    assert again.judge(again.asked("fever")).json()["vectors"][0]["values"] == [1.0, 1.0, 1.0]
    assert scripted_server.counts()["requests"] == 2
