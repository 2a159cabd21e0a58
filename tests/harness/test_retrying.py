"""``--retry-failed``: what failed is asked again, in a sealed run too, and nothing else; a kill amid it loses nothing."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.sweep import repeated_run
from rvpo.harness.verifying import verify_run
from rvpo.results import compare, open_run
from rvpo.results.reopening import ASKED_AGAIN

ITEMS = 8
CALL = '<tool_call>{"name": "set_alarm", "arguments": {"time": "7:00"}}</tool_call>'


@pytest.fixture
def command(
    scripted_server: Any, write_rows: Callable[[str, list[dict[str, Any]]], Path], tmp_path: Path
) -> list[str]:
    """An exam of eight items by an endpoint that answers the first three and the last one, finished."""
    calls = [{"name": "set_alarm", "arguments": {"time": "7:00"}}]
    rows = [{"id": f"item-{n}", "prompt": f"Wake me at 7 in room {n}.", "calls": calls} for n in range(ITEMS)]
    data = write_rows("items.jsonl", rows)
    model = ["--base-url", scripted_server.url, "--model", "m", "--concurrency", "1"]
    given = ["eval", "tool_calls", "--data", str(data), *model, "--out", str(tmp_path / "run")]
    scripted_server.script(chat=CALL, faults=[["ok", 3], ["context", 4]])
    assert main(given) == 0
    return given


def test_a_finished_run_asks_only_what_failed(
    command: list[str], scripted_server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    before = open_run(out)
    assert [row.status for row in before.items] == ["ok"] * 4 + ["failed"] * 4
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "coverage   0.500  0 criteria without a verdict, 4 draws without an answer" in said
    assert scripted_server.counts()["requests"] == ITEMS
    shutil.copytree(out, tmp_path / "before")
    scripted_server.script(chat=CALL, faults=[["context", 1]])
    assert main(command) == 0
    assert scripted_server.counts()["requests"] == 0
    assert main([*command, "--retry-failed", "--json"]) == 0
    assert scripted_server.counts()["requests"] == 4
    after = open_run(out)
    assert after.items[:4] == before.items[:4]
    assert [row.status for row in after.items[4:]] == ["ok"] * 3 + ["failed"]
    assert after.manifest.counts == {"failed": 1, "truncated": 0, "holes": 0, "rows": ITEMS}
    assert (after.manifest.run_id, after.manifest.created) == (
        before.manifest.run_id,
        before.manifest.created,
    )
    assert f"{ASKED_AGAIN}4" in after.manifest.notes
    assert verify_run(out).differences == ()
    assert verify_run(tmp_path / "before").differences == ()
    assert json.loads((out / "summary.json").read_text())["coverage"] == 7 / 8
    # Four items have a score in both.
    found = compare(open_run(tmp_path / "before"), after)
    assert (found.n_items, found.dropped_b, found.coverage_a, found.coverage_b) == (4, 4, 0.5, 7 / 8)
    capsys.readouterr()
    assert main([*command, "--retry-failed"]) == 0
    assert "coverage" not in capsys.readouterr().out
    sealed = (out / "manifest.json").read_bytes()
    assert main([*command, "--retry-failed"]) == 0
    assert (out / "manifest.json").read_bytes() == sealed


def test_killed_amid_it_the_same_command_goes_on(
    command: list[str], scripted_server: Any, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    before = open_run(out)
    scripted_server.script(chat=CALL, faults=[["ok", 2], ["hang", 9]])
    again = [sys.executable, "-m", "rvpo.harness.cli", *command, "--retry-failed"]
    with subprocess.Popen(again, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        while started.poll() is None and (
            scripted_server.counts()["requests"] < 3 or len(open_run(out).items) <= 4
        ):
            time.sleep(0.005)
        started.kill()
    killed = open_run(out)
    assert not killed.sealed
    assert killed.items[:4] == before.items[:4]
    assert 4 < len(killed.items) < ITEMS
    scripted_server.script(chat=CALL)
    assert main(command) == 0
    assert scripted_server.counts()["requests"] == ITEMS - len(killed.items)
    after = open_run(out)
    assert after.items[: len(killed.items)] == killed.items
    assert {row.status for row in after.items} == {"ok"}
    assert verify_run(out).differences == ()


def test_a_checkpoint_with_the_same_weights_follows(
    command: list[str], scripted_server: Any, tmp_path: Path
) -> None:
    first = open_run(tmp_path / "run")
    twin = repeated_run(first, "checkpoint-1", "checkpoint-2", tmp_path / "twin")
    assert twin.items == first.items
    scripted_server.script(chat=CALL, faults=[["context", 1]])
    assert main([*command, "--retry-failed"]) == 0
    again = open_run(tmp_path / "run")
    twin = repeated_run(again, "checkpoint-1", "checkpoint-2", tmp_path / "twin")
    assert sorted(twin.items, key=str) == sorted(again.items, key=str)
    assert verify_run(twin.folder).differences == ()
    assert [note for note in twin.manifest.notes if note.startswith(ASKED_AGAIN)] == [f"{ASKED_AGAIN}3"]


def test_holes_of_a_finished_judging_are_asked_about_again(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.server.script(faults=[["context", 3]])
    arguments = desk.arguments("--min-coverage", "0.5")
    assert main(arguments) == 0
    assert open_run(desk.out).manifest.counts["holes"] == 3
    desk.server.script()
    assert main([*arguments, "--retry-failed"]) == 0
    assert desk.server.counts()["requests"] == 3
    run = open_run(desk.out)
    assert (run.manifest.counts["holes"], len(run.items), run.coverage) == (0, 24, 1.0)
    assert all(None not in row["values"] for row in desk.rewards())
    assert verify_run(desk.out).differences == ()
    capsys.readouterr()
    assert main([*arguments, "--retry-failed", "--dry-run"]) == 2
    assert "--retry-failed goes with none of --dry-run" in capsys.readouterr().err
