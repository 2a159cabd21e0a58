"""ToolRL's RLLA rows: a system prompt with tools, a dialogue, and the reference reply.

Source: ``qiancheng0/ToolRL``, ``dataset/rlla_4k_raw`` ({``instruction``, ``input``, ``output``}) and ``rlla.py``, which
makes the parquet files' rows of them ({``prompt``: messages, ``reward_model``: {``style``, ``ground_truth``},
``extra_info`` ...}). The reference reply is kept whole, as ``reference`` and as ``answer``, which the library's rubric
``tool_calling_rlla`` asks for; its calls are read into ``calls``, for rules of any other kind.
"""

import json
from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.errors import RubricError, SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import json_lines, of_row, other_fields
from rvpo.rubrics.formats.importing import fields_of, messages_of, row_id, text_of
from rvpo.rubrics.formats.source import Record, Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.tool_calls.toolrl import reference_calls
from rvpo.rubrics.wording import shown

RUBRIC = "tool_calling_rlla"
"""The library's rubric for these rows."""

_RAW = ["instruction", "input", "output"]
_MADE = ("calls", "answer")


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read prompts with their reference replies.

    Raises:
        SourceError: A row is wrong, or the calls of its reference cannot be read.
    """
    rows = tuple(_read_row(record) for record in source.records())
    book = Notebook()
    book.add("rows", f"they have no rubric of their own; the library's {RUBRIC} judges them")
    return Imported(rows, notes=book.done())


def _read_row(record: Record) -> PromptRow:
    data, name = record.data, record.name
    if "reward_model" in data:
        model = data["reward_model"]
        if not isinstance(model, dict):
            raise SourceError.at(name, None, f"reward_model: got {shown(model)}, should be a mapping of keys")
        messages = messages_of(data.get("prompt"), "prompt", name)
        reference, taken = text_of(model, "ground_truth", name), ["reward_model"]
    else:
        turns = [("system", text_of(data, "instruction", name)), ("user", text_of(data, "input", name))]
        messages = tuple({"role": role, "content": text} for role, text in turns if text)
        reference, taken = text_of(data, "output", name), _RAW
    if not messages:
        raise SourceError.at(name, None, "instruction and input are both empty")
    try:
        calls = reference_calls(reference) if "<tool_call>" in reference else []
    except RubricError as error:
        raise SourceError.at(name, None, str(error)) from None
    plain = [{"name": call["name"], "arguments": call["parameters"]} for call in calls]
    fields = fields_of(data, (*taken, *_MADE), reference)
    return PromptRow(
        id=row_id(data, ("id",), record.number),
        messages=messages,
        reference=reference,
        fields={**fields, "answer": reference, "calls": plain},
    )


def write(imported: Imported, suffix: str) -> Exported:
    """Write raw rows where every prompt is a system's and a user's turn, else rows as in the parquet files.

    Raises:
        RubricError: There are no rows, or one has neither a reference reply nor calls.
    """
    if not imported.rows:
        raise RubricError("a rubric without prompts cannot be written as rlla, whose rows are prompts")
    book = Notebook()
    raw = all([turn["role"] for turn in row.messages] == ["system", "user"] for row in imported.rows)
    rows = [_write_row(row, book, raw=raw) for row in imported.rows]
    if suffix == ".json":
        return Exported(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", book.done())
    return Exported(json_lines(rows), book.done())


def _write_row(row: PromptRow, book: Notebook, *, raw: bool) -> dict[str, Any]:
    if row.rubric is not None:
        book.lost(of_row(row), f"its rubric {row.rubric.id}")
    reference = row.reference or _reference(row)
    rest = other_fields(row, _MADE) | ({} if row.id.startswith("line-") else {"id": row.id})
    if raw:
        system, user = (turn["content"] for turn in row.messages)
        return {"instruction": system, "input": user, "output": reference, **rest}
    return {
        "data_source": "rlla",
        "ability": "",
        **rest,
        "prompt": [dict(turn) for turn in row.messages],
        "reward_model": {"style": "rule", "ground_truth": reference},
    }


def _reference(row: PromptRow) -> str:
    """A reference reply that makes the row's calls; ToolRL's rewards do not look into its thoughts."""
    calls = row.fields.get("calls")
    if not isinstance(calls, list) or not calls or not all(isinstance(call, dict) for call in calls):
        raise RubricError(
            f"row {row.id!r} has neither a reference reply nor calls, and rlla needs one of them"
        )
    lines = [
        json.dumps({"name": call.get("name"), "parameters": call.get("arguments", {})}) for call in calls
    ]
    return "\n".join(["<think> The tools can help. </think>", "<tool_call>", *lines, "</tool_call>"])


def _sniff(record: Mapping[str, Any]) -> bool:
    is_raw = all(isinstance(record.get(key), str) for key in _RAW) and "orig_criteria" not in record
    return is_raw or (isinstance(record.get("reward_model"), dict) and isinstance(record.get("prompt"), list))


RLLA = Format("rlla", "ToolRL's RLLA rows", (".jsonl", ".json"), _sniff, read, write)
