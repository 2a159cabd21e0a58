"""The prompts of a run: where they are read from, what they are judged by, and in which order they come."""

from rvpo.trainer.data.order import prompt_order
from rvpo.trainer.data.prompts import BadRows, DataFormat, PromptSet, read_prompts, read_rows
from rvpo.trainer.data.sources import data_sha256, file_sha256
from rvpo.trainer.data.tokens import chat, fitting, prompt_ids

__all__ = [
    "BadRows",
    "DataFormat",
    "PromptSet",
    "chat",
    "data_sha256",
    "file_sha256",
    "fitting",
    "prompt_ids",
    "prompt_order",
    "read_prompts",
    "read_rows",
]
