"""Small exams with answers that can be worked out by hand."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.exam import Exam
from rvpo.harness.items import ExamItem
from rvpo.judges import JudgeConfig
from rvpo.rubrics import Rubric, parse_rubric

RULES = """
id: words
criteria:
  - {id: says_fox, criterion: Says fox., points: 3, kind: contains, rule: {texts: [fox]}, tags: [animals]}
  - {id: short, criterion: Is short., points: 1, kind: length, rule: {unit: chars, max: 20}}
"""

JUDGED = """
id: judged
criteria:
  - {id: fox, criterion: Mentions the fox., points: 5}
  - {id: dog, criterion: Mentions the dog., points: 5}
  - {id: rude, criterion: Is rude., points: -5, polarity: met_is_bad}
"""


@pytest.fixture
def rules_rubric() -> Rubric:
    return parse_rubric(RULES)


@pytest.fixture
def judged_rubric() -> Rubric:
    return parse_rubric(JUDGED)


@pytest.fixture
def make_exam(rules_rubric: Rubric) -> Callable[..., Exam]:
    def make(count: int = 6, rubric: Rubric = rules_rubric) -> Exam:
        items = tuple(
            ExamItem(
                id=f"item-{number}",
                messages=(
                    {"role": "user", "content": "the quick brown fox " * (number % 4 + 1) + str(number)},
                ),
                rubric=rubric,
            )
            for number in range(count)
        )
        return Exam(task="tool_calls", title="Words", items=items)

    return make


@pytest.fixture
def rules() -> JudgeConfig:
    return JudgeConfig(judge="rules")


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[[str, Sequence[dict[str, Any]]], Path]:
    def write(name: str, rows: Sequence[dict[str, Any]]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
