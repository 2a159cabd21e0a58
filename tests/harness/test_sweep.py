"""Sweeps of real checkpoints through the command: each once, by step, resumed after a kill, read by ``rvpo curve``."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from rvpo.harness.cli import main
from rvpo.harness.verifying import verify_run
from rvpo.judges import JudgeService
from rvpo.results import open_run

WriteRows = Callable[[str, list[dict[str, Any]]], Path]
STEPS = (3, 20, 100)


@pytest.fixture
def training_run(tmp_path: Path, tiny_model: Path) -> Path:
    """Three checkpoints with weights of their own."""
    for step in STEPS:
        folder = shutil.copytree(tiny_model, tmp_path / "trained" / f"checkpoint-{step}")
        weights = load_file(folder / "model.safetensors")
        moved = {name: tensor * (1 + step / 1000) for name, tensor in weights.items()}
        save_file(moved, folder / "model.safetensors", metadata={"format": "pt"})
    return tmp_path / "trained"


@pytest.fixture
def arguments(training_run: Path, write_rows: WriteRows, tmp_path: Path) -> list[str]:
    rows = [{"id": f"item-{number}", "prompt": f"What is {number}?", "calls": []} for number in range(6)]
    return [
        *("eval", "tool_calls", "--data", str(write_rows("items.jsonl", rows))),
        *("--model", f"{training_run}/checkpoint-*", "--draws", "2", "--temperature", "1"),
        *("--batch-size", "4", "--max-tokens", "48", "--out", str(tmp_path / "swept")),
    ]


class Loads:
    """Counts models loaded, and whether the former one was gone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folders: list[str] = []
        self.alive: list[int] = []
        self._models: list[weakref.ref[Any]] = []
        load = AutoModelForCausalLM.from_pretrained

        def counted(folder: Path, **settings: Any) -> Any:
            self.alive.append(sum(model() is not None for model in self._models))
            model = load(folder, **settings)
            self.folders.append(folder.name)
            self._models.append(weakref.ref(model))
            return model

        monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", counted)


def test_each_checkpoint_once_in_order_before_one_judge_and_in_memory_alone(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loads, opened, open_sync = Loads(monkeypatch), [], JudgeService.open_sync

    def counted(*args: Any, **settings: Any) -> Any:
        opened.append(args)
        return open_sync(*args, **settings)

    monkeypatch.setattr(JudgeService, "open_sync", counted)
    assert main(arguments) == 0
    assert loads.folders == ["checkpoint-3", "checkpoint-20", "checkpoint-100"]
    assert loads.alive == [0, 0, 0]
    assert len(opened) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["3", "20", "100"]
    assert lines[-1].endswith(f": rvpo curve {tmp_path}/swept")
    assert "checkpoint-20  (2 of 3)" in said.err

    # Again: everything is sealed, so nothing is loaded, and the same is printed.
    assert main(arguments) == 0
    assert len(loads.folders) == 3
    assert capsys.readouterr().out == said.out

    assert main(["curve", str(tmp_path / "swept"), "--json"]) == 0
    (arm,) = json.loads(capsys.readouterr().out)["arms"]
    assert (arm["name"], arm["steps"]) == ("swept", list(STEPS))


def test_the_same_weights_are_sampled_once(
    arguments: list[str],
    training_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(training_run / "checkpoint-20", training_run / "checkpoint-40")
    loads = Loads(monkeypatch)
    assert main([*arguments, "--json"]) == 0
    assert loads.folders == ["checkpoint-3", "checkpoint-20", "checkpoint-100"]
    printed = json.loads(capsys.readouterr().out)
    assert [(each["step"], each["same_as"]) for each in printed["checkpoints"]] == [
        (3.0, ""),
        (20.0, ""),
        (40.0, "checkpoint-20"),
        (100.0, ""),
    ]
    first, again = (open_run(tmp_path / "swept" / name) for name in ("checkpoint-20", "checkpoint-40"))
    assert again.items == first.items
    assert again.verdicts == first.verdicts
    assert again.manifest.run_id != first.manifest.run_id
    assert again.manifest.identity["model"] == {**first.manifest.identity["model"], "model": "checkpoint-40"}
    assert "checkpoint-40 has the weights of checkpoint-20" in again.manifest.notes[-1]
    assert again.manifest.title == first.manifest.title.replace("20", "40")
    assert verify_run(again.folder).differences == ()
    before = (again.folder / "manifest.json").read_bytes()
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "(weights of checkpoint-20)" in said
    assert "note      40: checkpoint-40 has the weights of checkpoint-20" in said
    assert (again.folder / "manifest.json").read_bytes() == before


def test_killed_in_the_middle_the_same_command_goes_on(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "swept"
    arguments[arguments.index("--draws") + 1] = "6"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    journal = out / "checkpoint-20/items.jsonl"
    started = subprocess.Popen(
        [sys.executable, "-m", "rvpo.harness.cli", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 90
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.002)
    started.send_signal(signal.SIGKILL)
    started.wait()
    first, cut = open_run(out / "checkpoint-3"), open_run(out / "checkpoint-20")
    assert first.sealed
    assert 0 < len(cut.items) < 36
    assert not (out / "checkpoint-100").exists()
    manifest = (out / "checkpoint-3/manifest.json").read_bytes()
    assert main(arguments) == 0
    assert (out / "checkpoint-3/manifest.json").read_bytes() == manifest
    everything = sorted((f"item-{item}", draw) for item in range(6) for draw in range(6))
    for step in STEPS:
        run = open_run(out / f"checkpoint-{step}")
        assert run.sealed
        assert sorted((row.item_id, row.draw) for row in run.items) == everything
    assert open_run(out / "checkpoint-20").items[: len(cut.items)] == cut.items


BROKEN: list[tuple[Callable[[Path], object], str]] = [
    (shutil.rmtree, "matches no folder"),
    (
        lambda run: (run / "checkpoint-100/model.safetensors").unlink(),
        "checkpoint-100: torn: it holds no",
    ),
    (lambda run: os.truncate(run / "checkpoint-20/model.safetensors", 999), "torn: 999 bytes of"),
    (lambda run: (run / "checkpoint-3").rename(run / "checkpoint-0020"), "both are step 20"),
]


@pytest.mark.parametrize(("break_it", "said"), BROKEN)
def test_bad_sweeps_are_one_line_before_anything_is_asked(
    arguments: list[str],
    training_run: Path,
    capsys: pytest.CaptureFixture[str],
    break_it: Callable[[Path], object],
    said: str,
) -> None:
    break_it(training_run)
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (training_run.parent / "swept").exists()
