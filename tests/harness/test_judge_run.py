import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.results import open_run

RUBRIC = """
id: r
criteria:
  - {id: fever, criterion: Mentions the word fever, points: 5}
  - {id: dose, criterion: Mentions the word overdose, points: -3, polarity: met_is_bad}
  - {id: short, criterion: Is short, points: 1, kind: length, rule: {max: 4}}
"""
RESPONSES = 24
CALLS = 2 * RESPONSES
CONCURRENCY = 4


class Desk:
    """A folder with all that ``rvpo judge`` needs."""

    def __init__(self, folder: Path, server: Any) -> None:
        self.folder = folder
        self.server = server
        self.out = folder / "run"
        (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
        rows = [
            {
                "id": f"row {n}",
                "prompt": f"question {n}",
                "response": ("fever", "overdose", "x")[n % 3] + f" {n}",
            }
            for n in range(RESPONSES)
        ]
        self.responses(*rows)
        self.judge()

    def responses(self, *rows: dict[str, Any]) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / "responses.jsonl").write_text(text, encoding="utf-8")

    def judge(self, **fields: Any) -> None:
        settings = {"judge": "openai-compatible", "model": "m", "base_url": self.server.url}
        settings |= {"concurrency": CONCURRENCY, "store": str(self.folder / "store.sqlite")} | fields
        (self.folder / "judge.yaml").write_text(json.dumps(settings), encoding="utf-8")

    def arguments(self, *more: str) -> list[str]:
        files = [str(self.folder / name) for name in ("responses.jsonl", "rubric.yaml", "judge.yaml")]
        return ["judge", files[0], "--rubric", files[1], "--judge", files[2], "--out", str(self.out), *more]

    def start(self, *, shell_prefix: str = "") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "rvpo.harness.cli", *self.arguments()]
        if shell_prefix:
            command = ["sh", "-c", f'{shell_prefix}; exec "$@"', "sh", *command]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_requests(self, number: int) -> None:
        for _ in range(600):
            if self.server.counts()["requests"] >= number:
                return
            time.sleep(0.02)
        pytest.fail(f"the server saw fewer than {number} requests")

    def rewards(self) -> list[dict[str, Any]]:
        lines = (self.out / "rewards.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def desk(tmp_path: Path, scripted_server: Any) -> Desk:
    return Desk(tmp_path, scripted_server)


def test_a_file_becomes_a_run(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(desk.arguments("--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["responses"], summary["coverage"], summary["stats"]["calls"]) == (RESPONSES, 1.0, CALLS)
    run = open_run(desk.out)
    assert run.manifest.sealed is not None
    assert len(run.verdicts) == 3 * RESPONSES
    rewards = desk.rewards()
    assert [row["id"] for row in rewards] == [f"row {n}" for n in range(RESPONSES)]
    # fever: (5 + 1) / 6; overdose: (-3 + 1) / 6; x: 1 / 6
    assert rewards[:3] == [
        {"id": "row 0", "values": [1.0, 1.0, 1.0], "coverage": 1.0, "score": pytest.approx(6 / 6)},
        {"id": "row 1", "values": [0.0, 0.0, 1.0], "coverage": 1.0, "score": pytest.approx(-2 / 6)},
        {"id": "row 2", "values": [0.0, 1.0, 1.0], "coverage": 1.0, "score": pytest.approx(1 / 6)},
    ]
    assert main(desk.arguments()) == 0
    assert "0 calls" in capsys.readouterr().out
    assert desk.server.counts()["requests"] == CALLS


def test_another_judge_does_not_write_into_the_same_run(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(desk.arguments()) == 0
    desk.judge(temperature=1.0)
    assert main(desk.arguments()) == 2
    error = capsys.readouterr().err
    assert "judge.temperature" in error
    assert error.count("\n") == 1


def test_a_run_with_too_many_holes_stays_open_and_is_finished_later(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.server.script(faults=[["ok", 20], ["401", 999]])
    assert main(desk.arguments()) == 1
    assert f"{CALLS - 20} rejected" in capsys.readouterr().out
    rows = desk.rewards()
    assert len(rows) == RESPONSES
    assert None in rows[-1]["values"]
    desk.server.script()
    assert main(desk.arguments()) == 0
    assert desk.server.counts()["requests"] == CALLS - 20
    assert all(row["coverage"] == 1.0 for row in desk.rewards())


def test_holes_that_the_gate_allows_are_sealed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.server.script(faults=[["context", 1]])
    assert main(desk.arguments("--min-coverage", "0.5")) == 0
    assert "not judged: 1 context_length" in capsys.readouterr().out
    assert open_run(desk.out).manifest.counts["holes"] == 1
    assert main(desk.arguments("--min-coverage", "0.5")) == 0
    assert "not judged: 1 context_length" in capsys.readouterr().out


def test_an_endpoint_that_is_down_gives_holes_not_scores(desk: Desk) -> None:
    desk.server.stop()
    desk.judge(max_attempts=1)
    assert main(desk.arguments("--limit", "2")) == 1
    assert [row["values"] for row in desk.rewards()] == [[None, None, 1.0]] * 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "a", "prompt": "p"}, "row 'a': response must be a text, got None"),
        ({"id": "a", "prompt": "p", "respons": "r"}, "did you mean respons?"),
        ({"id": "a", "prompt": "p", "response": 3}, "response must be a text, got 3"),
    ],
)
def test_a_wrong_row_is_told_before_anything_is_sent(
    desk: Desk, capsys: pytest.CaptureFixture[str], row: dict[str, Any], message: str
) -> None:
    desk.responses(row)
    assert main(desk.arguments()) == 2
    assert message in capsys.readouterr().err
    assert desk.server.counts()["requests"] == 0


def test_ctrl_c_loses_nothing_that_came_in(desk: Desk) -> None:
    desk.server.script(latency_s=0.1)
    process = desk.start()
    desk.wait_for_requests(16)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "run the same command again" in errors
    assert "Traceback" not in errors
    assert main(desk.arguments()) == 0
    # Only what was in flight when it was stopped is asked for again.
    assert desk.server.counts()["requests"] <= CALLS + CONCURRENCY


def test_kill_9_loses_only_what_was_in_flight(desk: Desk) -> None:
    desk.server.script(latency_s=0.1)
    for seen in (8, 24):
        process = desk.start()
        desk.wait_for_requests(seen)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert main(desk.arguments()) == 0
    counts = desk.server.counts()
    assert counts["distinct"] == CALLS
    assert counts["requests"] <= CALLS + 2 * CONCURRENCY
    assert len(open_run(desk.out).items) == RESPONSES


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(desk: Desk) -> None:
    """A limit on the size of files stands in for the disk: the write fails in the same place."""
    # 512-byte blocks: enough to make the store, too little for the replies.
    process = desk.start(shell_prefix="ulimit -f 80")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.count("\n") == 1
    assert "cannot be written" in errors
    assert main(desk.arguments()) == 0
    assert desk.server.counts()["distinct"] == CALLS
