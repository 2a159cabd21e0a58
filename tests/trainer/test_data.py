"""Prompts: read, checked, measured, put in order."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import MissingField, RubricError, SourceError
from rvpo.trainer.data import fitting, prompt_order, read_prompts
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.models import load_tokenizer

WriteRows = Callable[..., Path]
MakeRubric = Callable[..., dict[str, Any]]


def test_a_row_keeps_its_own_rubric(write_rows: WriteRows, rubric: MakeRubric) -> None:
    rows = [
        {"id": "a", "prompt": "x", "calls": [{"name": "f", "arguments": {}}]},
        {"id": "b", "prompt": "y", "rubric": rubric("has_e")},
    ]
    prompts = read_prompts(str(write_rows(rows)), "tool_calling")
    assert [found.id for found in prompts.rubrics] == ["tool_calling", "has_e"]
    assert prompts.keep([1]).rubrics == prompts.rubrics[1:]


def test_a_field_that_a_rule_needs_and_a_row_lacks(write_rows: WriteRows) -> None:
    path = write_rows([{"id": "a", "prompt": "x", "call": []}])
    with pytest.raises(MissingField, match=rf"data {path}: row 'a': .*calls"):
        read_prompts(str(path), "tool_calling")


def test_refusals_name_the_place(write_rows: WriteRows, tmp_path: Path) -> None:
    path = write_rows([{"id": "a", "prompt": "x"}])
    with pytest.raises(TrainConfigError, match="row 'a' has no rubric"):
        read_prompts(str(path), None)
    with pytest.raises(
        RubricError, match=r'^"tool_caling" is no file and no library rubric.* did you mean tool_calling\?$'
    ):
        read_prompts(str(path), "tool_caling")
    with pytest.raises(SourceError, match=r"none\.jsonl"):
        read_prompts(str(tmp_path / "none.jsonl"), None)
    with pytest.raises(SourceError, match="the file is empty"):
        read_prompts(str(write_rows([], "empty.jsonl")), None)


def test_long_prompts_are_left_out_not_cut(
    write_rows: WriteRows, rubric: MakeRubric, tiny_model: Path
) -> None:
    rows = [{"id": str(n), "prompt": "word " * n, "rubric": rubric("has_e")} for n in (1, 40, 2)]
    prompts = read_prompts(str(write_rows(rows)), None)
    tokenizer = load_tokenizer(str(tiny_model))
    assert [row.id for row in fitting(prompts, tokenizer, 40).rows] == ["1", "2"]
    with pytest.raises(TrainConfigError, match="max_prompt_tokens 5: the shortest of 3 prompts has"):
        fitting(prompts, tokenizer, 5)


@given(rows=st.integers(1, 9), wanted=st.integers(0, 40), seed=st.integers(0, 5))
def test_order_takes_every_row_once_before_any_twice(rows: int, wanted: int, seed: int) -> None:
    order = prompt_order(rows, wanted, seed)
    assert len(order) == wanted
    assert order == prompt_order(rows, wanted + 7, seed)[:wanted]
    for start in range(0, wanted - rows + 1, rows):
        assert set(order[start : start + rows]) == set(range(rows))
    assert max(Counter(order).values(), default=0) <= -(-wanted // rows)
