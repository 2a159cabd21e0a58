"""Our own files: a rubric as YAML, prompt rows (a rubric inside each) as JSON lines. Reads through ``Source``.

A rubric that extends others or takes in fragments is written whole. A row without an id gets the one that it has when
it is read (``line-N``), and a prompt of one user's turn is written as text.
"""

from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported
from rvpo.rubrics.formats.exporting import json_lines
from rvpo.rubrics.formats.importing import rows_of
from rvpo.rubrics.formats.plain import plain_rubric
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.formats.yaml_writer import write_rubric
from rvpo.rubrics.load import load_rubric
from rvpo.rubrics.rows import PromptRow, prompt_row
from rvpo.rubrics.wording import shown


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read a rubric, or prompt rows.

    Raises:
        SourceError: As ``load_rubric`` and ``read_prompt_rows``.
    """
    if source.is_lines():
        return Imported(rows_of(source))
    document, _ = source.document()
    if not isinstance(document, list):
        return Imported(rubric=load_rubric(source.path))
    rows: dict[str, PromptRow] = {}
    for record in source.records():
        row = prompt_row(record.data, record.name, record.number)
        if row.id in rows:
            raise SourceError.at(record.name, None, f"the id {shown(row.id)} occurs twice")
        rows[row.id] = row
    return Imported(tuple(rows.values()))


def write(imported: Imported, _suffix: str) -> Exported:
    """Write rows as JSON lines, or a rubric as YAML; nothing is lost."""
    if imported.rubric is not None:
        return Exported(write_rubric(imported.rubric))
    return Exported(json_lines(map(plain_row, imported.rows)))


def plain_row(row: PromptRow) -> dict[str, Any]:
    """A prompt row as the mapping that a line of ours holds."""
    alone = len(row.messages) == 1 and row.messages[0]["role"] == "user"
    prompt = row.messages[0]["content"] if alone else [dict(turn) for turn in row.messages]
    data: dict[str, Any] = {"id": row.id, "prompt": prompt}
    if row.reference is not None:
        data["reference"] = row.reference
    data |= row.fields
    if row.rubric is not None:
        data["rubric"] = plain_rubric(row.rubric)
    return data


def _sniff(record: Mapping[str, Any]) -> bool:
    criteria = record.get("criteria")
    is_rubric = isinstance(criteria, list) and any(
        isinstance(item, dict) and ("criterion" in item or "use" in item) for item in criteria
    )
    is_foreign_row = isinstance(record.get("rubrics"), list) or "reward_model" in record
    is_row = isinstance(record.get("prompt"), str | list) and not is_foreign_row
    return is_rubric or "extends" in record or is_row


RVPO = Format("rvpo", "rvpo's own", (".yaml", ".yml", ".jsonl"), _sniff, read, write)
