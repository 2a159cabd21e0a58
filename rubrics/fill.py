"""Templates: ``{name}`` in a rubric's texts stands for a field of the data row. Pure.

Only names that the rubric declares under ``fields`` are replaced, so that braces of JSON or LaTeX stay what they are;
``{{name}}`` is the way to write ``{name}`` itself. One pass: what a field brings in is never looked at again.
Filled are a criterion's text, the guidelines and the texts of examples; a rule has ``expected_from`` for its settings.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rvpo.rubrics.errors import MissingField, RubricError
from rvpo.rubrics.schema import Criterion, Example, Rubric
from rvpo.rubrics.wording import clipped, hint, printable, shown


def fill_rubric(rubric: Rubric, fields: Mapping[str, Any], where: str = "the data row") -> Rubric:
    """Put a data row's fields into a rubric's texts.

    Args:
        rubric: The rubric; without ``fields`` it is returned as it is.
        fields: The row's fields: texts, numbers, or lists of them (written one a line, each after ``- ``).
        where: What errors call the row, for instance ``data.jsonl:3``.

    Returns:
        The rubric with every text filled in and no ``fields`` left.

    Raises:
        MissingField: The row lacks a field that the rubric declares; one line with the nearest that it has.
        RubricError: A field holds something else, or a text would be empty.
    """
    if not rubric.fields:
        return rubric
    texts = _texts(rubric, fields, where)
    place, pattern = f"{where}: rubric {rubric.id}", named(rubric.fields)

    def fill(text: str, what: str = "", *, needed: bool = False) -> str:
        filled = pattern.sub(lambda found: texts[found[2]] if found[2] else found[0][1:-1], text)
        if needed and not filled.strip():
            raise RubricError(printable(f"{place}: {what} is empty once its fields are filled in"))
        return filled

    def fill_criterion(criterion: Criterion) -> Criterion:
        if not any(pattern.search(text) for text in texts_of(criterion.model_dump(include=_TEXTS))):
            return criterion
        filled = {
            "criterion": fill(criterion.criterion, f"criterion {criterion.id}", needed=True),
            "guidelines": fill(criterion.guidelines),
            "examples": tuple(fill_example(example, criterion.id) for example in criterion.examples),
        }
        return criterion.model_copy(update=filled)

    def fill_example(example: Example, criterion_id: str) -> Example:
        response = fill(example.response, f"an example of criterion {criterion_id}", needed=True)
        return example.model_copy(update={"response": response, "reason": fill(example.reason)})

    criteria = tuple(fill_criterion(criterion) for criterion in rubric.criteria)
    guidelines = fill(rubric.guidelines)
    return rubric.model_copy(update={"criteria": criteria, "guidelines": guidelines, "fields": ()})


def missing_fields(rubric: Rubric, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that a rubric declares and a data row lacks, or has as null."""
    return tuple(name for name in rubric.fields if fields.get(name) is None)


def check_fields(rubric: Rubric, fields: Mapping[str, Any], where: str) -> None:
    """Find out whether a row can fill a rubric.

    Raises:
        MissingField: The row lacks a declared field.
        RubricError: As ``fill_rubric``.
    """
    fill_rubric(rubric, fields, where)


@lru_cache(maxsize=256)
def named(names: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern of the places where fields are named: group 2 of ``{name}``, group 1 of the literal ``{{name}}``."""
    words = "|".join(map(re.escape, names))
    return re.compile(rf"\{{\{{({words})\}}\}}|\{{({words})\}}")


_TEXTS = {"criterion", "guidelines", "examples"}


def texts_of(criterion: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a criterion, given as plain data, in which fields are filled in."""
    examples = criterion.get("examples")
    of_examples = (
        example.get(key)
        for example in (examples if isinstance(examples, list | tuple) else ())
        for key in ("response", "reason")
        if isinstance(example, Mapping)
    )
    for text in (criterion.get("criterion"), criterion.get("guidelines"), *of_examples):
        if isinstance(text, str):
            yield text


def _texts(rubric: Rubric, fields: Mapping[str, Any], where: str) -> dict[str, str]:
    for name in missing_fields(rubric, fields):
        have = clipped(", ".join(fields) or "none", 200)
        text = f"{where}: rubric {rubric.id} asks for the field {name}, which the row "
        state = "has as null" if name in fields else f"lacks; it has: {have}{hint(name, fields)}"
        raise MissingField(printable(text + state))
    return {name: _text(fields[name], f"{where}: the field {name}") for name in rubric.fields}


def _text(value: object, place: str) -> str:
    match value:
        case str():
            return value
        case bool():
            pass
        case int() | float():
            return str(value)
        case list() | tuple() if all(isinstance(item, str) for item in value):
            return "\n".join(f"- {item}" for item in value)
    raise RubricError(
        printable(f"{place} holds {shown(value)}; a rubric's text takes text, a number or a list of texts")
    )
