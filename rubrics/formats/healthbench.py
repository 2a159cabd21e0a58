"""HealthBench rows (openai/simple-evals) -> rubrics. Pure.

Its documentation says that meeting a criterion with negative points is the fault, and its program scores so, hence
``met_is_bad``. A few (8 of the 1 439 in a published sample) read as an avoidance all the same, such as "Avoids ...";
they are taken as the program takes them, and ``rvpo rubric lint`` names them.
A criterion has no id there; it gets its place, ``c01``, ``c02`` ..., which is stable because a row's list is.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.schema import Record, Rubric
from rvpo.rubrics.schema.base import Number, Tags, Text

PROVENANCE, LICENCE = "HealthBench, OpenAI", "MIT"

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,119}", re.ASCII)


class _Item(Record):
    criterion: Text
    points: Number
    tags: Tags = ()


class _Row(Record):
    model_config = ConfigDict(extra="ignore")

    prompt_id: str | None = None
    example_tags: Tags = ()
    rubrics: Annotated[tuple[_Item, ...], Field(min_length=1)]


def is_healthbench(row: Mapping[str, Any]) -> bool:
    """Whether a data row looks like HealthBench's: messages, and a list of criteria under ``rubrics``."""
    return isinstance(row.get("prompt"), list) and isinstance(row.get("rubrics"), list)


def rubric_from_healthbench(row: Mapping[str, Any], name: str = "<healthbench row>") -> Rubric:
    """Make the rubric of one HealthBench row.

    Args:
        row: The row: ``rubrics`` with ``criterion``, ``points`` and ``tags`` each, ``prompt_id``, ``example_tags``.
        name: What errors call the row, for instance ``file:12``.

    Raises:
        SourceError: The row is not of that form; one line.
    """
    try:  # almost every row is sound; checking the whole once takes half the time of checking row and rubric
        return Rubric.model_validate(_rubric(row))
    except (ValidationError, TypeError, KeyError, AttributeError):
        return validate(Rubric, _rubric(validate(_Row, dict(row), name, {}).model_dump()), name, {})


def _rubric(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "id": _identifier(row),
        "criteria": [_criterion(item, number) for number, item in enumerate(row["rubrics"], start=1)],
        "tags": row.get("example_tags", ()),
        "provenance": PROVENANCE,
        "licence": LICENCE,
    }


def _criterion(item: Mapping[str, Any], number: int) -> dict[str, object]:
    """Of an unknown or a missing key the first check tells, which a ``KeyError`` leads to."""
    if not item.keys() <= {"criterion", "points", "tags"}:
        raise KeyError(item)
    return {
        "id": f"c{number:02d}",
        "criterion": item["criterion"],
        "points": item["points"],
        "polarity": "met_is_bad" if item["points"] < 0 else "met_is_good",
        "tags": item.get("tags", ()),
    }


def _identifier(row: Mapping[str, Any]) -> str:
    """The prompt's id where it can serve, else a hash: of that id, or of the criteria of a row without one."""
    prompt_id = row.get("prompt_id")
    if prompt_id and _IDENTIFIER.fullmatch(prompt_id):
        return str(prompt_id)
    source = prompt_id or "\n".join(item["criterion"] for item in row["rubrics"])
    return f"healthbench-{hashlib.sha256(source.encode()).hexdigest()[:12]}"
