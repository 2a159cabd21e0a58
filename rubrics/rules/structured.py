"""Rules on a reply as data: json, json_schema. Pure and total."""

from typing import Any

from rvpo.rubrics.reading.strict_json import parse_json, unfenced
from rvpo.rubrics.rules.json_schemas import first_breach
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.schema import JsonRule, JsonSchemaRule
from rvpo.rubrics.wording import printable

_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


def check_json(rule: JsonRule, text: str) -> RuleOutcome:
    """Check that a text is one JSON value of the wanted kind."""
    try:
        value = parse_json(unfenced(text))
    except ValueError as error:
        return RuleOutcome(0.0, printable(str(error)))
    kind = _kind(value)
    if rule.type not in {"any", kind}:
        return RuleOutcome(0.0, f"JSON, but of type {kind}, wanted {rule.type}")
    return RuleOutcome(1.0, f"JSON of type {kind}")


def check_json_schema(rule: JsonSchemaRule, text: str) -> RuleOutcome:
    """Check that a text is JSON that a schema accepts."""
    try:
        value = parse_json(unfenced(text))
    except ValueError as error:
        return RuleOutcome(0.0, printable(str(error)))
    try:
        breach = first_breach(rule.json_schema, value)
    except (TimeoutError, ValueError) as error:
        return RuleOutcome(None, str(error))
    return RuleOutcome(0.0, printable(breach)) if breach else RuleOutcome(1.0, "the schema accepts it")


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "number")
