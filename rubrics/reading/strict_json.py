"""JSON without surprises: one value or a ``ValueError`` of one line, whatever the text.

Stricter than the standard library's: no NaN or Infinity, no key twice in one object, at most ``MAX_DEPTH``
levels (so that nothing that walks the value can run out of stack).
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 100


def parse_json(text: str) -> Any:
    """Parse one JSON value.

    Raises:
        ValueError: The text is not JSON as described above; the message gives line and column where it can.
    """
    value, end = parse_json_at(text, _blank_until(text, 0))
    if (rest := _blank_until(text, end)) < len(text):
        raise ValueError(f"not JSON: Extra data at {_where(json.JSONDecodeError('', text, rest))}")
    return value


def parse_json_at(text: str, start: int) -> tuple[Any, int]:
    """Parse the JSON value that starts at ``start``, whatever follows it; gives the value and where it ends.

    Raises:
        ValueError: As ``parse_json`` does.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at {_where(error)}") from None
    if text.count("[", start, end) + text.count("{", start, end) > MAX_DEPTH and _deeper_than(
        value, MAX_DEPTH
    ):
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    return value, end


def unfenced(text: str) -> str:
    """Unwrap a reply that is one fenced block as a whole."""
    stripped = text.strip()
    first, line_end, rest = stripped.partition("\n")
    if line_end and first.startswith("```") and rest.endswith("```") and "`" not in first[3:]:
        return rest.removesuffix("```")
    return text


def comparable(value: Any) -> Any:
    """A hashable stand-in for a JSON value: equal stand-ins, equal JSON.

    1 and 1.0 are equal as JSON knows one kind of number; true and 1 are not, which Python alone would say.
    """
    match value:
        case bool():
            return ("bool", value)
        case dict():
            return ("object", frozenset((key, comparable(item)) for key, item in value.items()))
        case list() | tuple():
            return ("array", *map(comparable, value))
        case _:
            return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key in counts if counts[key] > 1)
        raise ValueError(f"not JSON: key {json.dumps(twice[:60])} occurs twice in one object")
    return result


def _refuse_constant(word: str) -> float:
    raise ValueError(f"not JSON: {word} is no JSON number")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"not JSON: the number {digits[:20]} is too large")
    return number


def _where(error: json.JSONDecodeError) -> str:
    return f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno} column {error.colno}"


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterator[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (item for item in items if isinstance(item, dict | list))


def _blank_until(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return start if found is None else found.end()


_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float)
