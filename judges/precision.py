"""Whether this CPU computes faster in bfloat16 than in float32. Measured, because the name of an instruction set lies.

With AMX or on recent AMD cores bfloat16 wins two- or threefold; with AVX512-BF16 alone it was seen to lose by 1.6.
Measured once a machine, on one thread, and kept beside the embedded model: all its processes and every run that is
continued compute alike. Of two processes that measure at once, the first to keep its figure decides for both.
"""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
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

    machine = {"processor": _processor(), "torch": torch.__version__}
    name = hashlib.sha256(json.dumps(machine).encode()).hexdigest()[:12]
    known = cache_dir() / f"precision-{name}.json"
    speedup = _read(known)
    if speedup is None:
        told = torch.get_num_threads()
        torch.set_num_threads(1)
        measured = _products_a_second(torch.bfloat16) / _products_a_second(torch.float32)
        torch.set_num_threads(told)
        speedup = _keep(known, measured, machine)
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


def _read(path: Path) -> float | None:
    try:
        return float(json.loads(path.read_text())["bfloat16_speedup"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never measured, or not ours


def _keep(path: Path, measured: float, machine: Mapping[str, str]) -> float:
    """Keep a measurement, unless another process has meanwhile kept one: the figure that holds from now on."""
    scratch = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps({"machine": machine, "bfloat16_speedup": measured}) + "\n")
        try:
            os.link(scratch, path)
        except FileExistsError:
            theirs = _read(path)
            if theirs is not None:
                return theirs
            scratch.replace(path)
    except OSError:
        pass  # a cache that cannot be written is no reason to stop
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
    return measured
