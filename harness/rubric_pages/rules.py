"""A rule in words, as a reader would say it. Pure."""

from collections.abc import Iterable
from functools import singledispatch

from rvpo.harness.rubric_pages.words import count, listed
from rvpo.rubrics.schema import (
    ChoiceRule,
    ContainsRule,
    JsonRule,
    JsonSchemaRule,
    LanguageRule,
    LengthRule,
    MatchRule,
    NotContainsRule,
    NumericAnswerRule,
    PythonRule,
    RegexRule,
    ToolCallsRule,
)
from rvpo.rubrics.schema.criterion import Rule
from rvpo.rubrics.wording import printable

_UNITS = {"chars": "character", "words": "word", "tokens": "token"}
_CHECKS = {
    "form": "as many call blocks as expected, and no text beside them",
    "json": "every call block is a name and an object of arguments",
    "toolrl_format": "ToolRL's reward for the form",
    "toolrl_correctness": "ToolRL's reward for the calls",
    "irrelevance": "no call is made",
    "limits": "",
}
_MATCH = {
    "strict": "are {calls}, in order",
    "unordered": "are {calls}, in any order",
    "subset": "are all among {calls}",
    "superset": "contain {calls}",
    "in_order": "contain {calls}, in order",
}
_ARGS = {
    "exact": "",
    "names": "with the same argument names",
    "subset": "with none but the expected arguments",
    "superset": "with at least the expected arguments",
    "ignore": "whatever the arguments",
}


def rule_in_words(rule: Rule) -> str:
    """What a reply must be to meet the rule, for instance "at most 140 characters"."""
    words = _words(rule)
    if getattr(rule, "part", "all") == "answer":
        words = f"after the thinking: {words}"
    return words


@singledispatch
def _words(rule: Rule) -> str:
    raise TypeError(f"no words for {type(rule).__name__}")


@_words.register
def _regex(rule: RegexRule) -> str:
    how = "is all" if rule.full else "matches"
    return f"{how} /{printable(rule.pattern)}/{_any_case(rule.ignore_case)}"


@_words.register
def _contains(rule: ContainsRule) -> str:
    last = "and" if rule.require == "all" else "or"
    return f"contains {listed(rule.texts, last)}{_any_case(rule.ignore_case)}"


@_words.register
def _not_contains(rule: NotContainsRule) -> str:
    return f"does not contain {listed(rule.texts, 'or')}{_any_case(rule.ignore_case)}"


@_words.register
def _json(rule: JsonRule) -> str:
    return f"is one JSON {'value' if rule.type == 'any' else rule.type} and nothing else"


@_words.register
def _json_schema(rule: JsonSchemaRule) -> str:
    kind, needed = rule.json_schema.get("type"), rule.json_schema.get("required")
    parts = [kind] if isinstance(kind, str) else []
    parts += [f"with {', '.join(map(str, needed))}"] if isinstance(needed, list) and needed else []
    about = f" ({printable(' '.join(parts))})" if parts else ""
    return f"is JSON{about} that the schema accepts"


@_words.register
def _language(rule: LanguageRule) -> str:
    return f"is written in {' or '.join(map(printable, rule.languages))}"


@_words.register
def _number(rule: NumericAnswerRule) -> str:
    expected = f"{rule.expected:g}" if rule.expected is not None else _field(rule.expected_from)
    return f"the final number is {expected}{f' ± {rule.tolerance:g}' if rule.tolerance else ''}"


@_words.register
def _choice(rule: ChoiceRule) -> str:
    return f"chooses {_expected(rule.expected, rule.expected_from)} (of {rule.letters})"


@_words.register
def _match(rule: MatchRule) -> str:
    how = "is" if rule.measure == "exact" else "shares words (token F1) with"
    loose = "" if rule.normalise == "none" else ", case, punctuation and articles aside"
    return f"{how} {_expected(rule.expected, rule.expected_from)}{loose}"


@_words.register
def _python(rule: PythonRule) -> str:
    return f"as far as {rule.function} says"


@_words.register
def _length(rule: LengthRule) -> str:
    unit = _UNITS[rule.unit]
    of = f" of {printable(rule.tokenizer)}" if rule.tokenizer else ""
    if rule.max is None:
        return f"at least {count(rule.min, unit)}{of}"
    if rule.min == 0:
        return f"at most {count(rule.max, unit)}{of}"
    return f"{rule.min} to {count(rule.max, unit)}{of}"


@_words.register
def _tool_calls(rule: ToolCallsRule) -> str:
    expected = f"{_field(rule.calls_from)}" if rule.calls_from else _calls(rule)
    if rule.check == "calls":
        said = f"the calls {_MATCH[rule.match].format(calls=expected)}"
        parts = [said, _ARGS[rule.args]]
    else:
        parts = [_CHECKS[rule.check]]
        if rule.check == "form":
            parts.append(f"expected are {expected}")
    return "; ".join(
        part for part in (", ".join(filter(None, parts)), *_limits(rule), f"format {rule.format}") if part
    )


def _limits(rule: ToolCallsRule) -> Iterable[str]:
    if rule.forbid:
        yield f"never calls {', '.join(map(printable, rule.forbid))}"
    if rule.allow is not None:
        yield f"calls none but {', '.join(map(printable, rule.allow)) or 'nothing'}"
    if rule.min > 0:
        yield f"at least {count(rule.min, 'call')}"
    if rule.max is not None:
        yield f"at most {count(rule.max, 'call')}"


def _calls(rule: ToolCallsRule) -> str:
    named = (f"{call.name}({', '.join(call.arguments)})" for call in rule.calls or ())
    return printable(", ".join(named)) or "none"


def _expected(texts: tuple[str, ...] | None, field: str | None) -> str:
    return listed(texts, "or") if texts else _field(field)


def _field(name: str | None) -> str:
    return f"the row's field {printable(name or '')}"


def _any_case(ignore_case: bool) -> str:
    return ", in any case" if ignore_case else ""
