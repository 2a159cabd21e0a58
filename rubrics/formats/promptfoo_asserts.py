"""promptfoo's assertions as criteria. Pure.

Source: ``promptfoo/promptfoo``, ``src/validators/assertions.ts`` and ``src/assertions/*.ts``. ``not-`` before a type
inverts it: here meeting is then the fault, or the rule is ``not_contains``. A set of assertions is taken apart, its
weight shared out so that the score stays. Departures: a fenced JSON reply counts as JSON here; a regular expression
is read in the dialect of the ``regex`` package, not JavaScript's.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.formats.contract import Notebook
from rvpo.rubrics.formats.promptfoo_templates import (
    as_fields,
    is_beyond_names,
    names_in,
    rendered,
    value_text,
)
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.rules.json_schemas import check_schema
from rvpo.rubrics.rules.patterns import compiled
from rvpo.rubrics.wording import clipped, shown

JUDGED = ("llm-rubric", "model-graded-closedqa", "g-eval")
"""Assertions that a model judges by a text."""

_READ = frozenset({"type", "value", "weight", "metric"})
_INVERSE = "not-"


def flat_assertions(
    entries: Sequence[Any], templates: Mapping[str, Any], place: str, name: str, book: Notebook
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Assertions with their places, out of their sets and references; each set's weight shared among its members.

    Raises:
        SourceError: One is no mapping with a type, or refers to a template that is not there.
    """
    for index, raw in enumerate(entries):
        here = f"{place}[{index}]"
        entry = (
            templates.get(str(raw["$ref"]).rpartition("/")[2])
            if isinstance(raw, dict) and "$ref" in raw
            else raw
        )
        if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
            raise SourceError.at(name, None, f"{here}: got {shown(raw)}, should be an assertion with a type")
        if entry["type"] != "assert-set":
            yield here, entry
            continue
        members = entry.get("assert")
        if not isinstance(members, list):
            raise SourceError.at(
                name, None, f"{here}.assert: got {shown(members)}, should be a list of assertions"
            )
        for key in sorted(entry.keys() - {"type", "assert", "weight", "metric"}):
            book.lost(here, f"{key} of the set")
        inner = list(flat_assertions(members, templates, f"{here}.assert", name, book))
        total = sum(weight_of(member, at, name) for at, member in inner)
        share = weight_of(entry, here, name) / total if total else 0.0
        for at, member in inner:
            yield at, {**member, "weight": weight_of(member, at, name) * share}


def weight_of(entry: Mapping[str, Any], place: str, name: str) -> float:
    """An assertion's weight; 1 if it says none.

    Raises:
        SourceError: It is no number.
    """
    weight = entry.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise SourceError.at(name, None, f"{place}.weight: got {shown(weight)}, should be a number")
    return float(weight)


