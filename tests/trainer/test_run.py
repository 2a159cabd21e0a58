"""``train`` from config to final model: once, again, interrupted, killed, and on wrong input."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rvpo.rubrics import RubricError
from rvpo.trainer import (
    OtherConfig,
    Progress,
    TrainConfig,
    TrainConfigError,
    TrainingStopped,
    make_warm_start,
    train,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:importlib")

TIMES = {"step_time", "rvpo/judge_wait_s"}


def rows_of(log: Path) -> list[dict[str, Any]]:
    """The log without what the clock decides."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    return [{name: value for name, value in row.items() if name not in TIMES} for row in rows]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where an uninterrupted run of the same config is kept, made by the first test that needs it."""
    return {"out": tmp_path_factory.mktemp("finished") / "run"}


def uninterrupted(finished: dict[str, Any], config: dict[str, Any]) -> Any:
    if "result" not in finished:
        settings = TrainConfig.model_validate({**config, "out": str(finished["out"])})
        finished["progress"] = []
        finished["result"] = train(settings, on_progress=finished["progress"].append)
    return finished["result"]


@pytest.fixture
def config(tiny_config: dict[str, Any]) -> dict[str, Any]:
    return {**tiny_config, "warm_start": {"examples": 3, "batch": 2, "learning_rate": 1e-2}}


def test_a_run_leaves_model_log_and_checkpoints(finished: dict[str, Any], config: dict[str, Any]) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    result = uninterrupted(finished, config)
    model, kept = (
        AutoModelForCausalLM.from_pretrained(result.final),
        load_file(result.final / "model.safetensors"),
    )
    assert model.dtype == torch.float32
    assert AutoTokenizer.from_pretrained(result.final).chat_template
    start = load_file(result.warm_start / "model.safetensors")
    assert any(not torch.equal(start[name], kept[name]) for name in start)
    rows = rows_of(result.log)
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert [row["rvpo/k"] for row in rows] == [0.5, 1.0, 1.5, 2.0]
    assert {"rewards/long/mean", "rewards/has_e/mean", "rvpo/coverage", "rvpo/dead_groups"} <= rows[0].keys()
    assert (result.steps, result.skipped_prompts, result.continued_from) == (4, 0, None)
    assert {path.name for path in finished["out"].glob("checkpoint-*")} == {"checkpoint-2", "checkpoint-4"}
    assert not list(finished["out"].rglob("README.md")), "TRL's card would cite another paper"
    seen: list[Progress] = finished["progress"]
    assert [(now.done, now.total) for now in seen if now.stage == "warm_start"] == [(1, 2), (2, 2)]
    assert [now.done for now in seen if now.stage == "train"] == [1, 2, 3, 4]


def test_a_finished_run_is_not_run_again(finished: dict[str, Any], config: dict[str, Any]) -> None:
    first = uninterrupted(finished, config)
    heard: list[Progress] = []
    settings = TrainConfig.model_validate({**config, "out": str(finished["out"]), "save_every_steps": 4})
    again = train(settings, on_progress=heard.append)
    assert again.final == first.final
    assert again.figures == first.figures
    assert heard == []
    with pytest.raises(OtherConfig, match=r"k.start 0.5 there, 1 here"):
        train(settings.model_copy(update={"k": settings.k.model_copy(update={"start": 1.0})}))  # type: ignore[union-attr]


