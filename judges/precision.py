"""Whether this CPU computes faster in bfloat16 than in float32. Measured, because the name of an instruction set lies.

With AMX or on recent AMD cores bfloat16 wins two- or threefold; with AVX512-BF16 alone it was seen to lose by 1.6.
Measured once a machine, and kept beside the embedded model, so that a run continued later computes as it began.
"""

import json
import platform
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from rvpo.judges.embedded_model import cache_dir

WORTH_IT = 1.3
"""bfloat16 must be faster by this factor: it costs digits, and casts when the weights are float32."""
ROWS, INPUTS, OUTPUTS = 512, 576, 1536
BURST_S = 0.05


@cache
def cpu_prefers_bfloat16() -> bool:
    """Whether matrix products of a small model's size are clearly faster in bfloat16 here."""
    import torch

    known = cache_dir() / "precision.json"
    machine = {"processor": _processor(), "torch": torch.__version__, "threads": torch.get_num_threads()}
    try:
        found = json.loads(known.read_text())
        if found["machine"] == machine:
            return bool(found["bfloat16_speedup"] >= WORTH_IT)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never measured, or not ours: measure
    speedup = _products_a_second(torch.bfloat16) / _products_a_second(torch.float32)
    _keep(known, {"machine": machine, "bfloat16_speedup": speedup})
    return speedup >= WORTH_IT


def _products_a_second(dtype: Any) -> float:
    """The best of three short bursts: other load only ever slows one down."""
    import torch

    inputs = torch.ones(ROWS, INPUTS, dtype=dtype)
    weights = torch.ones(OUTPUTS, INPUTS, dtype=dtype)
    best = 0.0
    for _ in range(3):
        torch.nn.functional.linear(inputs, weights)
        started, done = perf_counter(), 0
        while (passed := perf_counter() - started) < BURST_S:
            torch.nn.functional.linear(inputs, weights)
            done += 1
        best = max(best, done / passed)
    return best


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _keep(path: Path, found: dict[str, Any]) -> None:
    """Write the measurement, whole or not at all; a cache that cannot be written is no reason to stop."""
    scratch = path.with_suffix(f".{perf_counter()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(found) + "\n")
        scratch.rename(path)
    except OSError:
        scratch.unlink(missing_ok=True)
