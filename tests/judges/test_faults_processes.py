"""Judging processes that are killed, and many at once on one store: nothing acknowledged is lost, all agree."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

QUESTIONS = 24

JUDGE = """
import json, os, sys
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.rubrics import Criterion, Rubric
url, store, concurrency = sys.argv[1:]
config = JudgeConfig.model_validate(
    {"judge": "openai-compatible", "model": "m", "base_url": url, "store": store, "concurrency": int(concurrency)}
)
rubric = Rubric(id="r", criteria=(Criterion(id="fever", criterion="Mentions the word fever", points=5),))
asked = [
    JudgeRequest(rubric=rubric, prompt="What now?", response=f"{'fever' if n % 2 else 'cough'} {n}", id=str(n))
    for n in range(24)
]
with JudgeService.open_sync(config) as service:
    os.write(1, b"ready\\n")
    # One write a verdict, past all buffers: a whole line here was handed over.
    tell = lambda vector: os.write(1, (vector.verdicts[0].request_key + "\\n").encode())
    vectors = service.judge_sync(asked, tell)
    values = [value for vector in vectors for value in vector.values_or_none()]
    stats = service.stats()
    print(json.dumps({"values": values, "calls": stats.calls, "hits": stats.hits, "shared": stats.shared}))
"""
RIGHT = [float(n % 2) for n in range(QUESTIONS)]


def start(server: Any, store: Path, concurrency: int = 4) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", JUDGE, server.url, str(store), str(concurrency)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    ended: dict[str, Any] = json.loads(out.splitlines()[-1])
    return ended


def kill_at_line(process: "subprocess.Popen[str]", line: int) -> set[str]:
    """Kills the process when that line has come; returns the keys that it had acknowledged."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(line)]
    process.kill()
    out, _ = process.communicate()
    whole = "".join(lines) + out[: out.rfind("\n") + 1]
    return {key for key in whole.split() if len(key) == 64}


def keys_in(store: Path) -> set[str]:
    with closing(sqlite3.connect(store)) as file:
        return {key.hex() for (key,) in file.execute("SELECT key FROM replies")}


def test_killed_under_load_nothing_acknowledged_is_lost_or_paid_twice(
    scripted_server: Any, tmp_path: Path
) -> None:
    scripted_server.script(latency_s=0.02)
    store = tmp_path / "s.sqlite"
    acknowledged: set[str] = set()
    in_vain = 0
    # After 5, then 14 verdicts (the first line says ready).
    for line in (6, 15):
        acknowledged |= kill_at_line(start(scripted_server, store), line)
        assert acknowledged <= keys_in(store)
        in_vain = scripted_server.counts()["requests"] - len(keys_in(store))
    assert len(acknowledged) >= 14
    ended = finish(start(scripted_server, store))
    assert ended["values"] == RIGHT
    assert ended["hits"] >= len(acknowledged)
    # Paid for twice is what was sent and not yet on disk: 4 in flight, and what had come since the last commit.
    assert scripted_server.counts()["requests"] <= QUESTIONS + in_vain


def test_a_log_torn_by_a_crash_of_the_machine_is_no_crash_of_ours(
    scripted_server: Any, tmp_path: Path
) -> None:
    """The last bytes of SQLite's log are gone: what they held is asked again, the rest is there."""
    scripted_server.script(latency_s=0.02)
    store = tmp_path / "s.sqlite"
    kill_at_line(start(scripted_server, store), 10)
    log = store.with_name("s.sqlite-wal")
    log.write_bytes(log.read_bytes()[:-700])
    before = scripted_server.counts()["requests"]
    ended = finish(start(scripted_server, store))
    assert ended["values"] == RIGHT
    assert ended["hits"] + scripted_server.counts()["requests"] - before == QUESTIONS
    assert not list(tmp_path.glob("*damaged*"))


def test_eight_processes_on_one_new_store_agree(scripted_server: Any, tmp_path: Path) -> None:
    scripted_server.script(latency_s=0.05)
    store = tmp_path / "s.sqlite"
    processes = [start(scripted_server, store) for _ in range(8)]
    for ended in [finish(process) for process in processes]:
        assert ended["values"] == RIGHT
        assert ended["calls"] + ended["hits"] + ended["shared"] == QUESTIONS
    assert scripted_server.counts()["requests"] == QUESTIONS
    again = finish(start(scripted_server, store))
    assert (again["values"], again["calls"], again["hits"]) == (RIGHT, 0, QUESTIONS)
    assert scripted_server.counts()["requests"] == QUESTIONS
    assert len(keys_in(store)) == QUESTIONS
