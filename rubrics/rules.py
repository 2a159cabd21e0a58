"""Criteria that need no judge: one function from a reply to how far it meets the rule. Pure.

Total on any model output. A rule that itself fails on a reply, as a pattern that does not come to an end does,
gives ``met=None``: a defect of the rule is no verdict on the reply.
"""

from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.json_schemas import first_breach
from rvpo.rubrics.outcome import RuleOutcome
from rvpo.rubrics.patterns import found
from rvpo.rubrics.schema import ContainsRule, Criterion, JsonSchemaRule, LengthRule, RegexRule, ToolCallsRule
from rvpo.rubrics.strict_json import parse_json, unfenced
from rvpo.rubrics.tool_calls import check_tool_calls
from rvpo.rubrics.wording import printable, shown

__all__ = ["RuleOutcome", "evaluate_rule"]


def evaluate_rule(criterion: Criterion, response: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """Say how far a reply meets a criterion that has a rule.

    Args:
        criterion: A criterion of any kind but ``llm``.
        response: The model's reply, whatever it is.
        fields: The data row's fields, which ``calls_from`` may name.

    Returns:
        ``met`` in [0, 1] with a reason of one line; polarity is not applied (``Criterion.goodness`` does that).

    Raises:
        MissingField: The row lacks a field that the rule asks for.
        RubricError: The criterion has no rule, or the row's field does not hold what the rule needs.
    """
    match criterion.rule:
        case RegexRule() as rule:
            return _regex(rule, response)
        case ContainsRule() as rule:
            return _contains(rule, response)
        case LengthRule() as rule:
            return _length(rule, response)
        case JsonSchemaRule() as rule:
            return _json_schema(rule, response)
        case ToolCallsRule() as rule:
            return check_tool_calls(rule, response, fields)
        case None:
            raise RubricError(
                f"criterion {criterion.id!r} is of kind llm: a judge must answer it, it has no rule"
            )


def _regex(rule: RegexRule, response: str) -> RuleOutcome:
    try:
        met = found(rule.pattern, response, full=rule.full, ignore_case=rule.ignore_case)
    except TimeoutError:
        return RuleOutcome(None, "the pattern does not come to an end on this reply")
    return RuleOutcome(float(met), "the pattern matches" if met else "the pattern does not match")


def _contains(rule: ContainsRule, response: str) -> RuleOutcome:
    reply = response.casefold() if rule.ignore_case else response
    missing = [text for text in rule.texts if (text.casefold() if rule.ignore_case else text) not in reply]
    allowed_to_miss = 0 if rule.require == "all" else len(rule.texts) - 1
    met = len(missing) <= allowed_to_miss
    return RuleOutcome(float(met), printable(f"lacks {shown(missing[0])}") if missing else "holds every text")


def _length(rule: LengthRule, response: str) -> RuleOutcome:
    length = len(response) if rule.unit == "chars" else len(response.split())
    met = rule.min <= length and (rule.max is None or length <= rule.max)
    upper = "any" if rule.max is None else rule.max
    return RuleOutcome(float(met), f"{length} {rule.unit}, allowed {rule.min} to {upper}")


def _json_schema(rule: JsonSchemaRule, response: str) -> RuleOutcome:
    try:
        value = parse_json(unfenced(response))
    except ValueError as error:
        return RuleOutcome(0.0, printable(str(error)))
    try:
        breach = first_breach(rule.json_schema, value)
    except TimeoutError:
        return RuleOutcome(None, "a pattern in the schema does not come to an end on this reply")
    except ValueError as error:
        return RuleOutcome(None, str(error))
    return RuleOutcome(0.0, printable(breach)) if breach else RuleOutcome(1.0, "the schema accepts it")
