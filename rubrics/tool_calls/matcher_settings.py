"""Which matchers there are and what each may be set to, checked when a rubric is loaded. Pure."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from rvpo.rubrics.rules.patterns import compiled
from rvpo.rubrics.tool_calls.matchers import TYPES, is_matcher
from rvpo.rubrics.wording import clipped, hint, shown


def check_matchers(arguments: Mapping[str, Any]) -> None:
    """Refuse expected arguments in which something looks like a matcher and is none.

    Raises:
        ValueError: An unknown ``$`` key, ``$`` keys beside others, or a wrong setting; the message names the argument.
    """
    for key, value in arguments.items():
        _check(value, f"argument {clipped(key, 40)}", may_be_absent=True)


def has_matchers(value: Any) -> bool:
    """Whether a matcher stands anywhere in an expected value."""
    if isinstance(value, Mapping):
        return is_matcher(value) or any(map(has_matchers, value.values()))
    return isinstance(value, list | tuple) and any(map(has_matchers, value))


def _check(value: Any, place: str, *, may_be_absent: bool = False) -> None:
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{place}[{index}]")
    if not isinstance(value, Mapping):
        return
    if any(str(key).startswith("$") for key in value):
        _check_matcher(value, place, may_be_absent=may_be_absent)
        return
    for key, item in value.items():
        _check(item, f"{place}.{clipped(key, 40)}", may_be_absent=True)


def _check_matcher(matcher: Mapping[str, Any], place: str, *, may_be_absent: bool) -> None:
    for key, setting in matcher.items():
        if not str(key).startswith("$"):
            raise ValueError(
                f"{place}: {shown(key)} stands beside $ keys; a value that has $ keys goes under $is"
            )
        if key not in _CHECKS:
            listed = ", ".join(_CHECKS)
            raise ValueError(f"{place}: {shown(key)} is no matcher; matchers: {listed}{hint(key, _CHECKS)}")
        if key == "$optional" and (not may_be_absent or len(matcher) > 1):
            raise ValueError(
                f"{place}: $optional stands alone, as the value of an argument or of an object's key"
            )
        _CHECKS[key](setting, f"{place}.{key}")


def _any(setting: Any, place: str) -> None:
    if setting is not True:
        raise ValueError(f"{place}: got {shown(setting)}, allowed true")


def _text(setting: Any, place: str) -> None:
    if not isinstance(setting, str):
        raise ValueError(f"{place}: got {shown(setting)}, should be text; put it in quotes")  # noqa: TRY004 - for pydantic


def _regex(setting: Any, place: str) -> None:
    _text(setting, place)
    try:
        compiled(setting)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _one_of(setting: Any, place: str) -> None:
    if not isinstance(setting, list | tuple) or not setting:
        got = "an empty list" if setting in ([], ()) else shown(setting)
        raise ValueError(f"{place}: got {got}, should be a list of values or matchers")
    _check(setting, place)


def _type(setting: Any, place: str) -> None:
    known = setting is None or (
        isinstance(setting, str) and setting in TYPES
    )  # YAML reads a bare null as nothing
    if not known:
        raise ValueError(f"{place}: got {shown(setting)}, allowed {' | '.join(TYPES)}{hint(setting, TYPES)}")


def _number(setting: Any, place: str) -> None:
    ways = "{about, within}, {min}, {max} or {min, max}"
    keys = set(setting) if isinstance(setting, Mapping) else set()
    if keys not in ({"about", "within"}, {"min"}, {"max"}, {"min", "max"}):
        raise ValueError(f"{place}: allowed {ways}; for one number write the number itself")
    for key, bound in setting.items():
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
            raise ValueError(f"{place}.{key}: got {shown(bound)}, should be a number")
    if setting.get("within", 0) < 0:
        raise ValueError(f"{place}.within: got {shown(setting['within'])}, should be at least 0")
    if "min" in keys and "max" in keys and setting["max"] < setting["min"]:
        raise ValueError(f"{place}: max {setting['max']:g} is below min {setting['min']:g}")


_CHECKS: Mapping[str, Callable[[Any, str], None]] = {
    "$any": _any,
    "$is": lambda _setting, _place: None,
    "$regex": _regex,
    "$one_of": _one_of,
    "$not": _check,
    "$type": _type,
    "$number": _number,
    "$contains": _check,
    "$ignore_case": _text,
    "$same_words": _text,
    "$optional": _check,
}
"""Every matcher, with what its setting must be."""
