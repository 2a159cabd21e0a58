"""JSON Schema that is total on any value: no network, no endless pattern, no quadratic search. Pure.

Departs from the ``jsonschema`` library, which it uses, in four keywords: patterns run under a clock
(``pattern``, ``patternProperties``, ``additionalProperties``) and ``uniqueItems`` is linear. References may point
only inside the schema. ``format`` is not checked, as the standard lets one choose.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rvpo.rubrics.patterns import compiled, found
from rvpo.rubrics.strict_json import comparable
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
        TimeoutError: A pattern did not come to an end.
        ValueError: The schema refers to itself without end, or to nothing (an ``$id`` inside can hide that).
    """
    from referencing.exceptions import Unresolvable

    validator = _validator(json.dumps(schema, sort_keys=True))
    try:
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
    from jsonschema.validators import extend
    from referencing import Registry

    schema = json.loads(schema_json)
    keywords = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
    }
    make: Any = extend  # the library types its class, but not this
    return make(_library_class(schema.get("$schema")), keywords)(schema, registry=Registry())


def _error(message: str) -> Any:
    from jsonschema import ValidationError

    return ValidationError(message)


def _pattern(validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(value, "string") and not found(pattern, value):
        yield _error("does not match the pattern")


def _pattern_properties(
    validator: Any, schemas: Mapping[str, Any], value: Any, _schema: Any
) -> Iterator[Any]:
    if validator.is_type(value, "object"):
        for pattern, schema in schemas.items():
            for key, item in value.items():
                if found(pattern, key):
                    yield from validator.descend(item, schema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(value, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = (key for key in value if key not in known and not any(found(p, key) for p in patterns))
    if validator.is_type(allowed, "object"):
        for key in extra:
            yield from validator.descend(value[key], allowed, path=key)
    elif not allowed and next(extra, None) is not None:
        yield _error("additional properties are not allowed")


def _unique_items(validator: Any, wanted: bool, value: Any, _schema: Any) -> Iterator[Any]:
    if (
        wanted
        and validator.is_type(value, "array")
        and len({comparable(item) for item in value}) < len(value)
    ):
        yield _error("has equal items")