def fields_asked_for(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """The variables that assertions name and that can stay fields of the data row."""
    texts = [
        e["value"]
        for e in entries
        if isinstance(e.get("value"), str) and e["type"].endswith((*JUDGED, "equals"))
    ]
    return {name for text in texts for name in names_in(text)}


def criterion_of(
    entry: Mapping[str, Any],
    variables: Mapping[str, Any],
    fields: Sequence[str],
    place: str,
    book: Notebook,
) -> dict[str, Any] | None:
    """Make a criterion's mapping, without id and points, of an assertion.

    Args:
        entry: The assertion.
        variables: The test's variables.
        fields: Those of them that stay fields.
        place: What notes call the assertion.
        book: Where notes go.

    Returns:
        ``None`` if there is no such criterion here, which is noted.
    """
    kind, value = entry["type"], entry.get("value")
    for key in sorted(entry.keys() - _READ):
        book.lost(place, f"{key} of {kind}")
    if isinstance(value, str) and is_beyond_names(value):
        book.lost(place, f"{kind}: a template with more than names stays as it is")
    try:
        return _made(kind, value, variables, fields)
    except ValueError as error:
        book.lost(place, f"{kind}: {error}")
        return None


def _made(kind: str, value: Any, variables: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    base, inverse = kind.removeprefix(_INVERSE), kind.startswith(_INVERSE)
    fault = {"polarity": "met_is_bad"} if inverse else {}
    if isinstance(value, str) and value.startswith("file://"):
        raise ValueError(f"its value is a file, {clipped(value)}, which is not read")
    if base in JUDGED:
        if not isinstance(value, str) or not (text := as_fields(value, fields, variables).strip()):
            raise ValueError(f"its value is {shown(value)}, no text")
        return {"criterion": text, **fault}
    if base == "equals" and isinstance(value, str) and (alone := _alone(value)) in fields:
        rule = {"expected_from": alone, "normalise": "none"}
        return {"criterion": f"Is exactly {{{alone}}}.", "kind": "match", "rule": rule, **fault}
    if base not in _RULES:
        raise ValueError(f"there is no such rule here{_why(base)}")
    return _RULES[base](_filled(value, variables), inverse=inverse)


def _why(base: str) -> str:
    if base in {"javascript", "python", "ruby", "webhook"}:
        return ": code is not taken over; write a rule of kind python"
    return ""


def _alone(template: str) -> str | None:
    names = names_in(template)
    return names.pop() if len(names) == 1 and not rendered(template, {}).strip() else None


def _filled(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return rendered(value, variables)
    if isinstance(value, list):
        return [_filled(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, variables) for key, item in value.items()}
    return value


def _rule(kind: str, rule: dict[str, Any], sentence: str, *, inverse: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"criterion": sentence, "kind": kind, "rule": rule}
    return {**made, "polarity": "met_is_bad"} if inverse else made


def _contains(*, require: str, ignore_case: bool) -> Callable[..., dict[str, Any]]:
    def make(value: Any, *, inverse: bool) -> dict[str, Any]:
        texts = _texts(value, split=require != "one")
        case = {"ignore_case": True} if ignore_case else {}
        listed = clipped(", ".join(f'"{text}"' for text in texts), 200)
        if inverse and (require != "all" or len(texts) == 1):
            return _rule(
                "not_contains", {"texts": texts, **case}, f"Does not contain {listed}.", inverse=False
            )
        any_of = {"require": "any"} if require == "any" and len(texts) > 1 else {}
        how = ("any of " if any_of else "all of ") if len(texts) > 1 else ""
        return _rule(
            "contains", {"texts": texts, **any_of, **case}, f"Contains {how}{listed}.", inverse=inverse
        )

    return make


def _texts(value: Any, *, split: bool) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, str | int | float | list) or value in ("", []):
        raise ValueError(f"its value is {shown(value)}, no text")
    if isinstance(value, list):
        found = [value_text(item) for item in value]
    else:
        found = comma_separated(value_text(value)) if split else [value_text(value)]
    if not found or "" in found:
        raise ValueError("an empty text, which everything contains")
    return found


def comma_separated(text: str) -> list[str]:
    """Split as promptfoo does: at commas, which double quotes protect; empty parts fall away.

    >>> comma_separated('a, "b, c" ,d')
    ['a', 'b, c', 'd']
    """
    parts = re.findall(r'\s*"((?:[^"\\]|\\.|"")*)"\s*(?:,|$)|([^,]+)', text)
    return [
        re.sub(r'\\(["\\])', r"\1", quoted).replace('""', '"') or bare.strip()
        for quoted, bare in parts
        if quoted or bare.strip()
    ]


def _regex(value: Any, *, inverse: bool) -> dict[str, Any]:
    if not isinstance(value, str) or not value:
        raise ValueError(f"its value is {shown(value)}, no pattern")
    compiled(value, ignore_case=False)
    return _rule("regex", {"pattern": value}, f"Matches the pattern {clipped(value, 200)}", inverse=inverse)


def _starts_with(value: Any, *, inverse: bool) -> dict[str, Any]:
    text = _texts(value, split=False)[0]
    pattern = r"\A" + re.escape(text)
    return _rule("regex", {"pattern": pattern}, f'Starts with "{clipped(text, 200)}".', inverse=inverse)


def _equals(value: Any, *, inverse: bool) -> dict[str, Any]:
    if isinstance(value, dict | list):
        schema = {"json_schema": {"const": value}}
        return _rule("json_schema", schema, "Is exactly the expected JSON.", inverse=inverse)
    text = value_text(value)
    if not text:
        raise ValueError("an empty text")
    rule = {"expected": [text], "normalise": "none"}
    return _rule("match", rule, f'Is exactly "{clipped(text, 200)}".', inverse=inverse)


def _is_json(value: Any, *, inverse: bool) -> dict[str, Any]:
    if isinstance(value, str) and value.strip():
        value = read_yaml(value, "schema")[0]
    if isinstance(value, dict):
        check_schema(value)
        rule = {"json_schema": value}
        return _rule("json_schema", rule, "Is JSON that the schema accepts.", inverse=inverse)
    if value not in (None, "", True):
        raise ValueError(f"its value is {shown(value)}, no JSON Schema")
    return _rule("json", {}, "Is JSON and nothing else.", inverse=inverse)


def _word_count(value: Any, *, inverse: bool) -> dict[str, Any]:
    bounds = value if isinstance(value, dict) else {"min": value, "max": value}
    rule: dict[str, Any] = {}
    for key in ("min", "max"):
        bound = bounds.get(key)
        if isinstance(bound, str) and bound.isdecimal():
            bound = int(bound)
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
            raise ValueError(f"{key} is {shown(bound)}, no whole number")
        if bound is not None:
            rule[key] = bound
    if not rule:
        raise ValueError(f"its value is {shown(value)}, no number of words")
    span = " and ".join(f"at {'least' if key == 'min' else 'most'} {bound}" for key, bound in rule.items())
    return _rule("length", rule, f"Is {span} words long.", inverse=inverse)


_RULES: Mapping[str, Callable[..., dict[str, Any]]] = {
    "contains": _contains(require="one", ignore_case=False),
    "contains-all": _contains(require="all", ignore_case=False),
    "contains-any": _contains(require="any", ignore_case=False),
    "icontains": _contains(require="one", ignore_case=True),
    "icontains-all": _contains(require="all", ignore_case=True),
    "icontains-any": _contains(require="any", ignore_case=True),
    "regex": _regex,
    "starts-with": _starts_with,
    "equals": _equals,
    "is-json": _is_json,
    "word-count": _word_count,
}
