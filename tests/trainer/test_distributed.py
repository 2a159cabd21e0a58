"""Two processes train one model: the same groups and advantages, whichever process holds the samples, however it is sharded."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("sharded_run.py")
WRAPPER = {"none": "DistributedDataParallel", "zero-2": "DeepSpeedEngine", "zero-3": "DeepSpeedEngine"}

Told = list[dict[str, Any]]
Run = Callable[..., Told]


@pytest.fixture
def run(tiny_config: dict[str, Any], tmp_path: Path) -> Run:
    """Run a config, with a group of eight spread over the processes; what each process saw."""

    def go(processes: int, **changed: Any) -> Told:
        config = {**tiny_config, "group_size": 8, "prompts_per_step": 1, "micro_batch": 2, **changed}
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        launcher = ["-m", "torch.distributed.run", f"--nproc_per_node={processes}", f"--master_port={port}"]
        done = subprocess.run(
            [sys.executable, *(launcher if processes > 1 else []), str(PROGRAM), str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "DS_ACCELERATOR": "cpu"},
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return [json.loads(path.with_suffix(f".{rank}.json").read_text()) for rank in range(processes)]

    return go


def log_of(out: str) -> list[tuple[int, float, float]]:
    rows = [json.loads(line) for line in (Path(out) / "log.jsonl").read_text().splitlines()]
    return [(row["step"], row["loss"], row["grad_norm"]) for row in rows]


@pytest.mark.flaky(reruns=1)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sharding", ["none", "zero-2", "zero-3"])
def test_two_processes_have_the_advantages_of_one(run: Run, tmp_path: Path, sharding: str) -> None:
    if sharding != "none":
        pytest.importorskip("deepspeed", reason="the extra deepspeed is not installed")
    (alone,) = run(1, out=str(tmp_path / "alone"), steps=2)
    pair = run(2, out=str(tmp_path / "pair"), steps=2, sharding=sharding)
    assert [told["world"] for told in pair] == [2, 2]
    assert {name for told in pair for name in told["wrappers"]} == {WRAPPER[sharding]}
    together = [first + second for first, second in zip(*(told["advantages"] for told in pair), strict=True)]
    assert together == alone["advantages"]
    assert len({round(value, 6) for value in together[0]}) > 4
    assert (tmp_path / "pair" / "final" / "model.safetensors").stat().st_size > 100_000  # whole, not a shard


@pytest.mark.flaky(reruns=1)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sharding", ["none", "zero-3"])
def test_two_processes_resume_exactly(run: Run, tmp_path: Path, sharding: str) -> None:
    if sharding != "none":
        pytest.importorskip("deepspeed", reason="the extra deepspeed is not installed")
    out = str(tmp_path / "run")
    first = run(2, out=out, sharding=sharding)
    log, final = log_of(out), (tmp_path / "run" / "final" / "model.safetensors").read_bytes()
    assert [step for step, *_ in log] == [1, 2, 3, 4]
    for lost in ("final", "checkpoint-4"):
        shutil.rmtree(tmp_path / "run" / lost)
    second = run(2, out=out, sharding=sharding)
    assert [told["from"] for told in second] == [2, 2]
    assert [told["advantages"] for told in second] == [told["advantages"][2:] for told in first]
    assert log_of(out) == log
    assert (tmp_path / "run" / "final" / "model.safetensors").read_bytes() == final


@pytest.mark.slow
def test_a_warm_start_is_made_by_one_of_them(run: Run, tmp_path: Path) -> None:
    told = run(2, out=str(tmp_path / "run"), warm_start={"examples": 2})
    assert [each["world"] for each in told] == [2, 2]
    assert (tmp_path / "run" / "warm_start").is_dir()
    assert [step for step, *_ in log_of(str(tmp_path / "run"))] == [1, 2, 3, 4]
