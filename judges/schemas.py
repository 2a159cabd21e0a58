"""The JSON schema of a reply, for endpoints that hold a model to one. Pure.

Only what OpenAI's strict mode takes: every key required, none beside them, reason before verdict. A schema cannot say that
each id comes exactly once; ``sheet.py`` looks.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

from rvpo.judges.asking import names_on_sheet
from rvpo.rubrics import Criterion

Structure = Literal["json_schema", "json_object", "text"]

_TEXT: Final = {"type": "string"}


def response_format(structure: Structure, criteria: Sequence[Criterion]) -> dict[str, Any] | None:
    """The field ``response_format`` of a request that asks these criteria; ``None``: it has none."""
    if structure == "text":
        return None
    if structure == "json_object":
        return {"type": "json_object"}
    named = {"name": "verdict", "strict": True, "schema": reply_schema(criteria)}
    return {"type": "json_schema", "json_schema": named}


def reply_schema(criteria: Sequence[Criterion]) -> dict[str, Any]:
    """The schema of a whole reply: one verdict, or a list of them under ``verdicts``."""
    if len(criteria) == 1:
        return _object(_verdict(criteria[0]))
    names = names_on_sheet(len(criteria))
    entries = [
        _object({"id": {"type": "string", "enum": [name]}, **_verdict(criterion)})
        for name, criterion in zip(names, criteria, strict=True)
    ]
    return _object({"verdicts": {"type": "array", "items": {"anyOf": entries}}})


def _verdict(criterion: Criterion) -> dict[str, Any]:
    keys: dict[str, Any] = {"explanation": _TEXT}
    if criterion.evidence == "quote":
        keys["evidence"] = _TEXT
    if criterion.scale == "binary":
        return keys | {"met": {"type": "boolean"}}
    if criterion.options is None:
        return keys | {"answer": {"type": "number"}}
    return keys | {"answer": {"type": "string", "enum": [option.label for option in criterion.options]}}


def _object(keys: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}
