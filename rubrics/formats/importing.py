"""What importers share: ids from names, ids of rubrics, and messages of foreign rows. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import ROLES, PromptRow, prompt_rows
from rvpo.rubrics.wording import hint, shown

_NO_ID = re.compile(r"[^A-Za-z0-9_.:\-]+")
_MAX_ID = 100


def identifier(name: str) -> str:
    """A criterion's or rubric's id from a foreign name: spaces become ``_``, what no id may hold is left out.

    >>> identifier("Identifies the condition (e.g. CT)")
    'Identifies_the_condition_e.g._CT'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return _NO_ID.sub("_", plain).strip("_.:-")[:_MAX_ID].rstrip("_.:-")


def identifiers(names: Iterable[str | None]) -> list[str]:
    """An id for each name, all different: ``c01`` ... for what has none, a number behind what occurs again."""
    result: list[str] = []
    seen: set[str] = set()
    for place, name in enumerate(names, start=1):
        base = identifier(name) if name else ""
        base = base or f"c{place:02d}"
        found, count = base, 2
        while found in seen:
            found, count = f"{base}_{count}", count + 1
        seen.add(found)
        result.append(found)
    return result


def rubric_id(prefix: str, given: object, text: str) -> str:
    """A rubric's id: the row's own where it can serve, else a hash of its text, after the format's name."""
    if isinstance(given, str) and identifier(given) == given and given:
        return given
    return f"{prefix}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


def row_id(data: Mapping[str, Any], keys: Iterable[str], number: int) -> str:
    """A row's id: the first of these keys that holds a text or a whole number, else ``line-N`` as in our own rows."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return f"line-{number}"


def fields_of(data: Mapping[str, Any], taken: Iterable[str], reference: str | None) -> dict[str, Any]:
    """What of a foreign row nobody took, and the reference; keys of our own rows are not among them."""
    without = {"id", "prompt", "rubric", "rubrics", "reference", *taken}
    kept = {key: value for key, value in data.items() if key not in without}
    return kept if reference is None else {**kept, "reference": reference}


def text_of(data: Mapping[str, Any], key: str, name: str) -> str:
    """A key that must hold text.

    Raises:
        SourceError: It is missing or holds something else.
    """
    if key not in data:
        raise SourceError.at(name, None, f"the key {key} is missing{_like(key, data)}")
    value = data[key]
    if not isinstance(value, str):
        raise SourceError.at(name, None, f"{key}: got {shown(value)}, should be text")
    return value


def messages_of(value: object, place: str, name: str) -> tuple[Mapping[str, str], ...]:
    """The turns of a foreign row; keys beside ``role`` and ``content`` are refused, for they may matter.

    Raises:
        SourceError: Not a list of messages.
    """
    if not isinstance(value, list) or not value:
        raise SourceError.at(name, None, f"{place}: got {shown(value)}, should be a list of messages")
    turns = []
    for index, turn in enumerate(value):
        here = f"{place}[{index}]"
        if not isinstance(turn, dict) or set(turn) != {"role", "content"}:
            text = f"{here}: got {shown(turn)}, should be a message with role and content alone"
            raise SourceError.at(name, None, text)
        role, content = turn["role"], turn["content"]
        if role not in ROLES:
            text = f"{here}.role: got {shown(role)}, allowed {' | '.join(ROLES)}{hint(role, ROLES)}"
            raise SourceError.at(name, None, text)
        if not isinstance(content, str):
            raise SourceError.at(name, None, f"{here}.content: got {shown(content)}, should be text")
        turns.append({"role": role, "content": content})
    return tuple(turns)


def rows_of(source: Source) -> tuple[PromptRow, ...]:
    """The records of a source as prompt rows of our own form, or of HealthBench's.

    Raises:
        SourceError: One is wrong, or an id occurs twice.
    """
    return prompt_rows(((record.number, record.data) for record in source.records()), source.name)


def _like(key: str, data: Mapping[str, Any]) -> str:
    near = hint(key, data).removeprefix("; did you mean ").removesuffix("?")
    return f"; {near} looks like it" if near else ""
