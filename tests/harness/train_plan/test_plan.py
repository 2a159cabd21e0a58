"""The plan of a run: worked out by hand for six rows, honest about what it cannot know, and without a trace."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.harness.train_plan import make_plan, plain_plan, plan_page
from rvpo.trainer import TrainConfig, TrainConfigError, train

MakeConfig = Callable[..., TrainConfig]


def test_rows_steps_and_verdicts_by_hand(make_config: MakeConfig) -> None:
    plan = make_plan(make_config())
    assert plan.data is not None
    assert (plan.data.rows, plan.data.too_long, plan.data.rubrics) == (6, 1, 4)  # r0 and r1, long and short
    assert (plan.data.criteria.min, plan.data.criteria.median, plan.data.criteria.max) == (1, 2, 2)
    assert plan.data.prompt_tokens is not None
    assert plan.data.prompt_tokens.max > 200
    # 2 steps x 5 prompts over the 5 rows that fit: each row twice, 4 samples each time
    assert plan.data.epochs == 2
    assert (plan.steps.completions_per_step, plan.steps.completions, plan.steps.passes_per_step) == (
        20,
        40,
        5,
    )
    assert plan.judging is not None
    # 4 rows with a judged criterion and a rule, 1 with a rule: (4 x 2 + 1) x 8
    assert (plan.judging.verdicts, plan.judging.by_rules, plan.judging.calls) == (72, 40, 32)
    assert plan.steps.verdicts_per_step == 36
    assert plan.judging.calls_per_step == 16
    assert plan.unknown == ()


def test_it_leaves_no_trace(make_config: MakeConfig) -> None:
    config = make_config()
    plan = make_plan(config)
    assert plan.state == "new"
    assert not Path(config.out).exists()


def test_a_run_of_another_config_is_told_with_the_difference(make_config: MakeConfig, tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl"
    rule = {"id": "r", "criteria": [{"id": "s", "criterion": "Short.", "kind": "length", "rule": {"max": 9}}]}
    path.write_text(json.dumps({"id": "a", "prompt": "x", "rubric": rule}) + "\n")
    rules = {"data": str(path), "judge": {"judge": "rules", "store": ":memory:"}, "save_every_steps": 1}
    few = {"steps": 1, "prompts_per_step": 1, "kl_beta": 0, "max_completion_tokens": 4}
    train(make_config(**rules, **few))
    assert make_plan(make_config(**rules, **few)).state == "done: there is nothing left to do"
    other = make_plan(make_config(**rules, **{**few, "steps": 2}))
    assert "holds a run of another config (steps 1 there, 2 here)" in other.state
    planned = make_plan(make_config(**rules, **few))
    assert planned.config_sha256 is not None
    assert planned.config_sha256 != other.config_sha256
    # what it said of the disk is what lies there
    assert planned.disk is not None
    saved = sum(each.stat().st_size for each in Path(planned.out, "checkpoint-1").glob("*.[sp][at]*"))
    assert planned.disk.checkpoint == pytest.approx(saved, rel=0.1)
    final = Path(planned.out, "final", "model.safetensors").stat().st_size
    assert planned.disk.final == pytest.approx(final, rel=0.1)


def test_what_cannot_be_known_is_null(make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    from rvpo.trainer.errors import DataOutOfReach

    def unreachable(*_: object, **__: object) -> None:
        raise DataOutOfReach("data hf:a/b: cannot be fetched: no network")

    plan = make_plan(make_config(model="hf:nobody/nothing"))
    assert [plan.shape, plan.memory, plan.disk, plan.config_sha256] == [None] * 4
    assert plan.data is not None
    assert (plan.data.too_long, plan.data.prompt_tokens) == (None, None)
    assert "until it is downloaded" in plan.unknown[0]
    monkeypatch.setattr("rvpo.harness.train_plan.plan.read_prompts", unreachable)
    plan = make_plan(make_config())
    assert [plan.data, plan.judging, plan.steps.verdicts_per_step] == [None] * 3
    assert plan.unknown == ("data hf:a/b: cannot be fetched: no network",)
    assert "no network" in plan_page(plan)


def test_a_judge_service_is_not_asked(make_config: MakeConfig) -> None:
    plan = make_plan(make_config(judge={"judge": "service", "base_url": "http://127.0.0.1:9"}))
    assert plan.judging is not None
    assert (plan.judging.verdicts, plan.judging.calls, plan.judging.usd) == (72, None, None)
    assert "calls and USD unknown" in plan_page(plan)


def test_no_prompt_is_short_enough(make_config: MakeConfig) -> None:
    with pytest.raises(TrainConfigError, match="max_prompt_tokens 3: the shortest of 6 prompts has"):
        make_plan(make_config(max_prompt_tokens=3))


def test_the_command(make_config: MakeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = make_config()
    path = tmp_path / "train.yaml"
    path.write_text(json.dumps(config.model_dump(mode="json", exclude_unset=True)))
    assert main(["train", str(path), "--dry-run", "--json", "--set", "steps=4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"]["steps"] == 4
    assert found["conventions"]["ddof"] == 1
    wanted = plain_plan(make_plan(config.model_copy(update={"steps": 4})))
    assert found == json.loads(json.dumps(wanted))
    assert main(["train", str(path), "--dry-run"]) == 0
    page = capsys.readouterr().out
    assert "6 rows (rvpo)" in page
    assert "1 too long and skipped" in page
    assert "32 calls, 16 a step; at most 0.0" in page
