"""How long the advantage function takes: N = 2048 rows in groups of 16, C = 17, holes, rubrics of two sizes.

``python -m bench.advantages`` prints a line for each preset and each method, beside the bar of 1 ms.
"""

import math
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import get_args

import torch

from rvpo.trainer.advantages import Method, aggregate
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.presets import PRESETS


def cpu_ms(work: Callable[[], object], rounds: int = 9, times: int = 50) -> float:
    """CPU time of a call on one thread, in milliseconds: the best of several rounds, after warming up."""
    best = math.inf
    for _ in range(rounds + 1):
        started = process_time()
        for _ in range(times):
            work()
        best = min(best, process_time() - started)
    return best / times * 1e3


def main() -> None:
    """Each preset, then each method: 5 % holes, every third rubric shorter."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rewards_PGC = torch.rand(128, 16, 17)
    rewards_PGC[torch.rand_like(rewards_PGC) < 0.05] = math.nan
    applicable_PGC = torch.ones_like(rewards_PGC, dtype=torch.bool)
    applicable_PGC[::3, :, 9:] = False
    lengths_PG = torch.randint(1, 1024, (128, 16))
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


if __name__ == "__main__":
    main()
