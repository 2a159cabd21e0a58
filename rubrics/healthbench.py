"""HealthBench rows (openai/simple-evals) -> rubrics. Pure.

HealthBench words every criterion with negative points so that meeting it is the fault, hence ``met_is_bad``.
A criterion has no id there; it gets its place, ``c01``, ``c02`` ..., which is stable because a row's list is.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from rvpo.rubrics.complaints import validate
from rvpo.rubrics.schema import Number, Record, Rubric, Tags, Text

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
    checked = validate(_Row, dict(row), name, {})
    data = {
        "id": _identifier(checked),
        "criteria": [_criterion(item, number) for number, item in enumerate(checked.rubrics, start=1)],
        "tags": checked.example_tags,
        "provenance": "HealthBench, OpenAI",
        "licence": "MIT",
    }
    return validate(Rubric, data, name, {})


def _criterion(item: _Item, number: int) -> dict[str, object]:
    return {
        "id": f"c{number:02d}",
        "criterion": item.criterion,
        "points": item.points,
        "polarity": "met_is_bad" if item.points < 0 else "met_is_good",
        "tags": item.tags,
    }


def _identifier(row: _Row) -> str:
    """The prompt's id where it can serve, else a hash: of that id, or of the criteria of a row without one."""
    if row.prompt_id and _IDENTIFIER.fullmatch(row.prompt_id):
        return row.prompt_id
    source = row.prompt_id or "\n".join(item.criterion for item in row.rubrics)
    return f"healthbench-{hashlib.sha256(source.encode()).hexdigest()[:12]}"
