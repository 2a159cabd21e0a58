"""Whether two gates exclude each other: no reply passes both. Pure.

Known where both are rules of one kind, or one text both ways; more would need a proof.
"""

from collections.abc import Callable, Iterator
from typing import Any

from rvpo.rubrics.lint.repeats import same_text
from rvpo.rubrics.schema import (
    ChoiceRule,
    ContainsRule,
    Criterion,
    JsonRule,
    LanguageRule,
    LengthRule,
    MatchRule,
    NotContainsRule,
    NumericAnswerRule,
    ToolCallsRule,
)


def conflict(one: Criterion, other: Criterion) -> str | None:
    """Why no reply can pass both gates, seen from the first; so ask both ways around."""
    opposed = (one.gate, other.gate) == ("required", "veto") and one.rule == other.rule
    if opposed and (one.rule is not None or same_text(one.criterion, other.criterion)):
        return "one asks for what the other forbids"
    forbidden = set(_must_not_contain(other))
    for text in _must_contain(one):
        if hit := next((each for each in forbidden if each in text), None):
            return f"one needs {text!r}, the other forbids {hit!r}"
    compare = _BOTH_REQUIRED.get(type(one.rule))
    if one.gate == other.gate == "required" and compare and type(one.rule) is type(other.rule):
        same_part = getattr(one.rule, "part", None) == getattr(other.rule, "part", None)
        return compare(one.rule, other.rule) if same_part else None
    return None


def _lengths(a: LengthRule, b: LengthRule) -> str | None:
    apart = a.unit == b.unit and a.tokenizer == b.tokenizer and a.max is not None and a.max < b.min
    return f"at most {a.max} {a.unit} and at least {b.min}" if apart else None


def _languages(a: LanguageRule, b: LanguageRule) -> str | None:
    apart = not set(a.languages) & set(b.languages)
    return f"{', '.join(a.languages)} and {', '.join(b.languages)}" if apart else None


def _json_types(a: JsonRule, b: JsonRule) -> str | None:
    return "a JSON object and a JSON array" if {a.type, b.type} == {"object", "array"} else None


def _choices(a: ChoiceRule, b: ChoiceRule) -> str | None:
    if not a.expected or not b.expected or set(a.expected) & set(b.expected):
        return None
    return f"the choice {'/'.join(a.expected)} and the choice {'/'.join(b.expected)}"


def _texts(a: MatchRule, b: MatchRule) -> str | None:
    literal = a.measure == b.measure == "exact" and a.normalise == b.normalise == "none"
    if not literal or not a.expected or not b.expected or set(a.expected) & set(b.expected):
        return None
    return "two different texts as the whole reply"


def _numbers(a: NumericAnswerRule, b: NumericAnswerRule) -> str | None:
    if a.expected is None or b.expected is None:
        return None
    slack = sum(max(each.tolerance, each.relative_tolerance * abs(each.expected or 0.0)) for each in (a, b))
    apart = abs(a.expected - b.expected) > slack
    return f"the answer {a.expected:g} and the answer {b.expected:g}" if apart else None


def _tool_calls(a: ToolCallsRule, b: ToolCallsRule) -> str | None:
    some = b.min > 0 or (b.calls and b.check == "calls" and b.match != "subset")
    return "no call and some call" if a.check == "irrelevance" and some else None


_BOTH_REQUIRED: dict[type, Callable[[Any, Any], str | None]] = {
    LengthRule: _lengths,
    LanguageRule: _languages,
    JsonRule: _json_types,
    ChoiceRule: _choices,
    MatchRule: _texts,
    NumericAnswerRule: _numbers,
    ToolCallsRule: _tool_calls,
}


def _must_contain(criterion: Criterion) -> Iterator[str]:
    """Texts without which the gate stays shut."""
    match criterion.rule:
        case ContainsRule(texts=texts, require=require, ignore_case=False) if criterion.gate == "required":
            yield from texts if require == "all" or len(texts) == 1 else ()
        case NotContainsRule(texts=(text,), ignore_case=False) if criterion.gate == "veto":
            yield text


def _must_not_contain(criterion: Criterion) -> Iterator[str]:
    """Texts with which the gate stays shut, wherever in the reply they stand."""
    match criterion.rule:
        case NotContainsRule(texts=texts, part="all") if criterion.gate == "required":
            yield from texts
        case ContainsRule(texts=texts, require=require, part="all") if criterion.gate == "veto":
            yield from texts if require == "any" or len(texts) == 1 else ()
