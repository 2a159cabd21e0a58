"""Prompts as a model reads them, and which of them are short enough."""

from typing import Any

from rvpo.rubrics import PromptRow
from rvpo.trainer.data.prompts import PromptSet
from rvpo.trainer.errors import TrainConfigError


def chat(row: PromptRow) -> list[dict[str, str]]:
    """A row's messages in the form that chat templates take."""
    return [dict(message) for message in row.messages]


def prompt_ids(tokenizer: Any, row: PromptRow) -> list[int]:
    """Tokens of a row's prompt, up to where the reply begins."""
    ids: list[int] = tokenizer.apply_chat_template(
        chat(row), add_generation_prompt=True, tokenize=True, return_dict=True
    )["input_ids"]
    return ids


def prompt_lengths(prompts: PromptSet, tokenizer: Any) -> list[int]:
    """Tokens of every row's prompt."""
    return [len(prompt_ids(tokenizer, row)) for row in prompts.rows]


def fitting(prompts: PromptSet, tokenizer: Any, max_prompt_tokens: int) -> PromptSet:
    """The rows whose prompt is not too long.

    Raises:
        TrainConfigError: None is short enough.
    """
    lengths = prompt_lengths(prompts, tokenizer)
    kept = [index for index, length in enumerate(lengths) if length <= max_prompt_tokens]
    if not kept:
        raise TrainConfigError(
            f"max_prompt_tokens {max_prompt_tokens}: the shortest of {len(lengths)} prompts has {min(lengths)}"
        )
    return prompts.keep(kept)
