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

from rvpo.rubrics.errors import FaultWithin, SourceError
from rvpo.rubrics.reading.synonyms import called_here
from rvpo.rubrics.reading.yaml_values import Origin, Path
from rvpo.rubrics.wording import clipped, hint, nearest, shown

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


def validate(
    model: type[Model],
    data: object,
    name: str,
    lines: Mapping[Path, int] | Mapping[Path, Origin],
    taken: Sequence[str] = (),
) -> Model:
    """Make a record of plain data.

    Args:
        model: The record's class.
        data: Plain values, as read from YAML or JSON.
        name: What errors call the source.
        lines: Line of each path that has one, or, of data put together from several files, its origin; ``()``
            stands for all that have none.
        taken: Keys that the author may write at the top and that were taken out of ``data`` before.

    Raises:
        SourceError: The first complaint in file order, and how many more there are; ``complaints`` has all.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [(_origin(lines, each.at, name), each) for each in complaints(error, model, data, taken)]
    found.sort(key=lambda each: (each[0].name != name, each[0].line or 0))
    origin, first = found[0]
    if not found[1:]:
        raise SourceError.at(*origin, first.sentence())
    raised = SourceError.at(*origin, f"{first.sentence()} (and {len(found) - 1} more)")
    raised.complaints = tuple(str(SourceError.at(*place, each.sentence())) for place, each in found)
    raise raised


def complaints(
    error: ValidationError, model: type[BaseModel], data: object, taken: Sequence[str] = ()
) -> list[Complaint]:
    """Put every error in words, one a place: the first word on a value decides, the rest would repeat it.

    A mapping of no known kind is told the kinds, whatever else might have stood there. Where something inside a value
    is wrong, what pydantic says of the value itself only follows from that.
    """
    details = sorted(
        error.errors(include_url=False), key=lambda item: not item["type"].startswith("union_tag")
    )
    unknown = {_place(item, data, model) for item in details if item["type"] == "extra_forbidden"}
    result: dict[Path, Complaint] = {}
    for item in details:
        place = _place(item, data, model) + _deeper(item)
        if item["type"] == "missing" and _is_misspelt(place, unknown):
            continue
        allowed = _allowed_keys(model, item["loc"][:-1]) if place in unknown else []
        if place in unknown and len(place) == 1:
            allowed = sorted([*allowed, *taken])
        about_key = place in unknown or item["type"] == "missing"
        complaint = Complaint(place[:-1] if about_key else place, place, _words(item, allowed))
        result.setdefault(place, complaint)
    around = {place[:length] for place in result for length in range(len(place))}
    return [complaint for place, complaint in result.items() if place not in around]


def _deeper(item: ErrorDetails) -> Path:
    """Where inside the value a check of the whole value found its fault, if it says so."""
    error = item.get("ctx", {}).get("error")
    return error.place if isinstance(error, FaultWithin) else ()


def written(place: Path) -> str:
    """A path as an author would write it: ``criteria[2].polarity``."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{clipped(step, 40)}" for step in place)
    return "".join(parts).removeprefix(".")


def _words(item: ErrorDetails, allowed_keys: Sequence[str]) -> str:
    got, context = shown(item["input"]), item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            text = _unknown_key(item["loc"][-1], allowed_keys)
        case "missing" | "union_tag_not_found" as kind:
            key = item["loc"][-1] if kind == "missing" else _quoted(context["discriminator"])[0]
            text = f"the key {key} is missing"
        case "literal_error" | "enum":
            options = _quoted(str(context["expected"]))
            text = f"got {got}, allowed {' | '.join(options)}{hint(item['input'], options)}"
            if item["loc"][-1] == "schema":
                text = f"got {got}, this rvpo reads {' and '.join(options)}"
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
            text = _words_on_a_value(item, got)
    return text


def _words_on_a_value(item: ErrorDetails, got: str) -> str:
    value, context = item["input"], item.get("ctx", {})
    match item["type"]:
        case "bool_type" | "bool_parsing":
            return f"got {got}, should be true or false"
        case "int_type" | "float_type" | "int_parsing" | "float_parsing" | "int_from_float":
            kind = "a number" if item["type"].startswith("float") else "a whole number"
            is_number = isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d+)?", value.strip())
            return f"got {got}, should be {kind}{'; leave the quotes out' if is_number else ''}"
        case "string_too_short" if value == "":
            return "is empty"
        case "too_short":
            return f"got {context['actual_length']} items, should be at least {context['min_length']}"
        case "string_pattern_mismatch":
            pattern, mended = context["pattern"], re.sub(r"[^\w.:\-]+", "_", str(value)).strip("_")
            would_do = f"; {mended} would do" if re.fullmatch(pattern, mended) else ""
            return f"got {got}, should match {pattern}{would_do}"
        case _:
            message = item["msg"].removeprefix("Input ").removeprefix("String ")
            return f"got {got}, {message[:1].lower()}{message[1:]}"


def _unknown_key(key: object, allowed: Sequence[str]) -> str:
    """What to write instead: this format's name for it, else the nearest spelling."""
    if name := called_here(key, allowed):
        return f"unknown key {shown(key)}; it is called {name} here"
    listed = f"; allowed: {', '.join(allowed)}" if allowed else ""
    return f"unknown key {shown(key)}{listed}{hint(key, allowed)}"


def _quoted(options: str) -> list[str]:
    """Pydantic writes options as ``'a', 'b' or 'c'``."""
    return re.findall(r"'([^']*)'", options) or [options]


def _origin(lines: Mapping[Path, int] | Mapping[Path, Origin], place: Path, name: str) -> Origin:
    """Where the place was written, or the nearest thing around it."""
    around = (place[:length] for length in range(len(place), -1, -1))
    found = next((lines[path] for path in around if path in lines), None)
    return found if isinstance(found, Origin) else Origin(name, found)


def _place(item: ErrorDetails, data: Any, model: type[BaseModel]) -> Path:
    """The part of pydantic's place that the data has; a missing key belongs to it too.

    The model is walked beside the data, as the tag of a union's member may be spelt like a key of the data.
    """
    place: list[str | int] = []
    here: list[Any] = [model]
    for step in item["loc"]:
        is_tag = bool(_tagged(here, step))
        here = [found for annotation in here for found in _inside(annotation, step)]
        if not is_tag and _has(data, step):
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
    wanted = [str(missing[-1])]
    return any(called_here(key, wanted) or nearest(key, wanted) for key in beside)


def _allowed_keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys of the record at a pydantic place, union members included."""
    here: list[Any] = [model]
    for step in loc:
        here = [found for annotation in here for found in _inside(annotation, step)]
    records = [record for annotation in here for record in _records(annotation)]
    return sorted({field.alias or key for record in records for key, field in record.model_fields.items()})


def _tagged(annotations: Iterable[Any], step: str | int) -> list[type[BaseModel]]:
    """The members that a step of pydantic's place names, where there is more than one to choose from."""
    unions = (list(_records(annotation)) for annotation in annotations)
    return [record for records in unions if len(records) > 1 for record in records if step in _tags(record)]


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """What stands under a key, an index or a union tag."""
    if tagged := _tagged([annotation], step):
        yield from tagged
        return
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield from (
                field.annotation for key, field in member.model_fields.items() if step == (field.alias or key)
            )
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
