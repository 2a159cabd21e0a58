"""Rules tried out: on their own examples, and on whether any reply could change their verdict. Reads nothing.

Rules that need a tokenizer, a data row or a function of yours are not tried on examples.
"""

from collections.abc import Iterable

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.rules.evaluate import evaluate_rule
from rvpo.rubrics.rules.patterns import found
from rvpo.rubrics.schema import (
    Criterion,
    JsonSchemaRule,
    LengthRule,
    PythonRule,
    RegexRule,
    Rubric,
    ToolCallsRule,
)
from rvpo.rubrics.schema.criterion import Rule
from rvpo.rubrics.wording import clipped, printable, shown

_PROBES = ("", "x", "A sentence, in 3 lines.\nTwo\n", "日本語\t\x00", "{}[]<tool_call>\\")


def contradicts_example(rubric: Rubric) -> Iterable[Hit]:
    """An example that the rule judges differently."""
    for criterion in rubric.criteria:
        for number, example in enumerate(criterion.examples, start=1):
            wanted = criterion.met_of(example.verdict)
            got = _tried(criterion, example.response)
            if wanted is None or got is None:
                continue
            met, reason = got
            as_binary = isinstance(example.verdict, bool)
            if (met >= 0.5) != (wanted >= 0.5) if as_binary else abs(met - wanted) > 1e-6:
                said = shown(example.verdict)
                yield Hit(
                    f"example {number} ({shown(clipped(example.response, 30))}) says {said}, the rule gives {met:g}: {clipped(reason, 60)}",
                    criterion.id,
                )


def constant(rubric: Rubric) -> Iterable[Hit]:
    """A rule whose verdict no reply can change."""
    for criterion in rubric.criteria:
        if criterion.rule is not None and (reason := _constant(criterion.rule)):
            yield Hit(reason, criterion.id)


def _tried(criterion: Criterion, response: str) -> tuple[float, str] | None:
    rule = criterion.rule
    if (
        rule is None
        or isinstance(rule, PythonRule)
        or (isinstance(rule, LengthRule) and rule.unit == "tokens")
    ):
        return None
    try:
        met, reason = evaluate_rule(criterion, response, {})
    except RubricError:  # it asks for a field of the data row
        return None
    return None if met is None else (met, printable(reason))


def _constant(rule: Rule) -> str | None:
    match rule:
        case LengthRule(min=0, max=None):
            return "every reply meets it: neither min nor max is set"
        case RegexRule() if _matches_anything(rule):
            return f"every reply meets it: the pattern {shown(rule.pattern)} matches nothing at all as well"
        case JsonSchemaRule(json_schema=schema) if schema.get("not") in ({}, True):
            return "no reply meets it: the schema refuses everything"
        case ToolCallsRule():
            return _calls_out_of_bounds(rule)
        case _:
            return None


def _matches_anything(rule: RegexRule) -> bool:
    try:
        return all(
            found(rule.pattern, probe, full=rule.full, ignore_case=rule.ignore_case) for probe in _PROBES
        )
    except TimeoutError:
        return False


def _calls_out_of_bounds(rule: ToolCallsRule) -> str | None:
    if rule.allow is not None and rule.min > 0 and not rule.allow:
        return f"no reply meets it: at least {rule.min} calls, and no tool is allowed"
    if rule.check != "calls" or not rule.calls or rule.match == "subset":
        return None
    number, names = len(rule.calls), [call.name for call in rule.calls]
    exact = rule.match in {"strict", "unordered"}
    troubles = (
        *(
            f"the expected tool {shown(name)} is not among those allowed"
            for name in names
            if rule.allow is not None and name not in rule.allow
        ),
        f"{number} calls are expected, at most {rule.max} may be made"
        if rule.max is not None and number > rule.max
        else None,
        f"{number} calls are expected, at least {rule.min} must be made"
        if exact and number < rule.min
        else None,
    )
    trouble = next(filter(None, troubles), None)
    return f"no reply meets it: {trouble}" if trouble else None
