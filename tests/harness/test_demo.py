"""``rvpo demo`` as a user meets it, on a tiny real model: whole, killed in the middle, and given nonsense."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.harness.demo.plan import EXAM_DRAWS, DemoPlan, make_plan
from rvpo.harness.errors import HarnessError
from rvpo.results import open_run
from rvpo.trainer import load_train_config

QUIET = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def demo(model: Path, out: Path, *rest: str) -> list[str]:
    command = ["demo", "--model", str(model), "--out", str(out), "--steps", "2", *rest]
    return [sys.executable, "-m", "rvpo.harness.cli", *command]


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert process.poll() is None, "the demo ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_killed_while_training_and_while_judging_it_still_ends_well(tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    log, store = out / "train" / "rvpo-0" / "log.jsonl", out / "judging" / "store.sqlite"
    for moment in (lambda: lines(log) >= 1, store.exists):
        process = subprocess.Popen(demo(tiny_model, out), env=QUIET, stderr=subprocess.DEVNULL)
        wait_for(moment, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (out / "report.html").exists()

    done = subprocess.run(
        demo(tiny_model, out, "--json"), env=QUIET, capture_output=True, text=True, check=True
    )
    comparison = json.loads(done.stdout)
    assert comparison["n_items"] == 160

    steps = [json.loads(line)["step"] for line in log.read_text().splitlines()]
    assert steps == [1, 2]
    for name in ("base", "warm_start", "rvpo-0"):
        run = open_run(out / "exams" / name)
        assert run.sealed
        assert len({(row.item_id, row.draw) for row in run.items}) == len(run.items) == 160 * EXAM_DRAWS
    judged = json.loads((out / "judging" / "judged.json").read_text())
    again, holes = judged["passes"][1], sum(value is None for row in judged["values"] for value in row)
    assert again["verdicts"] == 12 * 12
    assert again["hits"] == 12 * 12 - holes  # only what has no verdict is asked again

    page = (out / "report.html").read_text()
    assert "rvpo demo" in page
    assert "Demo judge" in page
    config = load_train_config(out / "train" / "rvpo-0" / "config.yaml")
    assert (config.method, config.steps) == ("rvpo", 2)

    before = {path: path.stat().st_mtime_ns for path in (log, out / "exams" / "base" / "manifest.json")}
    assert main(["demo", "--model", str(tiny_model), "--out", str(out), "--steps", "2"]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        ("rvpoo", "there is no arm 'rvpoo'; arms are: rvpo, gdpo, grpo; did you mean rvpo?"),
        ("rvpo,rvpo", "rvpo is named twice"),
        ("", "there is no arm ''"),
    ],
)
def test_arms_are_checked(arms: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as caught:
        make_plan(tmp_path, "embedded", arms, 1, None)
    assert message in str(caught.value)


def test_a_missing_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--model", str(tmp_path / "nowhere"), "--out", str(tmp_path / "demo")]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "nowhere" in last


def test_every_arm_starts_from_the_same_weights_with_its_own_seed() -> None:
    plan = DemoPlan(arms=("rvpo", "gdpo"), seeds=2)
    assert plan.runs() == [("rvpo", 0), ("rvpo", 1), ("gdpo", 0), ("gdpo", 1)]
    start = Path("runs/demo/train/warm/warm_start")
    configs = [plan.arm_config(arm, seed, start) for arm, seed in plan.runs()]
    assert {config.model for config in configs} == {str(start)}
    assert [config.seed for config in configs] == [0, 1, 0, 1]
    assert len({config.out for config in configs}) == 4


def test_arms_and_seeds_begin_from_one_warm_start(tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    arguments = [
        "--model",
        str(tiny_model),
        "--out",
        str(out),
        "--steps",
        "1",
        "--arms",
        "gdpo,rvpo",
        "--seeds",
        "2",
    ]
    assert main(["demo", *arguments]) == 0
    runs = ["gdpo-0", "gdpo-1", "rvpo-0", "rvpo-1"]
    assert sorted(folder.name for folder in (out / "train").iterdir()) == [*runs, "warm"]
    starts = {load_train_config(out / "train" / run / "config.yaml").model for run in runs}
    assert starts == {str(out / "train" / "warm" / "warm_start")}
    page = (out / "report.html").read_text()
    assert "Training methods, from the same warm start" in page
    assert "--arms gdpo,rvpo --seeds 2" in page
