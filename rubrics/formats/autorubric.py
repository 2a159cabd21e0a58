"""autorubric and ``rubric`` files: a list of weighted requirements, in sections or not, as YAML or JSON.

Source: PyPI ``autorubric`` 1.6.1, ``types.py`` (``Criterion``, ``CriterionOption``) and ``rubric.py``; PyPI ``rubric``
2.2.0, ``rubric.py``, whose criteria have ``weight`` and ``requirement`` alone. A list, or a mapping with ``rubric``,
``sections`` or ``criteria`` (the first of them that is there), and ``guidelines``. A criterion with a negative weight
takes away what is met, so meeting is the fault. An ``na`` option's value says nothing in either and is left out.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import note_losses, number, of_criterion, only_rubric
from rvpo.rubrics.formats.importing import identifier, identifiers
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.formats.yaml_writer import write_yaml
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.schema import Record as Checked
from rvpo.rubrics.schema.base import Flag, Number, Text
from rvpo.rubrics.wording import shown

DEFAULT_WEIGHT = 10.0

_KNOWN = frozenset({"name", "requirement", "weight", "options", "scale_type", "aggregation"})


class _Option(Checked):
    label: Text
    value: Number
    na: Flag = False


class _Item(Checked):
    model_config = ConfigDict(extra="ignore")

    name: str | None = None
    requirement: Text
    weight: Number = DEFAULT_WEIGHT
    options: Annotated[tuple[_Option, ...], Field(min_length=2)] | None = None
    scale_type: Literal["ordinal", "nominal"] = "ordinal"
    aggregation: str | None = None


class _File(Checked):
    criteria: Annotated[tuple[_Item, ...], Field(min_length=1)]


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read one rubric.

    Raises:
        SourceError: The file does not hold such a rubric.
    """
    book = Notebook()
    document = [record.data for record in source.records()] if source.is_lines() else source.document()[0]
    entries, guidelines = _entries(document, source.name)
    items = list(_items(entries, source.name, book))
    checked = validate(_File, {"criteria": items}, source.name, {}).criteria
    for index, (raw, item) in enumerate(zip(items, checked, strict=True)):
        place = f"criteria[{index}]"
        for key in sorted(raw.keys() - _KNOWN):
            book.lost(place, f"the key {key}, which autorubric does not read either")
        if item.aggregation is not None:
            book.lost(place, f"aggregation {item.aggregation}: how several judges' answers are joined")
    names = identifiers(item.name for item in checked)
    data = {
        "id": identifier(source.path.stem) or "rubric",
        "guidelines": guidelines,
        "criteria": [_criterion(item, name, book) for item, name in zip(checked, names, strict=True)],
    }
    return Imported(rubric=validate(Rubric, data, source.name, {}), notes=book.done())


def _entries(document: object, name: str) -> tuple[list[Any], str]:
    """The list of criteria and sections, and the guidelines, which may stand beside or inside ``rubric``."""
    guidelines: object = None
    inner, place = document, ""
    for _ in range(2):
        if not isinstance(inner, dict):
            break
        guidelines = inner.get("guidelines") if guidelines is None else guidelines
        key = next((key for key in ("rubric", "sections", "criteria") if key in inner), None)
        if key is None:
            keys = ", ".join(map(str, inner))
            raise SourceError.at(
                name, None, f"none of the keys rubric, sections and criteria; there are: {keys}"
            )
        inner, place = inner[key], key
    if not isinstance(inner, list) or not inner:
        got = f"{place}: got {shown(inner)}" if place else f"got {shown(inner)}"
        raise SourceError.at(name, None, f"{got}, should be a list of criteria or sections")
    if guidelines is not None and not isinstance(guidelines, str):
        raise SourceError.at(name, None, f"guidelines: got {shown(guidelines)}, should be text")
    return inner, (guidelines or "").strip()


def _items(entries: list[Any], name: str, book: Notebook) -> Iterator[dict[str, Any]]:
    """The criteria, out of their sections."""
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            text = f"criteria[{index}]: got {shown(entry)}, should be a criterion or a section"
            raise SourceError.at(name, None, text)
        if "criteria" not in entry:
            yield entry
            continue
        if not isinstance(entry["criteria"], list) or not all(
            isinstance(each, dict) for each in entry["criteria"]
        ):
            text = f"sections[{index}].criteria: got {shown(entry['criteria'])}, should be a list of criteria"
            raise SourceError.at(name, None, text)
        beside = [f"{key} {shown(value)}" for key, value in entry.items() if key != "criteria"]
        if beside:
            book.lost(f"sections[{index}]", f"what the section says of itself: {', '.join(beside)}")
        yield from entry["criteria"]


