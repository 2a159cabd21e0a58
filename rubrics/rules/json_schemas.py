"""JSON Schema that is total on any value: no network, no endless pattern, no quadratic search. Pure.

Departs from the ``jsonschema`` library, which it uses, in the keywords of ``schema_keywords`` and in giving up when the
clock has run down. References may point only inside the schema. ``format`` is not checked, as the standard lets one
choose.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rvpo.rubrics.rules.patterns import compiled
from rvpo.rubrics.rules.schema_keywords import limited, safe_class
from rvpo.rubrics.wording import clipped, shown

_DATA_KEYWORDS = frozenset({"const", "enum", "default", "examples"})


def check_schema(schema: Mapping[str, Any]) -> None:
    """Refuse a schema that could not be used later.

    Raises:
        ValueError: It breaks the metaschema, points outside itself, holds a pattern that does not compile, or
            mixes ``patternProperties`` with ``unevaluatedProperties``.
    """
    import jsonschema

    dialect = schema.get("$schema")
    if dialect is not None and not isinstance(dialect, str):
        raise ValueError(f"$schema: got {shown(dialect)}, should be text")
    try:
        _library_class(dialect).check_schema(schema)
    except jsonschema.SchemaError as error:
        raise ValueError(f"not a JSON Schema: {error.json_path}: {clipped(error.message, 200)}") from None
    keywords = set()
    inner = ((key, value) for item in schema.values() for key, value in _keywords(item))
    if any(key == "$schema" and isinstance(value, str) for key, value in inner):
        raise ValueError("$schema: may stand only at the top of the schema")
    for keyword, value in _keywords(schema):
        keywords.add(keyword)
        if keyword in {"$ref", "$dynamicRef"}:
            _check_reference(schema, value)
        elif keyword == "pattern" and isinstance(value, str):
            compiled(value)
        elif keyword == "patternProperties" and isinstance(value, Mapping):
            for pattern in value:
                compiled(pattern)
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        raise ValueError("patternProperties and unevaluatedProperties cannot be used together here")


def first_breach(schema: Mapping[str, Any], value: Any) -> str | None:
    """Say where and how a JSON value first breaks a sound schema; ``None`` if it does not.

    Raises:
        TimeoutError: It, or a pattern in it, did not come to an end within ``SCHEMA_SECONDS``; says which.
        ValueError: The schema refers to itself without end, or to nothing (an ``$id`` inside can hide that).
    """
    from referencing.exceptions import Unresolvable

    validator = _validator(json.dumps(schema, sort_keys=True))
    try:
        with limited():
            error = next(validator.iter_errors(value), None)
    except RecursionError:
        raise ValueError("the schema refers to itself without end") from None
    except Unresolvable:
        raise ValueError("a $ref in the schema points to nothing") from None
    if error is None:
        return None
    return (
        f"{clipped(error.json_path)} breaks {error.validator}: {clipped(json.dumps(error.validator_value))}"
    )


def _keywords(schema: object) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            yield key, value
            if key not in _DATA_KEYWORDS:
                yield from _keywords(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _keywords(item)


def _check_reference(schema: Mapping[str, Any], reference: object) -> None:
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    if not isinstance(reference, str):
        return  # a property of that name
    if not reference.startswith("#"):
        raise ValueError(f"$ref: got {shown(reference)}, may point only inside the schema (#/...)")
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    try:
        Registry().with_resource("", resource).resolver().lookup(reference)
    except Unresolvable:
        raise ValueError(f"$ref: {shown(reference)} points to nothing in the schema") from None


def _library_class(dialect: str | None) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    return validator_for({} if dialect is None else {"$schema": dialect}, default=Draft202012Validator)


@lru_cache(maxsize=256)
def _validator(schema_json: str) -> Any:
    from referencing import Registry

    schema = json.loads(schema_json)
    made = safe_class(
        _library_class(schema.pop("$schema", None))
    )  # left in, a $ref to the top would undo the class
    return made(schema, registry=Registry())
