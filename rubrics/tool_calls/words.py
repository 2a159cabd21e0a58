"""How reasons word calls, their arguments and what was expected of them. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rvpo.rubrics.tool_calls.matchers import MISSING, Difference, is_matcher
from rvpo.rubrics.tool_calls.reply import Call
from rvpo.rubrics.wording import SHOWN_CHARS, clipped, shown


def labelled(index: int, call: Call) -> str:
    """A call of the reply: its number and its tool."""
    return f"call {index + 1} {clipped(call.name)}"


def count_of(calls: Sequence[object]) -> str:
    """How many calls: ``1 call``, ``3 calls``."""
    return f"{len(calls)} call{'' if len(calls) == 1 else 's'}"


def worded(found: Difference) -> str:
    """A difference: ``argument city is "Lima", expected "Oslo"``."""
    *_, last = found.path
    place = _place(found.path)
    if found.made is MISSING:
        inside = f"argument {_place(found.path[:-1])} lacks" if found.path[1:] else "lacks the argument"
        return f"{inside} {_step(last).lstrip('.')}, expected {described(found.wanted)}"
    if found.wanted is MISSING:
        return f"argument {place} is not expected"
    return f"argument {place} is {brief(found.made)}, expected {described(found.wanted)}"


def described(wanted: Any) -> str:
    """An expected value, or what a matcher asks for."""
    if not is_matcher(wanted):
        return brief(wanted)
    return " and ".join(_ASKED[key](setting) for key, setting in wanted.items())


def brief(value: Any) -> str:
    """A value as JSON, cut short; of a long container only its beginning is written."""
    if not isinstance(value, Mapping | list | tuple):
        return shown(value)
    text = ""
    for chunk in _ENCODER.iterencode(value):
        text += chunk
        if len(text) > SHOWN_CHARS:
            break
    return clipped(text)


def _number(setting: Mapping[str, float]) -> str:
    if "about" in setting:
        return f"a number within {setting['within']:g} of {setting['about']:g}"
    if "min" in setting and "max" in setting:
        return f"a number from {setting['min']:g} to {setting['max']:g}"
    return f"a number of at {'least' if 'min' in setting else 'most'} {next(iter(setting.values())):g}"


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)
_ASKED: Mapping[str, Callable[[Any], str]] = {
    "$any": lambda _setting: "anything",
    "$is": brief,
    "$regex": lambda pattern: f"text matching {shown(pattern)}",
    "$one_of": lambda choices: clipped(" or ".join(map(described, choices[:8])), 200),
    "$not": lambda setting: f"anything but {described(setting)}",
    "$type": lambda name: "null" if name in {None, "null"} else f"{'an' if name[0] in 'aio' else 'a'} {name}",
    "$number": _number,
    "$contains": lambda setting: f"something that contains {described(setting)}",
    "$ignore_case": lambda text: f"{shown(text)} in any case",
    "$same_words": lambda text: f"{shown(text)} in any case and punctuation",
}
"""What each matcher asks for; ``$optional`` never gets here, as what it holds is what differs."""


def _place(path: Sequence[str | int]) -> str:
    return "".join(map(_step, path)).lstrip(".")


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{clipped(step, 40)}"
