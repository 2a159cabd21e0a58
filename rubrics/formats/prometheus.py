"""Prometheus rubrics: one criterion with a description for each score from 1 to 5.

Source: ``prometheus-eval/prometheus-eval``, ``prometheus_eval/prompts.py`` (``SCORE_RUBRIC_TEMPLATE``); the data sets
Feedback-Collection (the same keys after ``orig_``) and BiGGen-Bench (``score_rubric`` inside, with ``system_prompt``
and ``input``). The scores are labels ``1`` to ``5`` and the descriptions the criterion's guidelines, line by line as
Prometheus prints them. Records with an instruction are prompts; records without are the criteria of one rubric.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.errors import RubricError, SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import (
    json_lines,
    note_losses,
    of_criterion,
    of_row,
    one_text,
    other_fields,
)
from rvpo.rubrics.formats.importing import fields_of, identifier, row_id, rubric_id, text_of
from rvpo.rubrics.formats.source import Record, Source
from rvpo.rubrics.formats.yaml_writer import write_yaml
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Criterion, Rubric

SCORES = ("1", "2", "3", "4", "5")

_DESCRIPTIONS = tuple(f"score{score}_description" for score in SCORES)
_GUIDELINE = re.compile(r"^Score ([1-5]): ", re.MULTILINE)
_KEYS = ("criteria", *_DESCRIPTIONS)


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read prompts with a criterion each, or the criteria of one rubric.

    Raises:
        SourceError: A record is wrong, or some have an instruction and some have none.
    """
    records = [_Record(record) for record in source.records()]
    asked = [record for record in records if record.instruction is not None]
    if not asked:
        criteria = [record.criterion(f"c{place:02d}") for place, record in enumerate(records, start=1)]
        data = {"id": identifier(source.path.stem) or "rubric", "criteria": criteria}
        return Imported(rubric=validate(Rubric, data, source.name, {}))
    for record in records:
        if record.instruction is None:
            raise SourceError.at(record.name, None, "the key instruction is missing; other records have it")
    return Imported(tuple(record.row() for record in asked))


class _Record:
    """One record, its keys told from their two spellings."""

    def __init__(self, record: Record) -> None:
        data = record.data
        self.name, self.number, self.data = record.name, record.number, data
        self.prefix = "orig_" if "orig_criteria" in data else ""
        inner = data.get("score_rubric")
        self.rubric: Mapping[str, Any] = inner if isinstance(inner, dict) else data
        self.asking = "input" if isinstance(inner, dict) else f"{self.prefix}instruction"
        self.instruction = data.get(self.asking)

    def criterion(self, name: str) -> dict[str, Any]:
        prefix = self.prefix if self.rubric is self.data else ""
        found = {key: text_of(self.rubric, f"{prefix}{key}", self.name) for key in _KEYS}
        lines = [f"Score {score}: {found[key]}" for score, key in zip(SCORES, _DESCRIPTIONS, strict=True)]
        return {
            "id": name,
            "criterion": found["criteria"],
            "options": SCORES,
            "guidelines": "\n".join(lines),
        }

    def row(self) -> PromptRow:
        question = text_of(self.data, self.asking, self.name)
        reference = self.data.get(f"{self.prefix}reference_answer")
        if reference is not None:
            reference = text_of(self.data, f"{self.prefix}reference_answer", self.name)
        system = self.data.get("system_prompt") if self.rubric is not self.data else None
        turns = [{"role": "user", "content": question}]
        if system:
            turns.insert(0, {"role": "system", "content": text_of(self.data, "system_prompt", self.name)})
        criterion = self.criterion("c01")
        made = {
            "id": rubric_id(
                "prometheus", self.data.get("id"), criterion["criterion"] + criterion["guidelines"]
            ),
            "criteria": [criterion],
        }
        taken = {self.asking, f"{self.prefix}reference_answer", "score_rubric"}
        taken |= {f"{self.prefix}{key}" for key in _KEYS} | ({"system_prompt"} if system else set())
        return PromptRow(
            id=row_id(self.data, ("id",), self.number),
            messages=tuple(turns),
            reference=reference or None,
            fields=fields_of(self.data, taken, reference or None),
            rubric=validate(Rubric, made, self.name, {}),
        )


def write(imported: Imported, suffix: str) -> Exported:
    """Write a record for each row, or for each criterion of a rubric.

    Raises:
        RubricError: A criterion has no scale of five labels, or a row another number of criteria than one.
    """
    book = Notebook()
    if imported.rubric is not None:
        note_losses(imported.rubric, (), {"options", "guidelines"}, book, "")
        records = [_plain(criterion) for criterion in imported.rubric.criteria]
    else:
        records = [_write_row(row, book) for row in imported.rows]
    if suffix in {".yaml", ".yml"}:
        text = write_yaml(records[0] if len(records) == 1 else records)
    elif suffix == ".json":
        text = json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False) + "\n"
    else:
        text = json_lines(records)
    return Exported(text, book.done())


def _write_row(row: PromptRow, book: Notebook) -> dict[str, Any]:
    if row.rubric is None or len(row.rubric.criteria) != 1:
        count = len(row.rubric.criteria) if row.rubric else 0
        raise RubricError(f"row {row.id!r} has {count} criteria; a record of Prometheus has one")
    note_losses(row.rubric, (), {"options", "guidelines"}, book, of_row(row))
    return {
        **({} if row.id.startswith("line-") else {"id": row.id}),
        "instruction": one_text(row, book),
        "reference_answer": row.reference or "",
        **_plain(row.rubric.criteria[0]),
        **other_fields(row, {"instruction", "reference_answer", *_KEYS}),
    }


def _plain(criterion: Criterion) -> dict[str, str]:
    options = criterion.options or ()
    labels = [option.label for option in sorted(options, key=lambda option: option.value or 0.0)]
    if len(labels) != len(SCORES) or any(option.na for option in options):
        place = of_criterion("", criterion)
        raise RubricError(
            f"criterion {place!r} cannot be written for Prometheus, which needs a scale of five labels"
        )
    _, *parts = _GUIDELINE.split(criterion.guidelines)
    described = dict(zip(parts[::2], (part.removesuffix("\n") for part in parts[1::2]), strict=True))
    texts = [described.get(score, label) for score, label in zip(SCORES, labels, strict=True)]
    return {"criteria": criterion.criterion, **dict(zip(_DESCRIPTIONS, texts, strict=True))}


def _sniff(record: Mapping[str, Any]) -> bool:
    inner = record.get("score_rubric")
    held = inner if isinstance(inner, dict) else record
    return "score1_description" in held or "orig_score1_description" in held


PROMETHEUS = Format("prometheus", "Prometheus", (".json", ".jsonl", ".yaml", ".yml"), _sniff, read, write)
