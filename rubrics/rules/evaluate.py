"""Criteria that need no judge: one function from a reply to how far it meets the rule.

Pure, but for ``python``, which calls a function of the author's and so must be allowed. Total on any model output. A
rule that itself fails on a reply, as a pattern that does not come to an end does, gives ``met=None``: a defect of the
rule is no verdict on the reply.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.rules.choice import check_choice
from rvpo.rubrics.rules.language import check_language
from rvpo.rubrics.rules.matching import check_match
from rvpo.rubrics.rules.numeric_answer import check_numeric_answer
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.python_function import check_python
from rvpo.rubrics.rules.structured import check_json, check_json_schema
from rvpo.rubrics.rules.text import answer_part, check_contains, check_length, check_not_contains, check_regex
from rvpo.rubrics.schema import (
    ChoiceRule,
    ContainsRule,
    Criterion,
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
from rvpo.rubrics.tool_calls.check import check_tool_calls

_ON_TEXT: Mapping[type, Callable[[Any, str], RuleOutcome]] = {
    RegexRule: check_regex,
    ContainsRule: check_contains,
    NotContainsRule: check_not_contains,
    LengthRule: check_length,
    JsonRule: check_json,
    JsonSchemaRule: check_json_schema,
    LanguageRule: check_language,
}
_ON_TEXT_AND_ROW: Mapping[type, Callable[[Any, str, Mapping[str, Any]], RuleOutcome]] = {
    NumericAnswerRule: check_numeric_answer,
    ChoiceRule: check_choice,
    MatchRule: check_match,
}


def evaluate_rule(
    criterion: Criterion, response: str, fields: Mapping[str, Any], *, allow_python: bool = False
) -> RuleOutcome:
    """Say how far a reply meets a criterion that has a rule.

    Args:
        criterion: A criterion of any kind but ``llm``.
        response: The model's reply, whatever it is.
        fields: The data row's fields, which ``expected_from`` and ``calls_from`` may name (see ``rule_fields``).
        allow_python: Whether a rule of kind ``python`` may call its function.

    Returns:
        ``met`` in [0, 1] with a reason of one line; polarity is not applied (``Criterion.goodness`` does that).

    Raises:
        MissingField: The row lacks a field that the rule asks for.
        RubricError: The criterion has no rule, the row's field does not hold what the rule needs, a function may not
            be called or cannot be imported, or a tokenizer cannot be had; never because of the reply.
    """
    rule = criterion.rule
    kind = type(rule)
    if isinstance(rule, ToolCallsRule):
        return check_tool_calls(rule, response, fields)
    if isinstance(rule, PythonRule):
        if not allow_python:
            raise RubricError(
                f"criterion {criterion.id!r} calls {rule.function}, and functions are off: "
                "allow them (allow_python: true) if you trust the rubric"
            )
        return check_python(rule, response, fields, criterion_id=criterion.id)
    if rule is None:
        raise RubricError(
            f"criterion {criterion.id!r} is of kind llm: a judge must answer it, it has no rule"
        )
    text = response if rule.part == "all" else answer_part(response)
    if kind in _ON_TEXT:
        return _ON_TEXT[kind](rule, text)
    return _ON_TEXT_AND_ROW[kind](rule, text, fields)
