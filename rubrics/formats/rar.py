"""Rubrics as Rewards (Scale AI, arXiv 2507.17746): a question a row, with a rubric of titled, weighted criteria.

Source: the cards of the data sets ``ScaleAI/RaR-Medicine`` and ``ScaleAI/RaR-Science``: ``question``,
``reference_answer``, ``question_source``, ``rubric`` [{``title``, ``description``, ``weight``}], ``rubric_list``,
``rubric_count``. A description starts with its category ("Essential Criteria: ..."), which becomes a tag. Points are
the stored weights; the score is by category (``normalise: rar``). A pitfall's polarity is told from its wording (see
``pitfalls.py``); one that may be meant either way is noted and, by default, taken as a fault, as its negative
weight says. ``rubric_list`` and ``rubric_count`` only repeat the rubric and are made anew on the way out.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field

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
from rvpo.rubrics.formats.importing import fields_of, identifiers, row_id, rubric_id, text_of
from rvpo.rubrics.formats.pitfalls import Polarity, pitfall_polarity
from rvpo.rubrics.formats.source import Record, Source
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.schema import Record as Checked
from rvpo.rubrics.schema.base import Number, Text
from rvpo.rubrics.wording import clipped, nearest, shown

CATEGORIES = ("essential", "important", "optional", "pitfall")

_PREFIX = re.compile(r"\s*([A-Za-z]+)\s+criteri(?:a|on)\s*:\s*", re.IGNORECASE)
_PROVENANCE = "Rubrics as Rewards, Scale AI"
_TAKEN = ("question", "reference_answer", "rubric_list", "rubric_count")


class _Item(Checked):
    title: str = ""
    description: Text
    weight: Number


class _Rows(Checked):
    model_config = ConfigDict(extra="ignore")

    rubric: Annotated[tuple[_Item, ...], Field(min_length=1)]


def read(source: Source, ambiguous: Ambiguous) -> Imported:
    """Read questions with their rubrics.

    Raises:
        SourceError: A row is wrong; or, with ``ambiguous`` "error", a pitfall may be meant either way.
    """
    book = Notebook()
    rows = tuple(_Row(record, ambiguous, book).row() for record in source.records())
    return Imported(rows, notes=book.done())


class _Row:
    """One row being read."""

    def __init__(self, record: Record, ambiguous: Ambiguous, book: Notebook) -> None:
        self.data, self.name, self.number = record.data, record.name, record.number
        self.place = record.place or "row 1"
        self.items = validate(_Rows, record.data, record.name, record.lines).rubric
        self.ambiguous: Ambiguous = ambiguous
        self.book = book

    def row(self) -> PromptRow:
        data, count = self.data, len(self.items)
        question = text_of(data, "question", self.name)
        given = data.get("reference_answer") is not None
        reference = (text_of(data, "reference_answer", self.name) if given else "") or None
        if data.get("rubric_count", count) != count:
            said = shown(data["rubric_count"])
            self.book.add(self.place, f"rubric_count is {said}, the rubric has {count} criteria")
        rubric = {
            "id": rubric_id(
                "rar", data.get("id"), question + "\n".join(item.description for item in self.items)
            ),
            "criteria": list(self.criteria()),
            "aggregate": {"normalise": "rar"},
            "provenance": _PROVENANCE,
        }
        return PromptRow(
            id=row_id(data, ("id", "uid"), self.number),
            messages=({"role": "user", "content": question},),
            reference=reference,
            fields=fields_of(data, _TAKEN, reference),
            rubric=validate(Rubric, rubric, self.name, {}),
        )

    def criteria(self) -> Iterator[dict[str, object]]:
        names = identifiers(item.title for item in self.items)
        for index, (item, name) in enumerate(zip(self.items, names, strict=True)):
            here = f"rubric[{index}]"
            category, text = _category(item, f"{self.place}: {here}", self.book)
            if item.title and item.title != name.replace("_", " "):
                self.book.lost(f"{self.place}: {here}", f"the title {shown(item.title)}, now the id {name}")
            yield {
                "id": name,
                "criterion": text,
                "points": item.weight,
                "polarity": self.polarity(category, item, text, here),
                "tags": (f"category:{category}",),
            }

    def polarity(self, category: str, item: _Item, text: str, here: str) -> Polarity:
        if category != "pitfall" and item.weight >= 0:
            return "met_is_good"
        if told := pitfall_polarity(text):
            return told
        taken = self.ambiguous
        if taken == "error":
            wanted = "may be meant either way; say how to take such a pitfall: met_is_bad | met_is_good"
            raise SourceError.at(self.name, None, f"{here}.description: got {shown(text)}, which {wanted}")
        place = f"{self.place}: {here}"
        self.book.add(place, f"may be meant either way, taken as {taken}: {text}", "ambiguous")
        return taken


def _category(item: _Item, place: str, book: Notebook) -> tuple[str, str]:
    """The category that the description says, or that the weight is usual for; and the description without it."""
    prefix = _PREFIX.match(item.description)
    word = prefix[1].casefold() if prefix else ""
    rest = item.description[prefix.end() :] if prefix else ""
    text = rest if rest.strip() else item.description
    if word in CATEGORIES:
        return word, text
    if word and (near := nearest(word, CATEGORIES)) and near[:3] == word[:3]:
        book.add(place, f"category {clipped(word)} taken for {near}")
        return near, text
    by_weight = _by_weight(item.weight)
    book.add(place, f"no category of the four; by its weight {item.weight:g} taken for {by_weight}")
    return by_weight, item.description


def _by_weight(weight: float) -> str:
    return (
        "pitfall"
        if weight < 0
        else "essential"
        if weight >= 5
        else "important"
        if weight >= 3
        else "optional"
    )


def write(imported: Imported, _suffix: str) -> Exported:
    """Write rows of Rubrics as Rewards.

    Raises:
        RubricError: There are no prompts, or one has no rubric.
    """
    book = Notebook()
    rows = [_write_row(row, rubric, book) for row, rubric in rows_with_rubrics(imported, "rar")]
    return Exported(json_lines(rows), book.done())


def _write_row(row: PromptRow, rubric: Rubric, book: Notebook) -> dict[str, Any]:
    place = of_row(row)
    plain = rubric.model_copy(update={"provenance": ""}) if rubric.provenance == _PROVENANCE else rubric
    if rubric.aggregate.normalise == "rar":
        plain = plain.model_copy(
            update={"aggregate": rubric.aggregate.model_copy(update={"normalise": "healthbench"})}
        )
    note_losses(plain, (), {"points", "polarity", "tags"}, book, place)
    items = [_write_item(criterion, place, book) for criterion in rubric.criteria]
    named = {} if row.id.startswith("line-") else {"id": row.id}
    return {
        **named,
        "question": one_text(row, book),
        "reference_answer": row.reference or "",
        **other_fields(row, ()),
        "rubric": items,
        "rubric_list": [item["description"] for item in items],
        "rubric_count": len(items),
    }


def _write_item(criterion: Criterion, place: str, book: Notebook) -> dict[str, Any]:
    here = of_criterion(place, criterion)
    said = [tag.removeprefix("category:") for tag in criterion.tags if tag.startswith("category:")]
    others = [tag for tag in criterion.tags if not tag.startswith("category:")]
    if others:
        book.lost(here, f"the tags {', '.join(others)}")
    category = said[0] if said and said[0] in CATEGORIES else _by_weight(criterion.points)
    if category not in said:
        book.add(here, f"no category; by its points {criterion.points:g} written as {category}")
    is_told = category == "pitfall" or criterion.points < 0
    told = pitfall_polarity(criterion.criterion) if is_told else "met_is_good"
    if told != criterion.polarity:
        book.lost(here, f"polarity {criterion.polarity}, which its wording does not tell")
    return {
        "title": criterion.id.replace("_", " "),
        "description": f"{category.capitalize()} Criteria: {criterion.criterion}",
        "weight": number(criterion.points),
    }


def _sniff(record: Mapping[str, Any]) -> bool:
    items = record.get("rubric")
    first = items[0] if isinstance(items, list) and items else {}
    return "question" in record and isinstance(first, dict) and "description" in first


RAR = Format("rar", "Rubrics as Rewards rows", (".jsonl", ".json"), _sniff, read, write)
