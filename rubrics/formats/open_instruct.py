"""open-instruct and DR-Tulu rows: a question with weighted rubrics, at the top or as JSON text in ``ground_truth``.

Source: ``allenai/open-instruct``, ``open_instruct/ground_truth_utils.py`` (``RubricVerifier``),
``rubrics/rubric_utils.py`` and ``rubrics/prompts.py``: {``query`` or ``Question``, ``rubrics`` [{``description``,
``title``, ``weight``}], ``rubrics_types`` [``persistent`` | ``evolving``]}; a description may be called
``rubric_item`` or ``Ingredient``. Their judge gives 0 to 2 points, which is a numeric scale here. A negative weight
takes away what is met, so meeting is the fault. Their score divides by the weights' absolute values and ours by the
positive ones: the same but where weights are negative.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, ConfigDict, Field

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import (
    json_lines,
    note_losses,
    number,
    of_criterion,
    of_row,
    one_text,
    other_fields,
    rows_with_rubrics,
)
from rvpo.rubrics.formats.importing import fields_of, identifiers, messages_of, row_id, rubric_id, text_of
from rvpo.rubrics.formats.source import Record, Source
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.reading.strict_json import parse_json
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.schema import Record as Checked
from rvpo.rubrics.schema.base import Number, Text
from rvpo.rubrics.schema.scale import Range
from rvpo.rubrics.wording import shown

SCALE = Range(min=0.0, max=2.0)
"""What their judge may give."""

_QUESTION = ("query", "Question")
_TAKEN = (*_QUESTION, "messages", "rubrics", "rubrics_types", "ground_truth")
_PROVENANCE = "open-instruct, Ai2"


class _Item(Checked):
    model_config = ConfigDict(populate_by_name=True)

    title: str = ""
    description: Annotated[
        Text, Field(validation_alias=AliasChoices("description", "rubric_item", "Ingredient"))
    ]
    weight: Number = 1.0


class _Label(Checked):
    model_config = ConfigDict(extra="ignore")

    rubrics: Annotated[tuple[_Item, ...], Field(min_length=1)]
    rubrics_types: tuple[Text, ...] | None = None


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read questions with their rubrics.

    Raises:
        SourceError: A row is wrong.
    """
    book = Notebook()
    rows = tuple(_read_row(record, book) for record in source.records())
    return Imported(rows, notes=book.done())


def _read_row(record: Record, book: Notebook) -> PromptRow:
    data, place = record.data, record.place or "row 1"
    label = _label(record)
    checked = validate(_Label, label, record.name, {})
    types = checked.rubrics_types or ("",) * len(checked.rubrics)
    if len(types) != len(checked.rubrics):
        text = f"rubrics_types: got {len(types)} of them, should be one for each of {len(checked.rubrics)} rubrics"
        raise SourceError.at(record.name, None, text)
    if any(item.weight < 0 for item in checked.rubrics):
        book.add(place, "negative weights: their score divides by all weights, ours by the positive ones")
    question = next(
        (text_of(label, key, record.name) for key in _QUESTION if label.get(key) is not None), None
    )
    messages = _messages(data, question, record.name)
    names = identifiers(item.title for item in checked.rubrics)
    rubric = {
        "id": rubric_id(
            "open-instruct", data.get("id"), "\n".join(item.description for item in checked.rubrics)
        ),
        "criteria": [
            {
                "id": name,
                "criterion": item.description,
                "points": item.weight,
                "polarity": "met_is_bad" if item.weight < 0 else "met_is_good",
                "range": SCALE,
                "tags": (f"type:{kind}",) if kind else (),
            }
            for item, name, kind in zip(checked.rubrics, names, types, strict=True)
        ],
        "provenance": _PROVENANCE,
    }
    return PromptRow(
        id=row_id(data, ("id",), record.number),
        messages=messages,
        fields=fields_of({**_beside(label), **data}, _TAKEN, None),
        rubric=validate(Rubric, rubric, record.name, {}),
    )


