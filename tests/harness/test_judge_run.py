import json
import os
import signal
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.results import open_run

RESPONSES = 24
CALLS = 2 * RESPONSES
CONCURRENCY = 4
"""As the ``desk`` has it."""


def test_a_file_becomes_a_run(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
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
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(desk.arguments()) == 0
    desk.judge(temperature=1.0)
    assert main(desk.arguments()) == 2
    error = capsys.readouterr().err
    assert "judge.temperature" in error
    assert error.count("\n") == 1


def test_a_run_with_too_many_holes_stays_open_and_is_finished_later(
    desk: Any, capsys: pytest.CaptureFixture[str]
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


def test_holes_that_the_gate_allows_are_sealed(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk.server.script(faults=[["context", 1]])
    assert main(desk.arguments("--min-coverage", "0.5")) == 0
    assert "not judged: 1 context_length" in capsys.readouterr().out
    assert open_run(desk.out).manifest.counts["holes"] == 1
    assert main(desk.arguments("--min-coverage", "0.5")) == 0
    assert "not judged: 1 context_length" in capsys.readouterr().out


def test_an_endpoint_that_is_down_gives_holes_not_scores(desk: Any) -> None:
    desk.server.stop()
    desk.judge(max_attempts=1)
    assert main(desk.arguments("--limit", "2")) == 1
    assert [row["values"] for row in desk.rewards()] == [[None, None, 1.0]] * 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "a", "prompt": "p"}, "row 'a' has no response"),
        ({"id": "a", "prompt": "p", "respons": "r"}, "did you mean respons?"),
        ({"id": "a", "prompt": "p", "response": 3}, "response must be a text, got 3"),
        ({"id": "a", "prompt": "p", "response": None}, "response must be a text, got None\n"),
        ({"id": "a", "prompt": [], "response": "r"}, "prompt: the list of messages is empty"),
    ],
)
def test_a_wrong_row_is_told_before_anything_is_sent(
    desk: Any, capsys: pytest.CaptureFixture[str], row: dict[str, Any], message: str
) -> None:
    desk.responses(row)
    assert main(desk.arguments()) == 2
    assert message in capsys.readouterr().err
    assert desk.server.counts()["requests"] == 0


def test_ctrl_c_loses_nothing_that_came_in(desk: Any) -> None:
    desk.server.script(latency_s=0.5)
    process = desk.start()
    desk.wait_for_requests(16, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "run the same command again" in errors
    assert "Traceback" not in errors
    assert main(desk.arguments()) == 0
    # Only what was in flight when it was stopped is asked for again.
    assert desk.server.counts()["requests"] <= CALLS + CONCURRENCY


def test_kill_9_loses_only_what_was_in_flight(desk: Any) -> None:
    desk.server.script(latency_s=0.1)
    for seen in (8, 24):
        process = desk.start()
        desk.wait_for_requests(seen, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert main(desk.arguments()) == 0
    counts = desk.server.counts()
    assert counts["distinct"] == CALLS
    # At each kill some are in flight, and as many replies may be on their way to the disk.
    assert counts["requests"] <= CALLS + 2 * 2 * CONCURRENCY
    assert len(open_run(desk.out).items) == RESPONSES


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(desk: Any) -> None:
    """A limit on the size of files stands in for the disk: the write fails in the same place."""
    # 512-byte blocks: enough to make the store, too little for the replies.
    process = desk.start(shell_prefix="ulimit -f 160")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.count("\n") == 1
    assert "cannot be written" in errors
    assert main(desk.arguments()) == 0
    assert desk.server.counts()["distinct"] == CALLS


def test_tokens_of_a_stronger_judge_have_their_own_price(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stronger = {"judge": "openai-compatible", "model": "gpt-4.1", "base_url": desk.server.url}
    # The server's own probability is 0.75: all is uncertain, and both judges read and write the same.
    desk.judge(model="gpt-4.1-mini", score="probability", escalate={"to": stronger})
    assert main(desk.arguments("--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["stats"]["calls"] == 2 * CALLS
    usage = summary["stats"]["usage"]
    by_hand = (usage["prompt_tokens"] / 2 * (0.4 + 2.0) + usage["completion_tokens"] / 2 * (1.6 + 8.0)) / 1e6
    assert summary["usd"] == pytest.approx(by_hand)
    for options in (("--price-in", "1"), ("--dry-run",), ("--budget-usd", "1")):
        assert main(desk.arguments(*options)) == 2
        error = capsys.readouterr().err
        assert "judges" in error
        assert error.count("\n") == 1