def test_ctrl_c_and_then_the_same_losses_and_weights(
    finished: dict[str, Any], config: dict[str, Any]
) -> None:
    whole = uninterrupted(finished, config)
    settings = TrainConfig.model_validate(config)

    def stop(now: Progress) -> None:
        if (now.stage, now.done) == ("train", 3):
            raise KeyboardInterrupt

    with pytest.raises(
        TrainingStopped, match="stopped after step 3 of 4; the same command continues from step 2"
    ):
        train(settings, on_progress=stop)
    warm = (Path(config["out"]) / "warm_start" / "model.safetensors").stat().st_mtime_ns
    result = train(settings)
    assert result.continued_from == 2
    assert (Path(config["out"]) / "warm_start" / "model.safetensors").stat().st_mtime_ns == warm
    assert rows_of(result.log) == rows_of(whole.log)
    ours, theirs = load_file(result.final / "model.safetensors"), load_file(whole.final / "model.safetensors")
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_kill_nine_and_then_the_same_losses(
    finished: dict[str, Any], config: dict[str, Any], tmp_path: Path
) -> None:
    whole = uninterrupted(finished, config)
    path = tmp_path / "train.yaml"
    path.write_text(json.dumps(config))
    with subprocess.Popen(
        [sys.executable, "-m", "rvpo.trainer", str(path)], stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("train 3/4"):
                process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    half = Path(config["out"]) / "checkpoint-3"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half of it")
    result = train(TrainConfig.model_validate(config))
    assert result.continued_from == 2
    assert not half.exists()
    assert rows_of(result.log) == rows_of(whole.log)


def test_long_prompts_are_counted(tiny_config: dict[str, Any], write_rows: Callable[..., Path]) -> None:
    rows = [json.loads(line) for line in Path(tiny_config["data"]).read_text().splitlines()]
    rows.append({**rows[0], "id": "long", "prompt": "word " * 200})
    data = str(write_rows(rows, "with_long.jsonl"))
    fields = {"data": data, "steps": 1, "max_prompt_tokens": 60, "guards": {"held_out": {"data": data}}}
    told: list[Progress] = []
    result = train(TrainConfig.model_validate({**tiny_config, **fields}), on_progress=told.append)
    assert result.skipped_prompts == 1
    messages = [each.message for each in told]
    assert "skipped 1 rows: prompts of more than 60 tokens" in messages
    assert "skipped 1 held-out rows: prompts of more than 60 tokens" in messages


def test_adapters_end_as_one_plain_model(tiny_config: dict[str, Any]) -> None:
    fields = {"lora": {"rank": 2, "target_modules": ["q_proj", "v_proj"]}, "steps": 2, "learning_rate": 1e-2}
    result = train(TrainConfig.model_validate({**tiny_config, **fields}))
    start = load_file(Path(tiny_config["model"]) / "model.safetensors")
    final = load_file(result.final / "model.safetensors")
    assert final.keys() == start.keys()
    changed = {name.split(".")[-2] for name in start if not torch.equal(start[name], final[name])}
    assert changed == {"q_proj", "v_proj"}


def test_coarse_weights_are_warned_of(tiny_config: dict[str, Any]) -> None:
    fields = {"weights": "bfloat16", "learning_rate": 1e-6, "steps": 1}
    with pytest.warns(UserWarning, match="of the trained weights are stored as bfloat16"):
        result = train(TrainConfig.model_validate({**tiny_config, **fields}))
    assert result.steps == 1


def test_several_runs_may_begin_from_one_warm_start(tiny_config: dict[str, Any], tmp_path: Path) -> None:
    settings = {"examples": 2, "batch": 1}
    first = TrainConfig.model_validate({**tiny_config, "warm_start": settings, "out": str(tmp_path / "warm")})
    start = make_warm_start(first)
    made = (start / "model.safetensors").stat().st_mtime_ns
    assert make_warm_start(first) == start
    assert (start / "model.safetensors").stat().st_mtime_ns == made

    alone = train(
        TrainConfig.model_validate({**tiny_config, "warm_start": settings, "out": str(tmp_path / "alone")})
    )
    shared = train(
        TrainConfig.model_validate({**tiny_config, "model": str(start), "out": str(tmp_path / "shared")})
    )
    one, other = (load_file(run.final / "model.safetensors") for run in (alone, shared))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_warm_start_must_be_asked_for(tiny_config: dict[str, Any]) -> None:
    with pytest.raises(TrainConfigError, match="warm_start: the config has none"):
        make_warm_start(TrainConfig.model_validate(tiny_config))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": "/nowhere"}, "model /nowhere: no such folder"),
        ({"model": "/"}, "model /: holds no config.json"),
        (
            {"rubric": "tool_caling"},
            '"tool_caling" is no file and no library rubric.*did you mean tool_calling',
        ),
    ],
)
def test_wrong_input_stops_before_anything_is_written(
    tiny_config: dict[str, Any], fields: dict[str, Any], words: str
) -> None:
    with pytest.raises((TrainConfigError, RubricError), match=words):
        train(TrainConfig.model_validate({**tiny_config, **fields}))
    assert not Path(tiny_config["out"]).exists()


def test_processes_must_share_the_step_evenly(
    tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(TrainConfigError, match=r"= 8 is not divisible by micro_batch \* processes = 4 \* 3"):
        train(TrainConfig.model_validate(tiny_config))
