"""What pydantic found wrong, in the words of the file's author: place, value, what was allowed, nearest spelling.

Pydantic's own places name union members (``rule.regex.pattern``) that the author never wrote; walking the data
beside the place drops them. Pure.
"""

import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.wording import clipped, hint, nearest, shown
from rvpo.rubrics.yaml_values import Path

Model = TypeVar("Model", bound=BaseModel)


class Complaint(NamedTuple):
    """One thing wrong at one place of the data."""

    place: Path
    at: Path
    """Where to look: the place, or the unknown key itself."""
    text: str

    def sentence(self) -> str:
        """The place and what is wrong there, for instance ``criteria[2].points: got "ten", ...``."""
        place = written(self.place)
        return f"{place}: {self.text}" if place else self.text


def validate(model: type[Model], data: object, name: str, lines: Mapping[Path, int]) -> Model:
    """Make a record of plain data.

    Args:
        model: The record's class.
        data: Plain values, as read from YAML or JSON.
        name: What errors call the source.
        lines: Line of each path that has one; ``()`` stands for all that have none.

    Raises:
        SourceError: The first complaint in file order, and how many more there are.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = sorted(complaints(error, model, data), key=lambda each: _line(lines, each.at) or 0)
    first, *others = found
    more = f" (and {len(others)} more)" if others else ""
    raise SourceError.at(name, _line(lines, first.at), first.sentence() + more)


def complaints(error: ValidationError, model: type[BaseModel], data: object) -> list[Complaint]:
    """Put every error in words, one a place: the first word on a value decides, the rest would repeat it.

    Where something inside a value is wrong, what pydantic says of the value itself only follows from that.
    """
    details = error.errors(include_url=False)
    unknown = {_place(item, data) for item in details if item["type"] == "extra_forbidden"}
    result: dict[Path, Complaint] = {}
    for item in details:
        place = _place(item, data)
        if item["type"] == "missing" and _is_misspelt(place, unknown):
            continue
        allowed = _allowed_keys(model, item["loc"][:-1]) if place in unknown else []
        about_key = place in unknown or item["type"] == "missing"
        complaint = Complaint(place[:-1] if about_key else place, place, _words(item, allowed))
        result.setdefault(place, complaint)
    around = {place[:length] for place in result for length in range(len(place))}
    return [complaint for place, complaint in result.items() if place not in around]


def written(place: Path) -> str:
    """A path as an author would write it: ``criteria[2].polarity``."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{clipped(step, 40)}" for step in place)
    return "".join(parts).removeprefix(".")


def _words(item: ErrorDetails, allowed_keys: Sequence[str]) -> str:
    got, context = shown(item["input"]), item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            key = item["loc"][-1]
            listed = f"; allowed: {', '.join(allowed_keys)}" if allowed_keys else ""
            text = f"unknown key {shown(key)}{listed}{hint(key, allowed_keys)}"
        case "missing":
            text = f"the key {item['loc'][-1]} is missing"
        case "literal_error" | "enum":
            options = _quoted(str(context["expected"]))
            text = f"got {got}, allowed {' | '.join(options)}{hint(item['input'], options)}"
        case "union_tag_invalid":
            options = _quoted(str(context["expected_tags"]))
            text = f"got kind {shown(context['tag'])}, allowed {' | '.join(options)}{hint(context['tag'], options)}"
        case "value_error":
            text = str(context["error"])
        case "model_type" | "dict_type" | "mapping_type" | "model_attributes_type":
            text = f"got {got}, should be a mapping of keys"
        case "list_type" | "tuple_type" | "sequence_type":
            text = f"got {got}, should be a list"
        case "string_type":
            text = f"got {got}, should be text; put it in quotes"
        case _:
            message = item["msg"].removeprefix("Input ")
            text = f"got {got}, {message[:1].lower()}{message[1:]}"
    return text


def _quoted(options: str) -> list[str]:
    """Pydantic writes options as ``'a', 'b' or 'c'``."""
    return re.findall(r"'([^']*)'", options) or [options]


def _line(lines: Mapping[Path, int], place: Path) -> int | None:
    """The line of the place, or of the nearest thing around it."""
    around = (place[:length] for length in range(len(place), -1, -1))
    return next((lines[path] for path in around if path in lines), None)


def _place(item: ErrorDetails, data: Any) -> Path:
    """The part of pydantic's place that the data has; a missing key belongs to it too."""
    place: list[str | int] = []
    for step in item["loc"]:
        if _has(data, step):
            data = data[step]
            place.append(step)
    return (*place, item["loc"][-1]) if item["type"] == "missing" else tuple(place)


def _has(data: object, step: str | int) -> bool:
    if isinstance(data, list | tuple):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, Mapping) and step in data


def _is_misspelt(missing: Path, unknown: Iterable[Path]) -> bool:
    """Whether an unknown key beside the missing one looks like it; then the complaint about that key says it all."""
    beside = [str(path[-1]) for path in unknown if path[:-1] == missing[:-1]]
    return any(nearest(key, [str(missing[-1])]) for key in beside)


def _allowed_keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys of the record at a pydantic place, union members included."""
    here: list[Any] = [model]
    for step in loc:
        here = [found for annotation in here for found in _inside(annotation, step)]
    records = [record for annotation in here for record in _records(annotation)]
    return sorted({key for record in records for key in record.model_fields})


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """What stands under a key, an index or a union tag."""
    records = list(_records(annotation))
    tagged = [record for record in records if step in _tags(record)] if len(records) > 1 else []
    if tagged:
        yield from tagged
        return
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            if step in member.model_fields:
                yield member.model_fields[str(step)].annotation
        elif isinstance(container := get_origin(member), type):
            yield get_args(member)[-1 if issubclass(container, Mapping) else 0]


def _records(annotation: Any) -> Iterator[type[BaseModel]]:
    return (m for m in _members(annotation) if isinstance(m, type) and issubclass(m, BaseModel))


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _tags(record: type[BaseModel]) -> set[object]:
    """What pydantic may call a member of a union: a literal of its discriminator, or its class."""
    literals = (f.annotation for f in record.model_fields.values() if get_origin(f.annotation) is Literal)
    return {record.__name__, *(tag for literal in literals for tag in get_args(literal))}
