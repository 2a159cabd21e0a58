"""Trouble injected into real runs of the tiny model, and what the guards made of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from rvpo.trainer import (
    JudgeDown,
    OtherConfig,
    Progress,
    TrainConfig,
    TrainConfigError,
    TrainingCollapsed,
    TrainingDiverged,
    train,
)
from rvpo.trainer.engine import RVPOTrainer
from rvpo.trainer.rewards import PendingRewards, RubricRewards

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

TONE = {"id": "tone", "criteria": [{"id": "tone", "criterion": "Says the word kind"}]}


def log_of(out: str | Path, name: str = "log.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(out) / name).read_text().splitlines()]


def weights_of(folder: Path | str) -> dict[str, Tensor]:
    return dict(load_file(Path(folder) / "model.safetensors"))


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture
def run(tiny_config: dict[str, Any]) -> Callable[..., Any]:
    def go(guards: dict[str, Any], progress: list[Progress] | None = None, **fields: Any) -> Any:
        config = TrainConfig.model_validate({**tiny_config, "guards": {"limits": [], **guards}, **fields})
        return train(config, on_progress=None if progress is None else progress.append)

    return go


@pytest.fixture
def tone_rows(write_rows: Callable[..., Path]) -> str:
    return str(
        write_rows([{"id": f"q{n}", "prompt": f"say {n}", "rubric": TONE} for n in range(3)], "tone.jsonl")
    )


def poisoned(monkeypatch: pytest.MonkeyPatch, steps: set[int]) -> None:
    """Make the loss of these steps NaN."""
    sound = RVPOTrainer._compute_loss

    def compute(self: Any, model: Any, inputs: Any) -> Any:
        loss = sound(self, model, inputs)
        return loss * torch.nan if self.state.global_step + 1 in steps else loss

    monkeypatch.setattr(RVPOTrainer, "_compute_loss", compute)


def test_an_update_with_a_nan_is_not_made(
    run: Callable[..., Any], tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(monkeypatch, {3})
    progress: list[Progress] = []
    result = run({}, progress, save_every_steps=1, keep_checkpoints=None)
    out = Path(tiny_config["out"])
    two, three, four = (weights_of(out / f"checkpoint-{step}") for step in (2, 3, 4))
    assert same(two, three)
    assert not same(three, four)
    assert all(weight.isfinite().all() for weight in weights_of(result.final).values())
    rows = log_of(out)
    assert ["guards/refused_update" in row for row in rows] == [False, False, True, False]
    (alarm,) = rows[2]["alarms"]
    assert (alarm["guard"], alarm["step"], alarm["value"], alarm["threshold"]) == ("nonfinite", 3, 1, 3)
    assert [alarm.line() for now in progress for alarm in now.alarms] == [
        "note at step 3: a NaN or an infinity in the gradient: update left out, 1 in a row of at most 3"
    ]


def test_too_many_of_them_end_the_run(
    run: Callable[..., Any], tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(monkeypatch, {2, 3, 4})
    with pytest.raises(TrainingDiverged, match="stopped at step 3: 2 updates in a row had a NaN"):
        run({"nonfinite_in_a_row": 2})
    assert len(log_of(tiny_config["out"])) == 3
    assert not (Path(tiny_config["out"]) / "final").exists()


def test_a_judge_that_comes_back_is_waited_for(
    run: Callable[..., Any], tone_rows: str, tiny_config: dict[str, Any], scripted_server: Any
) -> None:
    scripted_server.script(faults=[["ok", 8], ["503", 16]])
    judge = {
        "judge": "openai-compatible",
        "model": "m",
        "base_url": scripted_server.url,
        "max_attempts": 1,
        "store": ":memory:",
        "concurrency": 1,
    }
    progress: list[Progress] = []
    run({"judge_retry_s": 0.01}, progress, data=tone_rows, judge=judge, steps=3)
    first, second, third = log_of(tiny_config["out"])
    assert "guards/judge_down_s" not in first | third
    assert second["guards/judge_down_s"] > 0
    assert second["rvpo/coverage"] == 1
    assert [alarm["guard"] for alarm in second["alarms"]] == ["judge_down"]
    words = [now.message for now in progress if now.message]
    assert words[0].startswith("the judge is down (")
    assert words[-1].startswith("the judge answers again after")


AWAY = {"judge": "scripted", "max_attempts": 1, "store": ":memory:", "replies": [{"fail": "transport"}]}


def test_without_a_judge_no_update_is_made_or_the_run_ends(
    run: Callable[..., Any], tone_rows: str, tiny_config: dict[str, Any], tiny_model: Path
) -> None:
    result = run({"on_judge_down": "skip"}, data=tone_rows, judge=AWAY, steps=2, kl_beta=0.1)
    assert same(weights_of(tiny_model), weights_of(result.final))
    rows = log_of(tiny_config["out"])
    assert [row["guards/judge_down"] for row in rows] == [1.0, 1.0]
    assert [row["holes/transport"] for row in rows] == [1.0, 1.0]
    with pytest.raises(JudgeDown, match="100% of what it was asked"):
        run({"on_judge_down": "stop"}, data=tone_rows, judge=AWAY, out=f"{tiny_config['out']}-stop")


def test_gold_judge_and_sentinels_leave_their_traces(
    run: Callable[..., Any],
    tone_rows: str,
    tiny_config: dict[str, Any],
    write_rows: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say = {"judge": "scripted", "store": ":memory:"}
    judge = {**say, "replies": [{"contains": "e", "say": [True]}, {"say": [False]}]}
    gold = {**say, "replies": [{"contains": "o", "say": [True]}, {"say": [False]}]}
    frozen = [{"id": word, "prompt": "q", "rubric": TONE, "response": word} for word in ("yes", "no")]
    run(
        {
            "gold": {"judge": gold, "share": 1.0, "window": 8, "gap_growth": 2.0, "rank_drop": 3.0},
            "sentinels": {"data": str(write_rows(frozen, "frozen.jsonl")), "every_steps": 2},
        },
        data=tone_rows,
        judge=judge,
    )
    rows = log_of(tiny_config["out"])
    assert [len(row["gold"]) for row in rows] == [8, 8, 8, 8]
    assert {score for row in rows for pair in row["gold"] for score in pair} <= {0.0, 1.0}
    assert [row.get("sentinels") for row in rows] == [[1.0, 0.0], [1.0, 0.0], None, [1.0, 0.0]]
    assert all("alarms" not in row for row in rows)


def test_sentinels_need_replies_and_a_judge_that_judges_again(
    run: Callable[..., Any], tone_rows: str, tiny_config: dict[str, Any]
) -> None:
    with pytest.raises(TrainConfigError, match=r"row 'q0' has no text 'response'"):
        run({"sentinels": {"data": tone_rows}})
    service = {"judge": "service", "base_url": "http://127.0.0.1:9"}
    with pytest.raises(TrainConfigError, match="answers from its own store"):
        run({"sentinels": {"data": tone_rows}}, judge=service)
    assert not Path(tiny_config["out"]).exists()


def test_dropout_judges_a_group_by_a_part(run: Callable[..., Any], tiny_config: dict[str, Any]) -> None:
    run({"rubric_dropout": 0.5}, prompts_per_step=1, steps=6, save_every_steps=6)
    seen = [
        {name for name in ("long", "has_e") if f"rewards/{name}/mean" in row}
        for row in log_of(tiny_config["out"])
    ]
    assert all(len(names) == 1 for names in seen)
    assert set.union(*seen) == {"long", "has_e"}
    with pytest.raises(OtherConfig, match=r"rubric_dropout 0\.5 there, 0\.2 here"):
        run({"rubric_dropout": 0.2}, prompts_per_step=1, steps=6, save_every_steps=6)


def muted(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """From the examination after ``after`` on, the policy says nothing on held-out prompts."""
    sound, examined = RubricRewards.submit, []

    def submit(self: Any, rows: Any, completions: Any, step: int | None = None) -> PendingRewards:
        if step is None:
            examined.append(1)
            completions = completions if len(examined) <= after else [""] * len(completions)
        return sound(self, rows, completions, step)

    monkeypatch.setattr(RubricRewards, "submit", submit)


@pytest.fixture
def held_out(write_rows: Callable[..., Path], rubric: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    rows = [{"id": f"h{n}", "prompt": f"other {n}", "rubric": rubric("long")} for n in range(2)]
    return {"data": str(write_rows(rows, "held_out.jsonl")), "samples": 2, "drop": 0.01, "patience": 1}


def test_a_collapse_rolls_back_to_the_best_checkpoint(
    run: Callable[..., Any],
    tiny_config: dict[str, Any],
    held_out: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    muted(monkeypatch, after=1)
    guards = {"held_out": {**held_out, "patience": 2, "on_collapse": "roll_back"}}
    result = run(guards, steps=8, keep_checkpoints=1)
    assert result.rolled_back_to == 2
    out = Path(tiny_config["out"])
    assert same(weights_of(out / "checkpoint-2"), weights_of(result.final))
    assert {path.name for path in out.glob("checkpoint-*")} == {"checkpoint-2", "checkpoint-6"}
    examined = log_of(out, "held_out.jsonl")
    assert [row["step"] for row in examined] == [2, 4, 6]
    assert examined[0]["eval_score"] > 0
    assert examined[2]["alarms"][0]["guard"] == "held_out"
    assert [row["step"] for row in log_of(out)] == [1, 2, 3, 4, 5, 6]


def test_a_collapse_may_stop_the_run(
    run: Callable[..., Any], held_out: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    muted(monkeypatch, after=1)
    with pytest.raises(TrainingCollapsed, match=r"stopped at step 4: .*best one was that of .*checkpoint-2"):
        run({"held_out": {**held_out, "on_collapse": "stop"}}, steps=8)


def test_examinations_do_not_move_the_training(
    run: Callable[..., Any], tiny_config: dict[str, Any], held_out: dict[str, Any]
) -> None:
    watched = run({"held_out": held_out}, out=f"{tiny_config['out']}-watched")
    alone = run({})
    assert same(weights_of(watched.final), weights_of(alone.final))
    examined = log_of(f"{tiny_config['out']}-watched", "held_out.jsonl")
    assert [row["step"] for row in examined] == [2, 4]


def test_each_held_out_prompt_counts_the_same(
    run: Callable[..., Any],
    tiny_config: dict[str, Any],
    write_rows: Callable[..., Path],
    rubric: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # In passes of four completions, three prompts of two samples are a batch of two prompts and one of the last alone.
    rows = [{"id": f"h{n}", "prompt": f"other {n}", "rubric": rubric("long")} for n in range(3)]
    last = 5 + 2  # five prompts are trained on
    sound = RubricRewards.submit

    def submit(self: Any, rows: Any, completions: Any, step: int | None = None) -> PendingRewards:
        if step is None:
            completions = ["quite long enough" if row == last else "" for row in rows]
        return sound(self, rows, completions, step)

    monkeypatch.setattr(RubricRewards, "submit", submit)
    guards = {"held_out": {"data": str(write_rows(rows, "held_out.jsonl")), "samples": 2}}
    run(guards, micro_batch=4)
    for row in log_of(tiny_config["out"], "held_out.jsonl"):
        assert row["eval_score"] == pytest.approx(1 / 3)
        assert row["eval_rewards/long/mean"] == pytest.approx(1 / 3)


def test_reporters_receive_every_figure(
    run: Callable[..., Any], tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = f"{tiny_config['out']}-events"
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", folder)
    run({}, report_to=["tensorboard"])
    events = loading.EventAccumulator(folder)
    events.Reload()
    rows = log_of(tiny_config["out"])
    for name in (
        "rewards/long/mean",
        "rewards/has_e/attention",
        "rewards/long/gain",
        "rvpo/neglect",
        "rvpo/k",
    ):
        told = {event.step: event.value for event in events.Scalars(f"train/{name}")}
        assert told == pytest.approx({row["step"]: row[name] for row in rows if name in row}), name
