"""What the tests of this room share: an independent reference of the advantages, and small data sets on disk."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """The models here are so small that a second thread only waits for the first."""
    import torch

    torch.set_num_threads(1)


Group = Sequence[Sequence[float | None]]
"""One prompt's samples, each with a reward (or None) for each criterion."""


def standardised(values: Sequence[float | None], eps: float) -> list[float]:
    known = [value for value in values if value is not None]
    mean = fmean(known) if known else 0.0
    square = sum((value - mean) ** 2 for value in known)
    std = math.sqrt(square / (len(known) - 1)) if len(known) > 1 else 0.0
    return [0.0 if value is None else (value - mean) / (std + eps) for value in values]


def softmin(values: Sequence[float], k: float) -> float:
    if k == 0:
        return fmean(values)
    if math.isinf(k):
        return min(values)
    return -math.log(fmean(math.exp(-k * value) for value in values)) / k


def reference_advantages(
    groups: Sequence[Group], k: float, *, whiten: str = "batch", eps: float = 1e-6, grpo: bool = False
) -> list[list[float]]:
    """The formulas as plain loops over Python floats; shares no line with the product."""
    raw: list[list[float | None]] = []
    for group in groups:
        columns = list(zip(*group, strict=True))
        scores = [standardised(column, eps) for column in columns]
        means = [fmean([v for v in column if v is not None] or [0.0]) for column in columns]
        rows: list[float | None] = []
        for g, row in enumerate(group):
            judged = [j for j, value in enumerate(row) if value is not None]
            if not judged:
                rows.append(None)
            elif grpo:
                rows.append(sum((row[j] or 0.0) - means[j] for j in judged))
            else:
                rows.append(softmin([scores[j][g] for j in judged], k))
        raw.append(rows)
    if grpo or whiten == "group":
        return [standardised(rows, eps) for rows in raw]
    if whiten == "none":
        return [[0.0 if value is None else value for value in rows] for rows in raw]
    flat = iter(standardised([value for rows in raw for value in rows], eps))
    return [[next(flat) for _ in rows] for rows in raw]


@pytest.fixture(scope="session")
def reference() -> Callable[..., list[list[float]]]:
    return reference_advantages


RULES: dict[str, dict[str, Any]] = {
    "long": {"kind": "length", "rule": {"unit": "chars", "min": 14}},
    "has_e": {"kind": "contains", "rule": {"texts": ["e"]}},
    "has_o": {"kind": "contains", "rule": {"texts": ["o"]}},
    "has_t": {"kind": "contains", "rule": {"texts": ["t"]}},
    "spaced": {"kind": "contains", "rule": {"texts": [" "]}},
}


@pytest.fixture(scope="session")
def rubric() -> Callable[..., dict[str, Any]]:
    """A rubric of rules, by the names of its criteria; other names are for a judge."""

    def make(*names: str) -> dict[str, Any]:
        criteria = [{"id": name, "criterion": name, **RULES.get(name, {})} for name in names]
        return {"id": "-".join(names), "criteria": criteria}

    return make


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Write prompt rows as JSON lines."""

    def write(rows: Sequence[dict[str, Any]], name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


@pytest.fixture
def tiny_config(
    tmp_path: Path, tiny_model: Path, write_rows: Callable[..., Path], rubric: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    """A config of four steps on the tiny model; a test changes what it is about."""
    rows = [
        {
            "id": f"q{n}",
            "prompt": f"question {n}",
            "reference": f"the dose is {n}",
            "rubric": rubric("long", "has_e"),
        }
        for n in range(5)
    ]
    return {
        "model": str(tiny_model),
        "data": str(write_rows(rows)),
        "judge": {"judge": "rules", "store": ":memory:"},
        "out": str(tmp_path / "run"),
        "group_size": 4,
        "prompts_per_step": 2,
        "steps": 4,
        "learning_rate": 1e-3,
        "warmup_share": 0,
        "kl_beta": 0,
        "max_completion_tokens": 8,
        "save_every_steps": 2,
        "bf16": False,
        "cpu": True,
    }
