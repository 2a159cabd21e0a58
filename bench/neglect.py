"""An easy criterion and a hard one compete for the same eight letters: does the soft minimum save the hard one?

    OMP_NUM_THREADS=1 python -m bench.neglect --seeds 20

A tiny policy is taught to write eight random letters. Then it is trained on two criteria: at least four letters of a-m
(met by 64 % of random letters) and at least four of t-z (14 %). Both together ask for exactly four and four. Every seed
draws its own model, warm start and samples; all methods of a seed begin from the same warm start. Read off: the pass
rate of each criterion over the last ten steps, and the lower of the two, which is the question. Differences to GDPO are
paired by seed (t interval; sign-flip test, exact up to 2^20). Nothing is asserted, whichever way it comes out.
"""

import argparse
import json
import random
import string
import tempfile
import warnings
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
from bench.tiny import tiny_model

from rvpo.judges.quiet import quiet_libraries
from rvpo.results.stats.resample import t_interval
from rvpo.results.stats.significance import sign_flip
from rvpo.trainer import TrainConfig, train
from rvpo.trainer.run import make_warm_start

LENGTH: Final = 8
LAST: Final = 10
"""Steps at the end that the pass rates are taken from."""
ARMS: Final[dict[str, dict[str, Any]]] = {
    "gdpo": {"method": "gdpo"},
    "rvpo": {"method": "rvpo", "k": {"schedule": "linear", "start": 0.5, "end": 2.0}},
    "entropic": {"method": "entropic", "k": 5.0},
    "hard_min": {"method": "hard_min"},
    "grpo": {"method": "grpo"},
}
CRITERIA: Final = {"easy": r"(?:[a-m].*){4}", "hard": r"(?:[t-z].*){4}"}
RUBRIC: Final = {
    "id": "four_and_four",
    "criteria": [
        {"id": name, "criterion": f"{name} letters", "kind": "regex", "rule": {"pattern": pattern}}
        for name, pattern in CRITERIA.items()
    ],
}


def base_config(folder: Path, seed: int, steps: int) -> dict[str, Any]:
    """The config that all arms of a seed share."""
    dice = random.Random(seed)
    rows = [
        {
            "id": f"q{n}",
            "prompt": f"letters {n}",
            "reference": "".join(dice.choices(string.ascii_lowercase, k=LENGTH)),
            "rubric": RUBRIC,
        }
        for n in range(256)
    ]
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {
        "model": tiny_model(folder / "model", width=64, layers=2, seed=seed),
        "data": str(data),
        "judge": {"judge": "rules", "store": ":memory:"},
        "group_size": 16,
        "prompts_per_step": 4,
        "micro_batch": 64,
        "steps": steps,
        "learning_rate": 1e-3,
        "kl_beta": 0.0,
        "max_completion_tokens": LENGTH,
        "save_every_steps": steps,
        "bf16": False,
        "cpu": True,
        "seed": seed,
        "warm_start": {"learning_rate": 3e-3, "epochs": 3},
    }


def pass_rates(out: Path) -> dict[str, float]:
    """Of each criterion over the last steps, and the lower of the two."""
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()][-LAST:]
    rates = {name: fmean(row[f"rewards/{name}/mean"] for row in rows) for name in CRITERIA}
    return {**rates, "worst": min(rates.values())}


def run_seed(seed: int, steps: int, arms: list[str]) -> dict[str, dict[str, float]]:
    """Train every arm of a seed."""
    with tempfile.TemporaryDirectory() as scratch, quiet_libraries():
        folder = Path(scratch)
        config = base_config(folder, seed, steps)
        start = make_warm_start(TrainConfig.model_validate({**config, "out": str(folder / "start")}))
        del config["warm_start"]
        found = {}
        for arm in arms:
            out = folder / arm.replace(" ", "_")
            train(TrainConfig.model_validate({**config, **ARMS[arm], "model": str(start), "out": str(out)}))
            found[arm] = pass_rates(out)
        return found


def print_table(runs: list[dict[str, dict[str, float]]], arms: list[str]) -> None:
    """Means over seeds, and the difference of the worst criterion to GDPO's."""
    print(f"{'':10} {'easy':>7} {'hard':>7} {'worst':>7}   worst against gdpo's, paired by seed")
    for arm in arms:
        means = [fmean(run[arm][name] for run in runs) for name in (*CRITERIA, "worst")]
        line = f"{arm:10} " + " ".join(f"{mean:7.3f}" for mean in means)
        if arm != "gdpo" and len(runs) > 1:
            d_N = np.array([run[arm]["worst"] - run["gdpo"]["worst"] for run in runs])
            low, high = t_interval(d_N, 0.95)
            test = sign_flip(d_N, 99_999, np.random.default_rng(0))
            better = int((d_N > 0).sum())
            line += f"   {d_N.mean():+.3f} ({low:+.3f} to {high:+.3f}), p = {test.p_value:.2g}, better in {better} of {len(runs)}"
        print(line)


def main() -> None:
    """Run the seeds one after another; a line for each, then the table."""
    parser = argparse.ArgumentParser(description="An easy criterion and a hard one compete.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--save", type=Path, help="append each seed's figures here as JSON lines")
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    arms = told.arms.split(",")
    runs = []
    for seed in range(told.first, told.first + told.seeds):
        runs.append(run_seed(seed, told.steps, arms))
        shown = ", ".join(f"{arm} {rates['easy']:.2f}/{rates['hard']:.2f}" for arm, rates in runs[-1].items())
        print(f"seed {seed}: easy/hard {shown}", flush=True)
        if told.save:
            with told.save.open("a") as handle:
                handle.write(json.dumps({"seed": seed, **runs[-1]}) + "\n")
    print_table(runs, arms)


if __name__ == "__main__":
    main()
