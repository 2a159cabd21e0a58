"""A training step beside TRL's own trainer: its time, its memory, and how much of a late judge overlap mode hides.

``python -m bench.step`` prints a line for each figure with its bar; nothing is asserted. Each arm runs in a process of
its own, in turns, so that its peak memory is its own; both arms import the same modules. Steps are medians.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, redirect_stdout
from itertools import pairwise
from pathlib import Path
from threading import Timer
from time import perf_counter, process_time
from typing import Any, Final

from bench.tiny import tiny_model
from torch import Tensor

from rvpo.judges import JudgeRequest, JudgeService, RewardVector
from rvpo.judges.quiet import quiet_libraries
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.data import chat, read_prompts
from rvpo.trainer.models import load_model, load_tokenizer, model_source
from rvpo.trainer.rewards import RubricRewards, Submits
from rvpo.trainer.settings import grpo_config

LETTERS: Final = "etaoinshrdlucmfwy"
Figures = dict[str, float]
"""``wall_s`` and ``cpu_s`` of a step, ``peak_mb`` of the process, ``waited_s`` for the judge in a step."""


class LateJudge:
    """A judge service whose answers come ``latency_s`` later."""

    def __init__(self, service: Submits, latency_s: float) -> None:
        self._service, self._latency_s = service, latency_s

    def submit(self, requests: Sequence[JudgeRequest]) -> Future[list[RewardVector]]:
        """Start judging, and keep the answer back."""
        answer, late = self._service.submit(requests), Future[list[RewardVector]]()
        Timer(self._latency_s, lambda: late.set_result(answer.result())).start()
        return late


def letter_scores(letter: str) -> Callable[..., list[float]]:
    """The reward function that is to TRL what a ``contains`` criterion is to a rubric."""

    def scores(completions: list[Any], **_: object) -> list[float]:
        return [float(letter in completion[0]["content"]) for completion in completions]

    scores.__name__ = letter
    return scores


def config_of(folder: Path, model: str, steps: int) -> TrainConfig:
    """Sixteen samples a step, judged by 17 rules; a rate of nearly 0, so that every arm samples the same texts."""
    rule = [{"id": c, "criterion": c, "kind": "contains", "rule": {"texts": [c]}} for c in LETTERS]
    rows = [{"id": str(n), "prompt": f"say {n}", "rubric": {"id": "r", "criteria": rule}} for n in range(8)]
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return TrainConfig.model_validate(
        {
            "model": model,
            "data": str(data),
            "judge": {"judge": "rules", "store": ":memory:"},
            "out": str(folder / "out"),
            "group_size": 8,
            "prompts_per_step": 2,
            "micro_batch": 8,
            "steps": steps,
            "save_every_steps": 10_000,
            "kl_beta": 0,
            "learning_rate": 1e-12,
            "max_completion_tokens": 48,
            "cpu": True,
        }
    )


def run_arm(arm: str, model: str, steps: int, latency_s: float) -> Figures:
    """Train in this process: ``trl`` with reward functions at hand, ``ours`` or ``overlap`` by the judge service."""
    from datasets import Dataset
    from trl.trainer.grpo_trainer import GRPOTrainer

    from rvpo.trainer.engine import Recipe, RVPOTrainer

    with tempfile.TemporaryDirectory() as name:
        config = config_of(Path(name), model, steps)
        prompts = read_prompts(config.data, None)
        shared: dict[str, Any] = {
            "args": grpo_config(config, 1),
            "processing_class": load_tokenizer(model),
            "model": load_model(model, "float32"),
            "train_dataset": Dataset.from_list(
                [{"prompt": chat(row), "row": place} for place, row in enumerate(prompts.rows)]
            ),
        }
        if arm == "trl":
            columns: list[Any] = [letter_scores(letter) for letter in LETTERS]
            return timed(GRPOTrainer(reward_funcs=columns, **shared))
        with JudgeService.open_sync(config.judge) as service:
            judge: Submits = LateJudge(service, latency_s) if latency_s else service
            rewards = RubricRewards(judge, prompts)
            return timed(
                RVPOTrainer(rewards=rewards, recipe=Recipe(k=1.0), overlap=arm == "overlap", **shared)
            )


def timed(trainer: Any) -> Figures:
    """Medians over the optimiser steps, the first two left out."""
    marks: list[tuple[float, float]] = []
    inner = trainer.training_step

    def step(*args: Any, **kwargs: Any) -> Tensor:
        marks.append((perf_counter(), process_time()))
        loss: Tensor = inner(*args, **kwargs)
        return loss

    trainer.training_step = step
    trainer.train()
    marks.append((perf_counter(), process_time()))
    starts = marks[:: trainer.args.gradient_accumulation_steps][2:]
    spans = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(starts)]
    rows = trainer.state.log_history
    return {
        "wall_s": statistics.median(span[0] for span in spans),
        "cpu_s": statistics.median(span[1] for span in spans),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "waited_s": statistics.median(
            [row["rvpo/judge_wait_s"] for row in rows if "rvpo/judge_wait_s" in row] or [0]
        ),
    }


def rounds_of(arms: dict[str, Sequence[str]], rounds: int) -> dict[str, Figures]:
    """Each arm in its own process, in turns; medians over the rounds."""
    seen: dict[str, list[Figures]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, options in arms.items():
            done = subprocess.run(
                [sys.executable, "-m", "bench.step", *options], check=True, capture_output=True, text=True
            )
            seen[name].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        name: {field: statistics.median(each[field] for each in figures) for field in figures[0]}
        for name, figures in seen.items()
    }


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a model folder, or embedded; a tiny random one by default")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3, help="processes of each arm")
    parser.add_argument("--arm", help="run one arm in this process and print its figures")
    parser.add_argument("--latency-s", type=float, default=0.0, help="the judge's, with --arm")
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    with quiet_libraries(), model_folder(told.model) as model:
        if told.arm:
            with redirect_stdout(sys.stderr):
                figures = run_arm(told.arm, model, told.steps, told.latency_s)
            print(json.dumps(figures))
        else:
            compare_arms(["--model", model, "--steps", str(told.steps)], told.rounds)


@contextmanager
def model_folder(name: str | None) -> Iterator[str]:
    """The model asked for, or a tiny one for the time being."""
    with tempfile.TemporaryDirectory() as folder:
        yield model_source(name) if name else tiny_model(Path(folder))


def compare_arms(options: Sequence[str], rounds: int) -> None:
    """Ours beside TRL's; then a judge as late as nine tenths of a step, with and without overlap."""
    near = rounds_of({arm: [*options, "--arm", arm] for arm in ("trl", "ours", "overlap")}, rounds)
    trl, ours, overlap = (near[arm] for arm in ("trl", "ours", "overlap"))
    for what, field, unit, bar in (
        ("step, wall", "wall_s", "s", 1.02),
        ("step, CPU", "cpu_s", "s", 1.02),
        ("peak memory", "peak_mb", "MB", 1.01),
    ):
        print(
            f"{what}: TRL {trl[field]:.4g} {unit}, ours {ours[field]:.4g} {unit}, "
            f"{ours[field] / trl[field]:.3f} x (bar {bar} x)",
            flush=True,
        )
    print(f"waiting for the judge (17 rules x 16 completions): {ours['waited_s'] * 1e3:.1f} ms a step")
    late_s = 0.9 * ours["wall_s"]
    late = rounds_of(
        {arm: [*options, "--arm", arm, "--latency-s", str(late_s)] for arm in ("ours", "overlap")}, rounds
    )
    for name, arm, base in (("without overlap", "ours", ours), ("with overlap", "overlap", overlap)):
        hidden = 1 - (late[arm]["wall_s"] - base["wall_s"]) / late_s
        print(
            f"a judge {late_s:.2f} s late, {name}: {late[arm]['wall_s']:.3f} s a step, {hidden:.1%} of it hidden"
        )
    print("(bar: 95 % with overlap)")


if __name__ == "__main__":
    main()
