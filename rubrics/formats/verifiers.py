"""Rubric files of verifiers' rubric judge: criteria with ordered choices, as TOML or JSON.

Source: PyPI ``verifiers`` 0.4.0, ``verifiers/v1/judges/rubric.py``: ``criteria`` [{``name``, ``text``, ``weight`` >= 0,
``choices``}], or the bare list; the first choice is worth 0, the last 1, the others evenly between, as our labels are.
``["no", "yes"]``, the default, is a plain criterion here and ``["yes", "no"]`` one whose meeting is the fault. There
are no negative weights: on the way out a fault that costs points becomes one that earns them by its absence.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from rvpo.rubrics.errors import RubricError, SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import note_losses, number, of_criterion, only_rubric
from rvpo.rubrics.formats.importing import identifier, identifiers
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.schema import Record as Checked
from rvpo.rubrics.schema.base import Text, first_repeated
from rvpo.rubrics.wording import shown

GOOD_CHOICES, BAD_CHOICES = ("no", "yes"), ("yes", "no")

_KNOWN = frozenset({"name", "text", "weight", "choices"})


class _Item(Checked):
    model_config = ConfigDict(extra="ignore")

    name: Text
    text: Text
    weight: Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)] = 1.0
    choices: Annotated[tuple[Text, ...], Field(min_length=2)] = GOOD_CHOICES


class _File(Checked):
    criteria: Annotated[tuple[_Item, ...], Field(min_length=1)]


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read one rubric.

    Raises:
        SourceError: The file does not hold such a rubric.
    """
    book = Notebook()
    document = source.document()[0]
    items = document.get("criteria") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise SourceError.at(source.name, None, f"criteria: got {shown(items)}, should be a list")
    checked = validate(_File, {"criteria": items}, source.name, {}).criteria
    if twice := first_repeated(item.name for item in checked):
        raise SourceError.at(source.name, None, f"criteria: the name {shown(twice)} occurs twice")
    names = identifiers(item.name for item in checked)
    for raw, item, name in zip(items, checked, names, strict=True):
        if item.name != name:
            book.lost(name, f"the name {shown(item.name)}, which can be no id")
        for key in sorted(raw.keys() - _KNOWN):
            book.lost(name, f"the key {key}, which verifiers does not read either")
    data = {
        "id": identifier(source.path.stem) or "rubric",
        "criteria": [_criterion(item, name) for item, name in zip(checked, names, strict=True)],
    }
    return Imported(rubric=validate(Rubric, data, source.name, {}), notes=book.done())


def _criterion(item: _Item, name: str) -> dict[str, Any]:
    data: dict[str, Any] = {"id": name, "criterion": item.text, "points": item.weight}
    if item.choices == BAD_CHOICES:
        data["polarity"] = "met_is_bad"
    elif item.choices != GOOD_CHOICES:
        data["options"] = item.choices
    return data


def write(imported: Imported, suffix: str) -> Exported:
    """Write one rubric, as JSON for ``.json`` and as TOML otherwise.

    Raises:
        RubricError: The rows have different rubrics, or no criterion has points.
    """
    rubric, book = only_rubric(imported, "verifiers"), Notebook()
    if not any(criterion.points for criterion in rubric.criteria):
        raise RubricError(
            f"rubric {rubric.id!r}: every criterion has 0 points; verifiers needs a weight above 0"
        )
    note_losses(rubric, (), {"points", "polarity", "options", "scale"}, book, "")
    items = [_item(criterion, book) for criterion in rubric.criteria]
    if suffix == ".json":
        return Exported(json.dumps({"criteria": items}, indent=2, ensure_ascii=False) + "\n", book.done())
    return Exported("\n".join(map(_toml, items)), book.done())


def _item(criterion: Criterion, book: Notebook) -> dict[str, Any]:
    place, is_bad = of_criterion("", criterion), criterion.polarity == "met_is_bad"
    choices = list(BAD_CHOICES if is_bad else GOOD_CHOICES)
    if criterion.options is not None:
        real = [option for option in criterion.options if not option.na]
        ranked = sorted(real, key=lambda option: option.value or 0.0)
        even = [rank / (len(ranked) - 1) for rank in range(len(ranked))]
        if any(abs((option.value or 0.0) - value) > 1e-6 for option, value in zip(ranked, even, strict=True)):
            book.lost(place, "the options' values: choices are evenly spaced from 0 to 1")
        if len(real) < len(criterion.options):
            book.lost(place, "the n/a option")
        choices = [option.label for option in (reversed(ranked) if is_bad else ranked)]
    if criterion.points < 0:
        book.lost(place, f"{criterion.points:g} points: now {-criterion.points:g} for its absence")
    return {
        "name": criterion.id,
        "text": criterion.criterion,
        "weight": number(abs(criterion.points)),
        "choices": choices,
    }


def _toml(item: Mapping[str, Any]) -> str:
    lines = ["[[criteria]]", f"name = {_quoted(item['name'])}", f"text = {_quoted(item['text'])}"]
    lines.append(f"weight = {item['weight']!r}")
    if tuple(item["choices"]) != GOOD_CHOICES:
        lines.append(f"choices = [{', '.join(map(_quoted, item['choices']))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; it escapes as JSON does, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _sniff(record: Mapping[str, Any]) -> bool:
    items = record.get("criteria")
    first = items[0] if isinstance(items, list) and items else record
    return isinstance(first, dict) and "text" in first and "name" in first


VERIFIERS = Format("verifiers", "verifiers' rubric judge", (".toml", ".json"), _sniff, read, write)