def _label(record: Record) -> dict[str, Any]:
    """The mapping that holds the rubrics: the row, or what its ground truth spells, alone or first in a list."""
    truth = record.data.get("ground_truth")
    if truth is None:
        return record.data
    text = truth[0] if isinstance(truth, list) and len(truth) == 1 else truth
    if isinstance(text, dict):
        return text
    if not isinstance(text, str):
        raise SourceError.at(record.name, None, f"ground_truth: got {shown(truth)}, should be JSON text")
    try:
        label = parse_json(text)
    except ValueError as error:
        raise SourceError.at(record.name, None, f"ground_truth: {error}") from None
    if not isinstance(label, dict):
        raise SourceError.at(
            record.name, None, f"ground_truth: got {shown(label)}, should be an object in braces"
        )
    return label


def _beside(label: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in label.items() if key not in _TAKEN}


def _messages(data: Mapping[str, Any], question: str | None, name: str) -> tuple[Mapping[str, str], ...]:
    for key in ("messages", "prompt"):
        if isinstance(data.get(key), list):
            turns = messages_of(data[key], key, name)
            return turns[:-1] if turns[-1]["role"] == "assistant" and len(turns) > 1 else turns
    text = data["prompt"] if isinstance(data.get("prompt"), str) else question
    if text is None:
        raise SourceError.at(name, None, "there is no question: neither query nor messages")
    return ({"role": "user", "content": text},)


def write(imported: Imported, _suffix: str) -> Exported:
    """Write rows with ``messages``, ``ground_truth`` (JSON text) and ``dataset: rubric``.

    Raises:
        RubricError: There are no prompts, or one has no rubric.
    """
    book = Notebook()
    rows = [_write_row(row, rubric, book) for row, rubric in rows_with_rubrics(imported, "open_instruct")]
    return Exported(json_lines(rows), book.done())


def _write_row(row: PromptRow, rubric: Rubric, book: Notebook) -> dict[str, Any]:
    place = of_row(row)
    plain = rubric.model_copy(update={"provenance": ""}) if rubric.provenance == _PROVENANCE else rubric
    note_losses(plain, (), {"points", "polarity", "range", "tags"}, book, place)
    if row.reference is not None:
        book.lost(place, "the reference")
    types = [_type(criterion) for criterion in rubric.criteria]
    label: dict[str, Any] = {
        "query": one_text(row, Notebook()),
        "rubrics": [_write_item(criterion, place, book) for criterion in rubric.criteria],
    }
    if any(types):
        label["rubrics_types"] = [kind or "persistent" for kind in types]
    named = {} if row.id.startswith("line-") else {"id": row.id}
    return {
        **named,
        "messages": [dict(turn) for turn in row.messages],
        "ground_truth": json_lines([label]).rstrip("\n"),
        "dataset": "rubric",
        **other_fields(row, {"dataset"}),
    }


def _write_item(criterion: Criterion, place: str, book: Notebook) -> dict[str, Any]:
    here = of_criterion(place, criterion)
    if (criterion.polarity == "met_is_bad") != (criterion.points < 0) and criterion.points:
        book.lost(here, f"polarity {criterion.polarity} with {criterion.points:g} points")
    others = [tag for tag in criterion.tags if not tag.startswith("type:")]
    if others:
        book.lost(here, f"the tags {', '.join(others)}")
    if criterion.range != SCALE:
        book.lost(here, "its scale: their judge gives 0 to 2")
    return {
        "description": criterion.criterion,
        "weight": number(criterion.points),
        "title": criterion.id.replace("_", " "),
    }


def _type(criterion: Criterion) -> str:
    return next((tag.removeprefix("type:") for tag in criterion.tags if tag.startswith("type:")), "")


def _sniff(record: Mapping[str, Any]) -> bool:
    truth, items = record.get("ground_truth"), record.get("rubrics")
    if isinstance(truth, list) and truth:
        truth = truth[0]
    in_text = isinstance(truth, str) and truth.lstrip().startswith("{") and '"rubrics"' in truth
    first = items[0] if isinstance(items, list) and items else {}
    named = isinstance(first, dict) and not {"description", "rubric_item", "Ingredient"}.isdisjoint(first)
    return in_text or (isinstance(truth, dict) and "rubrics" in truth) or named


OPEN_INSTRUCT = Format(
    "open_instruct", "open-instruct and DR-Tulu rows", (".jsonl", ".json"), _sniff, read, write
)
