"""One item of an exam: what the model is shown and how its answer is judged. Pure.

The prompt hash covers the messages only, not a model's chat template: two models that were asked the same are paired.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rvpo.judges.records import Message
from rvpo.rubrics import Rubric


class ExamItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of an exam."""

    id: str
    messages: tuple[Message, ...]
    rubric: Rubric
    reference: str | None = None
    fields: Mapping[str, Any] = {}
    """The other fields of the data row; rules may ask for them (``calls_from: ...``)."""

    @property
    def prompt_text(self) -> str:
        """The messages as plain text, for reading."""
        return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in self.messages)


def prompt_hash(messages: Sequence[Message]) -> str:
    """sha256, in hex, of the roles and contents that a model is shown."""
    return content_hash([[turn["role"], turn["content"]] for turn in messages])


def content_hash(value: Any) -> str:
    """sha256, in hex, of JSON-like data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
