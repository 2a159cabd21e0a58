"""Prompt rows from JSON lines: what to ask, and by which rubric to judge the answer. Reads files.

A row: ``{"id", "prompt": text or messages, "reference"?, "rubric"?, ...}``; a row of HealthBench (``prompt``
messages and a ``rubrics`` list) is known by its form. Nothing of a row is lost: whatever is not named above, and
the reference, lies in ``fields``, where rules find it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rvpo.rubrics.compose import reuses
from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.fill import check_fields
from rvpo.rubrics.formats.healthbench import is_healthbench, rubric_from_healthbench
from rvpo.rubrics.hashing import rubric_hash
from rvpo.rubrics.load import resolved
from rvpo.rubrics.reading.collector import collector_paused
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.schema import Record, Rubric
from rvpo.rubrics.wording import hint, nearest, shown

ROLES = ("system", "developer", "user", "assistant", "tool")

_TAKEN = frozenset({"id", "prompt", "rubric"})
_TAKEN_HEALTHBENCH = frozenset({"prompt_id", "prompt", "rubrics"})


class _Inline(Record):
    rubric: Rubric


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One prompt of a data set."""

    id: str
    messages: tuple[Mapping[str, str], ...]
    """The turns: ``{"role": ..., "content": ...}``; the last is what the model answers."""
    reference: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Everything else in the row, and the reference: what rules may ask for."""
    rubric: Rubric | None = None
    """The row's own rubric."""


@collector_paused()
def read_prompt_rows(path: str | Path) -> tuple[PromptRow, ...]:
    """Read a data set of prompts.

    An id is the row's ``id`` (HealthBench: ``prompt_id``), else ``line-N``. HealthBench's sets repeat a prompt
    under another rubric: a later one gets the head of its rubric's hash behind its id, so that each stays itself.

    A row's own rubric may reuse the shipped library (``extends: library:NAME``), never a file.

    Raises:
        SourceError: A row is wrong, or an id occurs twice; one line that names both.
        MissingField: A row lacks a field that its own rubric declares.
        RubricError: Such a field holds what no text can take.
    """
    return prompt_rows(read_json_lines(path), str(path))


def prompt_rows(lines: Iterable[tuple[int, dict[str, Any]]], path: str) -> tuple[PromptRow, ...]:
    """Make rows of numbered objects, whatever they were read from; see ``read_prompt_rows``."""
    line_of: dict[str, int] = {}
    rows = []
    for line, data in lines:
        row = prompt_row(data, f"{path}:{line}", line)
        if row.id in line_of and row.rubric is not None and is_healthbench(data):
            row = _with_id(row, f"{row.id}.{rubric_hash(row.rubric)[:8]}")
        if row.id in line_of:
            raise SourceError.at(path, line, f"the id {shown(row.id)} is that of line {line_of[row.id]} too")
        line_of[row.id] = line
        rows.append(row)
    return tuple(rows)


def prompt_row(data: dict[str, Any], name: str, line: int) -> PromptRow:
    """Make a row of one line's object; ``name`` is what errors call it, ``line`` makes the id of a row without one.

    Raises:
        SourceError: The row is wrong.
        MissingField: It lacks a field that its own rubric declares.
        RubricError: Such a field holds what no text can take.
    """
    if is_healthbench(data):
        return PromptRow(
            id=_id(data.get("prompt_id"), "prompt_id", name, line),
            messages=_messages(data["prompt"], name),
            fields={key: value for key, value in data.items() if key not in _TAKEN_HEALTHBENCH},
            rubric=rubric_from_healthbench(data, name),
        )
    if "prompt" not in data:
        near = nearest("prompt", data)
        raise SourceError.at(
            name, None, f"the key prompt is missing{f'; {near} looks like it' if near else ''}"
        )
    reference = data.get("reference")
    if reference is not None and not isinstance(reference, str):
        raise SourceError.at(name, None, f"reference: got {shown(reference)}, should be text")
    fields = {key: value for key, value in data.items() if key not in _TAKEN}
    rubric = _rubric(data.get("rubric"), name)
    if rubric is not None:
        check_fields(rubric, fields, name)
    return PromptRow(
        id=_id(data.get("id"), "id", name, line),
        messages=_messages(data["prompt"], name),
        reference=reference,
        fields=fields,
        rubric=rubric,
    )


def _id(value: object, key: str, name: str, line: int) -> str:
    if value is None:
        return f"line-{line}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise SourceError.at(name, None, f"{key}: got {shown(value)}, should be text or a whole number")
    return value


def _messages(prompt: object, name: str) -> tuple[Mapping[str, str], ...]:
    if isinstance(prompt, str):
        return ({"role": "user", "content": prompt},)
    if prompt == []:
        raise SourceError.at(name, None, "prompt: the list of messages is empty")
    if not isinstance(prompt, list):
        raise SourceError.at(name, None, f"prompt: got {shown(prompt)}, should be text or a list of messages")
    return tuple(_message(turn, f"prompt[{index}]", name) for index, turn in enumerate(prompt))


def _message(turn: object, place: str, name: str) -> Mapping[str, str]:
    if not isinstance(turn, dict):
        raise SourceError.at(
            name, None, f"{place}: got {shown(turn)}, should be a message with role and content"
        )
    for key in turn:
        if key not in {"role", "content"}:
            text = (
                f"{place}: unknown key {shown(key)}; allowed: role, content{hint(key, ('role', 'content'))}"
            )
            raise SourceError.at(name, None, text)
    role, content = turn.get("role"), turn.get("content")
    if role not in ROLES:
        text = f"{place}.role: got {shown(role)}, allowed {' | '.join(ROLES)}{hint(role, ROLES)}"
        raise SourceError.at(name, None, text)
    if not isinstance(content, str):
        raise SourceError.at(name, None, f"{place}.content: got {shown(content)}, should be text")
    return {"role": str(role), "content": content}


def _rubric(data: object, name: str) -> Rubric | None:
    if data is None:
        return None
    if reuses(data):
        return resolved(data, f"{name}: rubric", {})
    return validate(_Inline, {"rubric": data}, name, {}).rubric


def _with_id(row: PromptRow, name: str) -> PromptRow:
    return PromptRow(name, row.messages, row.reference, row.fields, row.rubric)
