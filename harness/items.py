"""One item of an exam: what the model is shown and how its answer is judged. Pure.

The prompt hash covers the messages only, not a model's chat template: two models that were asked the same are paired.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from rvpo.judges.records import Message
from rvpo.rubrics import Rubric

_TURN: Final = re.compile(r"(?:\A|\n\n)(system|user|assistant|tool): ")
"""Where a turn begins in ``ExamItem.prompt_text``."""


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


def turns_of(text: str, shown: str) -> tuple[Message, ...]:
    """The messages that a ``prompt_text`` was made of, or one of the user's where the text does not tell.

    Args:
        text: The prompt as a row keeps it.
        shown: The row's ``prompt_hash``; it tells whether the text was cut where the turns met, for a turn may quote one.
    """
    heads = [*_TURN.finditer(text)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    turns: tuple[Message, ...] = tuple(
        {"role": head[1], "content": text[head.end() : end]} for head, end in zip(heads, ends, strict=False)
    )
    if turns and heads[0].start() == 0 and prompt_hash(turns) == shown:
        return turns
    return ({"role": "user", "content": text},)


def content_hash(value: Any) -> str:
    """sha256, in hex, of JSON-like data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
