import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main

CALLS = 48


class Lane:
    """The desk of the other tests, at a server that takes batches."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    def course(self, **settings: Any) -> None:
        self._control(json.dumps(settings).encode())

    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._control(None))
        return found

    def submit(self) -> int:
        return main(self.desk.arguments("--batch-api", "submit"))

    def collect(self) -> int:
        return main(self.desk.arguments("--batch-api", "collect", "--poll-s", "0.1"))

    def judge(self) -> int:
        return main(self.desk.arguments())

    def asked(self) -> int:
        """Questions asked one by one."""
        count: int = self.desk.server.counts()["requests"]
        return count

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (self.desk.out / "batches" / "state.json").read_text(encoding="utf-8")
        )
        return found

    def _control(self, body: bytes | None) -> bytes:
        address = f"http://127.0.0.1:{self.desk.server.port}/batches/control"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(address, data=body), timeout=30) as response:
            reply: bytes = response.read()
            return reply


@pytest.fixture
def lane(batch_server: Any, make_desk: Any) -> Lane:
    return Lane(make_desk(batch_server))


def test_a_batch_leaves_nothing_to_ask(lane: Lane, capsys: pytest.CaptureFixture[str]) -> None:
    lane.course(looks=2)
    assert lane.submit() == 0
    assert "48 requests in batch batch_0: validating" in capsys.readouterr().out
    assert lane.collect() == 0
    assert "48 requests, 48 replies, 48 of them new in the store" in capsys.readouterr().out
    assert lane.seen()["looks"] == 3
    assert lane.seen()["purposes"] == ["batch"]
    assert lane.judge() == 0
    assert lane.asked() == 0
    by_batch = lane.desk.rewards()
    # The same, asked one by one into another store.
    lane.desk.judge(store=":memory:")
    lane.desk.out = lane.desk.folder / "by_calls"
    assert lane.judge() == 0
    assert lane.asked() == CALLS
    assert lane.desk.rewards() == by_batch


def test_a_line_asks_what_a_call_asks(lane: Lane) -> None:
    lane.desk.judge(temperature=0.5, seed=7, extra_body={"top_p": 0.9}, structured="json_schema")
    lane.desk.responses({"id": "a", "prompt": "q", "response": "fever"})
    assert lane.submit() == 0
    bodies = [line["body"] for line in lane.seen()["lines"]]
    assert lane.judge() == 0
    assert len(bodies) == 2
    assert lane.desk.server.counts()["last"] in bodies


def test_only_what_is_not_in_the_store_is_submitted(lane: Lane, capsys: pytest.CaptureFixture[str]) -> None:
    whole, lane.desk.out = lane.desk.out, lane.desk.folder / "few"
    assert main(lane.desk.arguments("--limit", "10")) == 0
    lane.desk.out = whole
    assert lane.submit() == 0
    assert len(lane.seen()["lines"]) == CALLS - 20
    assert lane.collect() == 0
    capsys.readouterr()
    assert lane.submit() == 0
    assert "nothing to submit" in capsys.readouterr().out
    assert lane.seen()["batches"] == 1


def test_refused_and_expired_requests_are_no_verdicts_and_can_be_asked_again(
    lane: Lane, capsys: pytest.CaptureFixture[str]
) -> None:
    lane.course(refused=3, answered=20, garbage="{torn")
    assert lane.submit() == 0
    assert lane.collect() == 1
    out = capsys.readouterr().out
    assert "48 requests, 17 replies, 17 of them new in the store" in out
    assert "1 lines are no answers" in out
    assert "not answered: 3 rejected, 28 timeout" in out
    lane.course(answered=20)
    assert lane.submit() == 0
    assert len(lane.seen()["lines"]) == CALLS + 31
    assert lane.collect() == 1
    out = capsys.readouterr().out
    assert "79 requests, 37 replies, 20 of them new in the store" in out
    assert "not answered: 11 timeout" in out
    assert lane.judge() == 0
    assert lane.asked() == 11


def test_replies_without_a_verdict_are_left_to_the_ordinary_run(
    lane: Lane, capsys: pytest.CaptureFixture[str]
) -> None:
    lane.course(reply="I would rather not say.")
    assert lane.submit() == 0
    assert lane.collect() == 1
    assert "not answered: 48 not_asked" in capsys.readouterr().out
    assert lane.judge() == 0
    assert lane.asked() == CALLS
    # Asked once more, with the reminder of the form.
    assert lane.desk.server.counts()["last"] not in [line["body"] for line in lane.seen()["lines"]]


def test_a_batch_that_fails_as_a_whole_is_told_and_can_be_sent_again(
    lane: Lane, capsys: pytest.CaptureFixture[str]
) -> None:
    lane.course(failed="the file is too large")
    assert lane.submit() == 0
    assert lane.collect() == 1
    assert "batch batch_0 failed: the file is too large" in capsys.readouterr().out
    lane.course()
    assert lane.submit() == 0
    assert lane.collect() == 0
    assert lane.seen()["batches"] == 2


def test_a_batch_whose_reply_was_lost_is_found_and_not_made_twice(lane: Lane) -> None:
    lane.course(lost_replies=1)
    assert lane.submit() == 0
    assert lane.submit() == 0
    assert lane.seen()["batches"] == 1
    assert lane.collect() == 0


def test_kill_9_while_waiting_forgets_nothing(lane: Lane) -> None:
    lane.course(looks=10_000)
    assert lane.submit() == 0
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "rvpo.harness.cli",
            *lane.desk.arguments("--batch-api", "collect", "--poll-s", "0.1"),
        ]
    )
    while not lane.seen()["looks"]:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    lane.course()
    assert lane.collect() == 0
    assert lane.seen()["batches"] == 1


def test_an_interrupted_submission_is_finished_with_the_files_it_wrote(
    lane: Lane, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lane.submit() == 0
    path: Path = lane.desk.out / "batches" / "state.json"
    state = lane.state
    # As if it had been killed between the upload and the batch.
    state["parts"][0] |= {"file_id": "", "batch_id": ""}
    path.write_text(json.dumps(state), encoding="utf-8")
    assert lane.collect() == 2
    assert "no complete submission here: use --batch-api submit first" in capsys.readouterr().err
    assert lane.submit() == 0
    assert lane.state["parts"][0]["batch_id"] == "batch_1"
    assert lane.collect() == 0


@pytest.mark.parametrize(
    ("judge", "message"),
    [
        ({"judge": "scripted", "replies": [{"say": [True]}]}, "--batch-api needs an endpoint"),
        ({"model": "other"}, "these batches are of 'm' at"),
    ],
)
def test_a_judge_that_has_no_batches_here_is_refused(
    lane: Lane, capsys: pytest.CaptureFixture[str], judge: dict[str, Any], message: str
) -> None:
    assert lane.submit() == 0
    if judge.get("judge") == "scripted":
        (lane.desk.folder / "judge.yaml").write_text(json.dumps(judge), encoding="utf-8")
    else:
        lane.desk.judge(**judge)
    assert lane.submit() == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_an_endpoint_without_batches_is_one_line(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(desk.arguments("--batch-api", "submit")) == 2
    error = capsys.readouterr().err
    assert "404" in error
    assert error.count("\n") == 1


def test_a_damaged_state_is_told(lane: Lane, capsys: pytest.CaptureFixture[str]) -> None:
    assert lane.submit() == 0
    (lane.desk.out / "batches" / "state.json").write_text("{", encoding="utf-8")
    assert lane.collect() == 2
    assert "is no state of batches" in capsys.readouterr().err
