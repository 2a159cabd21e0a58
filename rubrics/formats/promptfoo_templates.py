"""promptfoo's templates: ``{{name}}`` in prompts and assertions, and what it is here. Pure.

Only plain names are understood, not filters or statements. In a rubric's text a name becomes a field, ``{name}``; in
prompts and in the settings of rules, which know no fields, it is replaced by its value at once.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

_NAME = re.compile(r"\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}")
_ANY = re.compile(r"\{\{|\{%|\{#")

RESERVED = frozenset({"id", "prompt", "rubric", "rubrics"})
"""Keys of a prompt row that no field can have."""


def names_in(template: str) -> set[str]:
    """The plain names that a template asks for."""
    return set(_NAME.findall(template))


def is_beyond_names(template: str) -> bool:
    """Whether a template has filters, statements or comments."""
    return _ANY.search(_NAME.sub("", template)) is not None


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Put values in the place of names; a name without a value becomes nothing, as it does in promptfoo."""
    return _NAME.sub(lambda found: value_text(values.get(found[1], "")), template)


def as_fields(template: str, fields: Collection[str], values: Mapping[str, Any]) -> str:
    """A template as a rubric's text: names of fields in one pair of braces, other names by their values."""

    def literal(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: f"{{{found[0]}}}" if found[1] in fields else found[0], text)

    parts = _NAME.split(template)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = literal(part)
        else:
            parts[place] = f"{{{part}}}" if part in fields else value_text(values.get(part, ""))
    return "".join(parts)


def as_template(text: str, fields: Collection[str]) -> str:
    """A rubric's text as a template: the other way round."""
    if not fields:
        return text
    words = "|".join(map(re.escape, fields))
    pattern = re.compile(rf"\{{\{{({words})\}}\}}|\{{({words})\}}")
    return pattern.sub(lambda found: f"{{{{{found[2]}}}}}" if found[2] else f"{{{found[1]}}}", text)


def value_text(value: object) -> str:
    """A variable's value where a text must stand."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
