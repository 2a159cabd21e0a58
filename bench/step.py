"""Figures of the trainer: the advantage function, a step beside TRL's own trainer, the judge's share of it.

``python -m bench.step`` prints a line for each figure with its bar; nothing is asserted. Steps are medians.
"""

import argparse
import json
import math
import statistics
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, get_args

import torch
from bench.tiny import tiny_model
from datasets import Dataset
from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from rvpo.judges import JudgeService
from rvpo.judges.quiet import quiet_libraries
from rvpo.trainer.advantages import Method, aggregate
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.data import chat, read_prompts
from rvpo.trainer.engine import Recipe, RVPOTrainer
from rvpo.trainer.models import load_model, load_tokenizer, model_source
from rvpo.trainer.presets import PRESETS
from rvpo.trainer.rewards import RubricRewards
from rvpo.trainer.settings import grpo_config

LETTERS = "etaoinshrdlucmfwy"


def cpu_ms(work: Callable[[], object], rounds: int = 9, times: int = 50) -> float:
    """CPU time of a call on one thread, in milliseconds: the best of several rounds, after warming up."""
    best = math.inf
    for _ in range(rounds + 1):
        started = process_time()
        for _ in range(times):
            work()
        best = min(best, process_time() - started)
    return best / times * 1e3


def bench_advantages() -> None:
    """N = 2048 in groups of 16, C = 17, 5 % holes, every third rubric shorter; each preset, then each method."""
    torch.manual_seed(0)
    rewards_PGC = torch.rand(128, 16, 17)
    rewards_PGC[torch.rand_like(rewards_PGC) < 0.05] = math.nan
    applicable_PGC = torch.ones_like(rewards_PGC, dtype=torch.bool)
    applicable_PGC[::3, :, 9:] = False
    lengths_PG = torch.randint(1, 1024, (128, 16))
    told = torch.get_num_threads()
    torch.set_num_threads(1)
    runs: list[tuple[str, Method, Conventions]] = [
        (f"rvpo, {name}", "rvpo", PRESETS[name]) for name in PRESETS
    ]
    runs += [(name, name, PRESETS["paper"]) for name in get_args(Method) if name != "rvpo"]
    for name, method, conventions in runs:
        made = partial(
            aggregate,
            rewards_PGC,
            method,
            k=2.0,
            applicable_PGC=applicable_PGC,
            lengths_PG=lengths_PG,
            conventions=conventions,
        )
        print(f"advantages, N=2048, C=17, holes: {name:18} {cpu_ms(made):.2f} ms CPU (bar 1 ms)", flush=True)
    torch.set_num_threads(told)


def letter_scores(letter: str) -> Callable[..., list[float]]:
    """The reward function that is to TRL what a ``contains`` criterion is to a rubric."""

    def scores(completions: list[Any], **_: object) -> list[float]:
        return [float(letter in completion[0]["content"]) for completion in completions]

    scores.__name__ = letter
    return scores


def config_of(folder: Path, model: str, steps: int) -> TrainConfig:
    """Sixteen samples a step, judged by 17 rules; a rate of nearly 0, so that both trainers sample the same texts."""
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


def bench_step(model: str, steps: int) -> None:
    """The same step by TRL's trainer with reward functions at hand, and by ours through the judge service."""
    with tempfile.TemporaryDirectory() as name:
        config = config_of(Path(name), model, steps)
        prompts = read_prompts(config.data, None)
        shared: dict[str, Any] = {
            "args": grpo_config(config, 1),
            "processing_class": load_tokenizer(model),
            "train_dataset": Dataset.from_list(
                [{"prompt": chat(row), "row": place} for place, row in enumerate(prompts.rows)]
            ),
        }
        columns: list[Any] = [letter_scores(letter) for letter in LETTERS]
        theirs = GRPOTrainer(model=load_model(model, "float32"), reward_funcs=columns, **shared)
        base = timed(theirs)
        with JudgeService.open_sync(config.judge) as service:
            ours = RVPOTrainer(
                rewards=RubricRewards(service, prompts),
                recipe=Recipe(k=1.0),
                model=load_model(model, "float32"),
                **shared,
            )
            mine = timed(ours)
        waits = [row["rvpo/judge_wait_s"] for row in ours.state.log_history if "rvpo/judge_wait_s" in row]
    for what, place in (("wall", 0), ("CPU", 1)):
        print(
            f"step, {what}: TRL {base[place]:.3f} s, ours {mine[place]:.3f} s, {mine[place] / base[place]:.3f} x (bar 1.02 x)"
        )
    print(
        f"waiting for the judge (17 rules x 16 completions): {statistics.median(waits) * 1e3:.1f} ms a step"
    )


def timed(trainer: Any) -> tuple[float, float]:
    """Median wall and CPU seconds of an optimiser step, the first left out."""
    marks: list[tuple[float, float]] = []
    inner = trainer.training_step

    def step(*args: Any, **kwargs: Any) -> Tensor:
        marks.append((perf_counter(), process_time()))
        loss: Tensor = inner(*args, **kwargs)
        return loss

    trainer.training_step = step
    trainer.train()
    marks.append((perf_counter(), process_time()))
    every = trainer.args.gradient_accumulation_steps
    starts = marks[::every][1:]
    spans = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(starts)]
    return statistics.median(span[0] for span in spans), statistics.median(span[1] for span in spans)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a model folder, or embedded; a tiny random one by default")
    parser.add_argument("--steps", type=int, default=12)
    told = parser.parse_args()
    bench_advantages()
    warnings.simplefilter("ignore")
    with quiet_libraries(), tempfile.TemporaryDirectory() as name:
        model = model_source(told.model) if told.model else tiny_model(Path(name))
        bench_step(model, told.steps)


if __name__ == "__main__":
    main()
