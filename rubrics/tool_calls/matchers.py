"""Matchers: expected argument values that say what is right instead of being it. Pure.

A matcher is a mapping with ``$`` keys; several in one mapping must all hold. They stand for a value anywhere in the
expected arguments, inside lists and objects too, and most take a matcher where they take a value. Numbers compare
as JSON numbers (1 equals 1.0), true is not 1, texts compare exactly.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rvpo.rubrics.reading.strict_json import comparable
from rvpo.rubrics.rules.patterns import found

REGEX_SECONDS = 4.0
"""How long the patterns of one comparison may take together; the last search may take its own two seconds more."""


class Clock:
    """Stops a comparison whose patterns take too long together."""

    def __init__(self) -> None:
        self._spent = 0.0

    def search(self, pattern: str, text: str) -> bool:
        """Whether the pattern occurs in the text.

        Raises:
            TimeoutError: This search, or all of them together, took too long (or too much memory).
        """
        if self._spent > REGEX_SECONDS:
            raise TimeoutError
        started = time.perf_counter()
        try:
            return found(pattern, text)
        except MemoryError:
            raise TimeoutError from None
        finally:
            self._spent += time.perf_counter() - started


class Missing:
    """Stands for a value that is not there."""


MISSING = Missing()


class Difference(NamedTuple):
    """The first place where what was made differs from what was expected."""

    path: tuple[str | int, ...]
    made: Any
    """What stands there, or ``MISSING``."""
    wanted: Any
    """What should, or ``MISSING``."""


def is_matcher(value: object) -> bool:
    """Whether a value is a mapping with ``$`` keys (one decides: ``check_matchers`` refuses a mixture)."""
    return isinstance(value, Mapping) and str(next(iter(value), "")).startswith("$")


def literal(value: Any) -> Any:
    """The same expected value with every ``$`` key in it meaning nothing but itself."""
    if isinstance(value, Mapping):
        if any(str(key).startswith("$") for key in value):
            return {"$is": value}
        return {key: literal(item) for key, item in value.items()}
    return [literal(item) for item in value] if isinstance(value, list | tuple) else value


def difference(made: Any, wanted: Any, clock: Clock) -> Difference | None:
    """Where a value first differs from the expected value or matcher, if it does.

    Raises:
        TimeoutError: A pattern does not come to an end.
    """
    if isinstance(wanted, Mapping):
        if is_matcher(wanted):
            meets = all(_MEETS[key](made, setting, clock) for key, setting in wanted.items())
            return None if meets else Difference((), made, wanted)
        if not isinstance(made, Mapping):
            return Difference((), made, wanted)
        return objects_difference(made, wanted, clock)
    if isinstance(wanted, list | tuple):
        return _lists_difference(made, wanted, clock)
    same = made == wanted and isinstance(made, bool) == isinstance(wanted, bool)
    return None if same else Difference((), made, wanted)


def objects_difference(
    made: Mapping[str, Any],
    wanted: Mapping[str, Any],
    clock: Clock,
    *,
    may_lack: bool = False,
    may_add: bool = False,
    values: bool = True,
) -> Difference | None:
    """Where an object first differs from the expected one; what is ``$optional`` may always be absent.

    Args:
        made: The object to look at.
        wanted: The expected one.
        clock: Bounds the time of all patterns.
        may_lack: Whether expected keys may be absent.
        may_add: Whether there may be other keys.
        values: Whether values are compared, not only keys.
    """
    for key, value in wanted.items():
        optional = isinstance(value, Mapping) and "$optional" in value
        if key not in made:
            if may_lack or optional:
                continue
            return Difference((key,), MISSING, value)
        expected = value["$optional"] if optional else value
        if values and (inner := difference(made[key], expected, clock)) is not None:
            return inner._replace(path=(key, *inner.path))
    if not may_add and (added := next((key for key in made if key not in wanted), None)) is not None:
        return Difference((added,), made[added], MISSING)
    return None


def _lists_difference(made: Any, wanted: Sequence[Any], clock: Clock) -> Difference | None:
    if not isinstance(made, list | tuple) or len(made) != len(wanted):
        return Difference((), made, wanted)
    for index, item in enumerate(wanted):
        if (inner := difference(made[index], item, clock)) is not None:
            return inner._replace(path=(index, *inner.path))
    return None


def _meets_number(made: Any, setting: Mapping[str, float], _clock: Clock) -> bool:
    if not _is_number(made):
        return False
    if "about" in setting:
        # In decimals, as they are written: in binary 0.8 is not within 0.1 of 0.7.
        about, within, number = (Decimal(repr(each)) for each in (setting["about"], setting["within"], made))
        return abs(number - about) <= within
    return bool(setting.get("min", made) <= made <= setting.get("max", made))


def _meets_contains(made: Any, setting: Any, clock: Clock) -> bool:
    if isinstance(made, list | tuple):
        return any(difference(item, setting, clock) is None for item in made)
    return isinstance(made, str) and isinstance(setting, str) and setting in made


_MARKS = str.maketrans("'", '"', " ,./-_*^")


def _letters(text: str) -> str:
    """A text without case, spaces and the marks ``,./-_*^``; single quotes count as double (BFCL's comparison)."""
    return text.translate(_MARKS).lower()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda made: isinstance(made, str),
    "number": _is_number,
    "integer": lambda made: _is_number(made) and made == made // 1,
    "boolean": lambda made: isinstance(made, bool),
    "array": lambda made: isinstance(made, list | tuple),
    "object": lambda made: isinstance(made, Mapping),
    "null": lambda made: made is None,
}
"""JSON Schema's types; 1.0 is an integer, true is no number."""

_MEETS: Mapping[str, Callable[[Any, Any, Clock], bool]] = {
    "$any": lambda _made, _setting, _clock: True,
    "$is": lambda made, setting, _clock: bool(comparable(made) == comparable(setting)),
    "$regex": lambda made, setting, clock: isinstance(made, str) and clock.search(setting, made),
    "$one_of": lambda made, setting, clock: any(difference(made, each, clock) is None for each in setting),
    "$not": lambda made, setting, clock: difference(made, setting, clock) is not None,
    "$type": lambda made, setting, _clock: TYPES[str(setting or "null")](made),
    "$number": _meets_number,
    "$contains": _meets_contains,
    "$ignore_case": lambda made, text, _clock: isinstance(made, str) and made.casefold() == text.casefold(),
    "$same_words": lambda made, text, _clock: isinstance(made, str) and _letters(made) == _letters(text),
}
