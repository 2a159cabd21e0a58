"""A small run to plan, and a model to plan it for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.trainer import TrainConfig

CRITERIA = [
    {"id": "fever", "criterion": "Asks for the fever.", "points": 5},
    {"id": "short", "criterion": "Is short.", "kind": "length", "rule": {"max": 9}},
]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Six rows: four with two criteria, one of them judged; two with one rule."""
    path = tmp_path / "rows.jsonl"
    made = [
        {
            "id": f"q{n}",
            "prompt": f"question {n} " + "word " * (200 if n == 5 else 0),
            "rubric": {"id": f"r{n % 2}", "criteria": CRITERIA if n < 4 else CRITERIA[1:]},
        }
        for n in range(6)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


@pytest.fixture
def make_config(tmp_path: Path, rows: Path, tiny_model: Path) -> Callable[..., TrainConfig]:
    def make(**fields: Any) -> TrainConfig:
        return TrainConfig.model_validate(
            {
                "model": str(tiny_model),
                "data": str(rows),
                "judge": {"judge": "openai", "model": "gpt-4o-mini"},
                "out": str(tmp_path / "run"),
                "group_size": 4,
                "prompts_per_step": 5,
                "steps": 2,
                "max_prompt_tokens": 100,
                "max_completion_tokens": 20,
                "cpu": True,
                "bf16": False,
                **fields,
            }
        )

    return make
