"""The keywords of JSON Schema that would let a reply take for ever, made safe; and the clock. Pure.

``pattern``, ``patternProperties`` and ``additionalProperties`` search under the clock of ``patterns``, ``uniqueItems`` is
linear instead of quadratic, and every step down into a value looks at the clock of ``limited``.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rvpo.rubrics.reading.strict_json import comparable
from rvpo.rubrics.rules.patterns import found

SCHEMA_SECONDS = 1.0
"""Far more than a sound schema needs on a long reply."""


class _Clock(threading.local):
    end = math.inf

    def look(self) -> None:
        if time.monotonic() > self.end:
            raise TimeoutError("the schema does not come to an end on this reply")


_clock = _Clock()


@contextmanager
def limited() -> Iterator[None]:
    """Within, in this thread, a validator of ``safe_class`` raises TimeoutError once ``SCHEMA_SECONDS`` are over."""
    _clock.end = time.monotonic() + SCHEMA_SECONDS
    try:
        yield
    finally:
        _clock.end = math.inf


def safe_class(library_class: Any) -> Any:
    """A validator class of the ``jsonschema`` library with the safe keywords, that looks at the clock."""
    from jsonschema.validators import extend

    make: Any = extend  # the library types its class, but not this
    made = make(library_class, _KEYWORDS)
    made.descend = _looking(made.descend)
    made.iter_errors = _looking(made.iter_errors)
    return made


def _looking(method: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    def looking(*args: Any, **kwargs: Any) -> Iterator[Any]:
        _clock.look()
        return method(*args, **kwargs)

    return looking


def _error(message: str) -> Any:
    from jsonschema import ValidationError

    return ValidationError(message)


def _found(pattern: str, text: str) -> bool:
    _clock.look()
    try:
        return found(pattern, text)
    except TimeoutError:
        raise TimeoutError("a pattern in the schema does not come to an end on this reply") from None
    except MemoryError:
        raise TimeoutError("a pattern in the schema takes too much memory on this reply") from None


def _pattern(validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(value, "string") and not _found(pattern, value):
        yield _error("does not match the pattern")


def _pattern_properties(
    validator: Any, schemas: Mapping[str, Any], value: Any, _schema: Any
) -> Iterator[Any]:
    if validator.is_type(value, "object"):
        for pattern, schema in schemas.items():
            for key, item in value.items():
                if _found(pattern, key):
                    yield from validator.descend(item, schema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(value, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = (key for key in value if key not in known and not any(_found(p, key) for p in patterns))
    if validator.is_type(allowed, "object"):
        for key in extra:
            yield from validator.descend(value[key], allowed, path=key)
    elif not allowed and next(extra, None) is not None:
        yield _error("additional properties are not allowed")


def _unique_items(validator: Any, wanted: bool, value: Any, _schema: Any) -> Iterator[Any]:
    if not wanted or not validator.is_type(value, "array"):
        return
    seen = set()
    for item in value:
        _clock.look()
        seen.add(comparable(item))
    if len(seen) < len(value):
        yield _error("has equal items")


_KEYWORDS = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
