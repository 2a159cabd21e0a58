"""The rubric language, version 1, as frozen records: what is good, said declaratively.

A ``Rubric`` is a list of ``Criterion``. A criterion is judged by a model (``kind: llm``) or by a rule that needs none.
``points`` weigh it (any sign, as in HealthBench); ``polarity`` says whether *meeting* it is good, so that a reward is
always "1 is good". The two are separate on purpose: of the published pitfall criteria with negative points, most in
one domain are worded so that meeting them is good and most in another so that meeting them is bad, and no rule on the
sign is right for both.

Pure: nothing here reads a file. The docstrings of the keys are the reference page and the editor's help.
"""

from rvpo.rubrics.schema.base import Record
from rvpo.rubrics.schema.criterion import KINDS, Criterion, Kind, Polarity, Rule
from rvpo.rubrics.schema.rubric import Aggregate, Component, JudgeHints, OnInvalid, Rubric
from rvpo.rubrics.schema.rules import (
    ChoiceRule,
    ContainsRule,
    ExpectedText,
    JsonRule,
    JsonSchemaRule,
    LanguageRule,
    LengthRule,
    MatchRule,
    NotContainsRule,
    NumericAnswerRule,
    PythonRule,
    RegexRule,
    TextRule,
)
from rvpo.rubrics.schema.scale import Example, Option, Range
from rvpo.rubrics.schema.tool_rules import ToolCall, ToolCallsRule

__all__ = [
    "KINDS",
    "Aggregate",
    "ChoiceRule",
    "Component",
    "ContainsRule",
    "Criterion",
    "Example",
    "ExpectedText",
    "JsonRule",
    "JsonSchemaRule",
    "JudgeHints",
    "Kind",
    "LanguageRule",
    "LengthRule",
    "MatchRule",
    "NotContainsRule",
    "NumericAnswerRule",
    "OnInvalid",
    "Option",
    "Polarity",
    "PythonRule",
    "Range",
    "Record",
    "RegexRule",
    "Rubric",
    "Rule",
    "TextRule",
    "ToolCall",
    "ToolCallsRule",
]
