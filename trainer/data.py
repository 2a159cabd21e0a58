"""The prompts of a run: read, checked against the rubric before any model loads, and put in order.

The order of all steps is laid down beforehand, from the seed alone, so that a run continued from a checkpoint sees
exactly the prompts that the uninterrupted one would have seen.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rvpo.rubrics import PromptRow, Rubric, find_rubric, read_prompt_rows
from rvpo.rubrics.needs import check_row
from rvpo.trainer.errors import TrainConfigError


@dataclass(frozen=True)
class PromptSet:
    """Prompt rows, each with the rubric it is judged by."""

    rows: tuple[PromptRow, ...]
    rubrics: tuple[Rubric, ...]
    """One for each row."""
    sha256: str
    """Of the data file."""

    def keep(self, indices: Sequence[int]) -> "PromptSet":
        """Only these rows."""
        rows, rubrics = zip(*((self.rows[i], self.rubrics[i]) for i in indices), strict=True)
        return PromptSet(rows, rubrics, self.sha256)


def read_prompts(data: str, rubric: str | None) -> PromptSet:
    """Read prompt rows and give each its rubric.

    Args:
        data: JSONL file of prompt rows.
        rubric: Rubric file or library name, for rows that carry none.

    Raises:
        TrainConfigError: A row without a rubric.
        RubricError: The data or the rubric cannot be read, or a row lacks what its rubric asks for; one line.
    """
    rows = read_prompt_rows(data)
    shared = None if rubric is None else find_rubric(rubric)
    rubrics = []
    for row in rows:
        chosen = row.rubric or shared
        if chosen is None:
            raise TrainConfigError(
                f"data {data}: row {row.id!r} has no rubric, and the config names none (rubric:)"
            )
        check_row(chosen, row.fields, f"data {data}: row {row.id!r}")
        rubrics.append(chosen)
    return PromptSet(rows, tuple(rubrics), file_sha256(data))


def file_sha256(path: str) -> str:
    """Of a file's content."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def chat(row: PromptRow) -> list[dict[str, str]]:
    """A row's messages in the form that chat templates take."""
    return [dict(message) for message in row.messages]


def prompt_ids(tokenizer: Any, row: PromptRow) -> list[int]:
    """Tokens of a row's prompt, up to where the reply begins."""
    ids: list[int] = tokenizer.apply_chat_template(
        chat(row), add_generation_prompt=True, tokenize=True, return_dict=True
    )["input_ids"]
    return ids


def fitting(prompts: PromptSet, tokenizer: Any, max_prompt_tokens: int) -> PromptSet:
    """The rows whose prompt is not too long.

    Raises:
        TrainConfigError: None is short enough.
    """
    lengths = [len(prompt_ids(tokenizer, row)) for row in prompts.rows]
    kept = [index for index, length in enumerate(lengths) if length <= max_prompt_tokens]
    if not kept:
        raise TrainConfigError(
            f"max_prompt_tokens {max_prompt_tokens}: the shortest of {len(lengths)} prompts has {min(lengths)}"
        )
    return prompts.keep(kept)


def prompt_order(rows: int, wanted: int, seed: int) -> list[int]:
    """Row indices for the whole run: shuffled passes over all rows, one after another, ``wanted`` in all."""
    order: list[int] = []
    shuffle = Random(seed)  # noqa: S311  an order, not a secret
    while len(order) < wanted:
        order += shuffle.sample(range(rows), rows)
    return order[:wanted]