def _criterion(item: _Item, name: str, book: Notebook) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": name,
        "criterion": item.requirement,
        "points": item.weight,
        "polarity": "met_is_bad" if item.weight < 0 else "met_is_good",
    }
    if item.options is not None:
        data["scale"] = item.scale_type
        values = [option.value for option in item.options if not option.na]
        if item.scale_type == "ordinal" and values not in (
            sorted(set(values)),
            sorted(set(values), reverse=True),
        ):
            data["scale"] = "nominal"
            book.add(name, "scale nominal: the options' values neither rise nor fall from one to the next")
        data["options"] = [
            {"label": option.label, "na": True}
            if option.na
            else {"label": option.label, "value": option.value}
            for option in item.options
        ]
    return data


def write(imported: Imported, suffix: str) -> Exported:
    """Write one rubric for autorubric.

    Raises:
        RubricError: The rows have different rubrics.
    """
    rubric, book = only_rubric(imported, "autorubric"), Notebook()
    said = {"points", "polarity", "options", "scale"}
    note_losses(rubric, {"guidelines"}, said, book, "")
    items = [_item(criterion, book) for criterion in rubric.criteria]
    data: Any = {"guidelines": rubric.guidelines, "criteria": items} if rubric.guidelines.strip() else items
    return Exported(_written(data, suffix), book.done())


def write_plain(imported: Imported, suffix: str) -> Exported:
    """Write one rubric for the package ``rubric``: weights and requirements.

    Raises:
        RubricError: The rows have different rubrics.
    """
    rubric, book = only_rubric(imported, "rubric"), Notebook()
    note_losses(rubric, (), {"points", "polarity"}, book, "")
    if any(criterion.id != f"c{place:02d}" for place, criterion in enumerate(rubric.criteria, start=1)):
        book.lost(f"rubric {rubric.id}", "the ids of its criteria, which have no names there")
    items = [_item(criterion, book) for criterion in rubric.criteria]
    data = [{"weight": item["weight"], "requirement": item["requirement"]} for item in items]
    return Exported(_written(data, suffix), book.done())


def _item(criterion: Criterion, book: Notebook) -> dict[str, Any]:
    if (criterion.polarity == "met_is_bad") != (criterion.points < 0) and criterion.points:
        book.lost(
            of_criterion("", criterion), f"polarity {criterion.polarity} with {criterion.points:g} points"
        )
    item: dict[str, Any] = {"name": criterion.id}
    item |= {"weight": number(criterion.points), "requirement": criterion.criterion}
    if criterion.options is not None:
        item["scale_type"] = criterion.scale
        item["options"] = [
            {
                "label": option.label,
                "value": number(option.value or 0.0),
                **({"na": True} if option.na else {}),
            }
            for option in criterion.options
        ]
    return item


def _written(data: Any, suffix: str) -> str:
    if suffix == ".json":
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return write_yaml(data)


def _sniff(record: Mapping[str, Any]) -> bool:
    return any("requirement" in item and not _is_plain(item) for item in _requirements(record))


def _sniff_plain(record: Mapping[str, Any]) -> bool:
    found = list(_requirements(record))
    return bool(found) and all(_is_plain(item) for item in found) and "guidelines" not in record


def _is_plain(item: Mapping[str, Any]) -> bool:
    return set(item) <= {"weight", "requirement"} and "weight" in item


def _requirements(record: Any, depth: int = 3) -> Iterator[Mapping[str, Any]]:
    if isinstance(record, dict) and "requirement" in record:
        yield record
    elif isinstance(record, dict) and depth:
        for key in ("rubric", "sections", "criteria"):
            yield from _requirements(record.get(key), depth)
    elif isinstance(record, list) and depth:
        for item in record:
            yield from _requirements(item, depth - 1)


AUTORUBRIC = Format("autorubric", "autorubric", (".yaml", ".yml", ".json"), _sniff, read, write)
RUBRIC = Format("rubric", "the package rubric", (".yaml", ".yml", ".json"), _sniff_plain, read, write_plain)
