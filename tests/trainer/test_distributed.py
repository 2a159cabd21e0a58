"""Two processes train one model: the same groups, whichever process holds their samples."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import json, sys
import torch
from rvpo.trainer import TrainConfig, train

heard = []
def listen(now):
    if now.stage == "train":
        heard.append(now.done)
result = train(TrainConfig.model_validate(json.load(open(sys.argv[1]))), on_progress=listen)
told = [torch.distributed.get_world_size(), result.final.is_dir(), heard]
open(f"{sys.argv[1]}.{torch.distributed.get_rank()}", "w").write(json.dumps(told))
torch.distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes(tiny_config: dict[str, Any], tmp_path: Path) -> None:
    """A group of eight spread over both, warm start on one of them, checkpoints."""
    config = {
        **tiny_config,
        "group_size": 8,
        "prompts_per_step": 1,
        "micro_batch": 2,
        "warm_start": {"examples": 2},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        "2",
        "--master_port",
        "29517",
    ]
    done = subprocess.run(
        [*command, str(tmp_path / "script.py"), str(tmp_path / "config.json")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = [json.loads((tmp_path / f"config.json.{rank}").read_text()) for rank in (0, 1)]
    assert told == [[2, True, [1, 2, 3, 4]], [2, True, []]]
    rows = [json.loads(line) for line in (Path(config["out"]) / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["num_tokens"] > 0
