"""The records of rules that look at a reply as text; tool calls are in ``tool_rules.py``. Pure.

What each one does is in ``rvpo.rubrics.rules``.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from rvpo.rubrics.schema.base import Count, Flag, Json, Number, Record, Text


class TextRule(Record):
    """What rules on text share."""

    part: Literal["all", "answer"] = "all"
    """What is looked at: the whole reply, or only what follows the thinking (the last ``</think>``); of a reply that
    is still thinking when it ends, nothing."""


class ExpectedText(TextRule):
    """A rule that compares with texts of its own, or with a field of the data row."""

    expected: tuple[Text, ...] | None = None
    """What is right, the same for every prompt; of several, any is..."""
    expected_from: Text | None = None
    """...or the field of the data row that holds it: a text, or a list of texts."""

    @field_validator("expected", mode="before")
    @classmethod
    def _one_text_is_a_list_of_one(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.expected is None) == (self.expected_from is None):
            raise ValueError("give exactly one of expected and expected_from")
        return self


class RegexRule(TextRule):
    r"""Met if the pattern is found in the reply.

    The dialect is that of the ``regex`` package, a superset of Python's own: ``(?s)``, ``(?m)``, ``\p{L}`` ...
    A search that takes more than two seconds is given up, and the verdict is a hole.
    """

    kind: Literal["regex"] = "regex"
    pattern: Text
    """What to look for."""
    full: Flag = False
    """Whether the pattern must match all of the text, not only occur in it."""
    ignore_case: Flag = False
    """Whether capital and small letters are the same."""

    @model_validator(mode="after")
    def _pattern_is_sound(self) -> Self:
        from rvpo.rubrics.rules.patterns import compiled

        compiled(self.pattern, ignore_case=self.ignore_case)
        return self


class ContainsRule(TextRule):
    """Met if the reply contains all (or any) of the texts."""

    kind: Literal["contains"] = "contains"
    texts: Annotated[tuple[Text, ...], Field(min_length=1)]
    """What to look for."""
    require: Literal["all", "any"] = "all"
    """Whether all of the texts must be there, or any."""
    ignore_case: Flag = False
    """Whether capital and small letters are the same."""


class NotContainsRule(TextRule):
    """Met if the reply contains none of the texts."""

    kind: Literal["not_contains"] = "not_contains"
    texts: Annotated[tuple[Text, ...], Field(min_length=1)]
    """What must not be there."""
    ignore_case: Flag = False
    """Whether capital and small letters are the same."""


class LengthRule(TextRule):
    """Met if the reply's length lies between ``min`` and ``max``, both included."""

    kind: Literal["length"] = "length"
    unit: Literal["chars", "words", "tokens"] = "words"
    """``words`` are what white space parts; ``tokens`` are the named tokenizer's, without those that it adds itself.
    A text of more than 200 000 characters is counted in pieces, and no further than need be."""
    min: Count = 0
    """The least..."""
    max: Count | None = None
    """...and the most."""
    tokenizer: Text | None = None
    """For ``unit: tokens``: a ``tokenizer.json``, a folder that holds one, or a model's name on the hub."""

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}")
        if (self.unit == "tokens") != (self.tokenizer is not None):
            raise ValueError("unit tokens needs a tokenizer, and no other unit takes one")
        return self


class JsonRule(TextRule):
    """Met if the reply is one JSON value and nothing else (a fenced block is unwrapped)."""

    kind: Literal["json"] = "json"
    type: Literal["any", "object", "array"] = "any"
    """What the value must be."""


class JsonSchemaRule(TextRule):
    """Met if the whole reply (a fenced block is unwrapped) is JSON that the JSON Schema accepts."""

    kind: Literal["json_schema"] = "json_schema"
    json_schema: Mapping[str, Json]
    """JSON Schema, draft 2020-12 unless its ``$schema`` says otherwise; ``$ref`` may point only inside it."""

    @field_validator("json_schema")
    @classmethod
    def _schema_is_sound(cls, schema: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        from rvpo.rubrics.rules.json_schemas import check_schema

        check_schema(schema)
        return schema


class LanguageRule(TextRule):
    """Met if the reply is written in one of the languages.

    The start of the reply decides, 20 000 characters, without code, formulas and links. A language counts when it is
    at least a third as likely as the likeliest. A reply without words is in no language; of a word or two that could
    be in many there is no verdict.
    """

    kind: Literal["language"] = "language"
    languages: Annotated[tuple[Text, ...], Field(min_length=1)]
    """ISO 639-1 codes such as ``en``."""

    @field_validator("languages")
    @classmethod
    def _languages_are_known(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        from rvpo.rubrics.rules.language import check_languages

        check_languages(languages)
        return languages


class NumericAnswerRule(TextRule):
    r"""Met if the reply's final number is the expected one.

    The final number is that of the last ``\boxed{}``, else of the last "answer is", "answer:" or ``####``, else the
    last number. ``1,234.5``, ``−3``, ``3/4``, ``\frac{3}{4}``, ``1.5e-3``, ``1.5 x 10^-3``, ``$5`` and ``5 mg`` are read;
    ``25%`` is right for 25 and for 0.25. A box must hold one plain number.
    """

    kind: Literal["numeric_answer"] = "numeric_answer"
    expected: Number | None = None
    """The right number, the same for every prompt."""
    expected_from: Text | None = None
    """The field of the data row that holds the number: a number, or a text whose final number is meant."""
    tolerance: Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)] = 0.0
    """How far off it may be, in its own unit..."""
    relative_tolerance: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 1e-9
    """...or as a share of the expected number; the larger of the two holds."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.expected is None) == (self.expected_from is None):
            raise ValueError("give exactly one of expected and expected_from")
        return self


class ChoiceRule(ExpectedText):
    r"""Met if the reply chooses the right one of lettered options.

    The choice is that of the last ``\boxed{}``, else of the last "answer is", "answer:" (or choice, or option), else a
    last or first line that is but a letter, else the start of a reply of one line: ``C. Paris``. ``(C)``, ``**C**`` and
    ``\text{C}`` are read. Who names two letters chooses none.
    """

    kind: Literal["choice"] = "choice"
    letters: Annotated[str, Field(pattern=r"^[A-Z]{2,26}$")] = "ABCD"
    """The letters that may be chosen."""

    @model_validator(mode="after")
    def _expected_are_letters(self) -> Self:
        wrong = next((text for text in self.expected or () if text not in tuple(self.letters)), None)
        if wrong is not None:
            raise ValueError(f"expected {wrong!r} is none of the letters {self.letters}")
        return self


class MatchRule(ExpectedText):
    """How far the reply agrees with an expected text."""

    kind: Literal["match"] = "match"
    measure: Literal["exact", "f1"] = "exact"
    """``f1``: token F1 as in SQuAD, a number in [0, 1]; of several expected texts the best counts. An empty list in
    the data row expects an empty reply, as SQuAD does of a question without an answer."""
    normalise: Literal["squad", "none"] = "squad"
    """``squad``: lower case, without punctuation, articles (a, an, the) and repeated space; ``none``: as it stands, but
    for white space at the ends."""


class PythonRule(Record):
    """Met as far as a function of yours says. Off unless whoever judges allows it.

    An exception in it, or a value off range, is no verdict. It runs without a time limit.
    """

    kind: Literal["python"] = "python"
    function: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    """``package.module:name``, importable; called with the reply and the data row's fields, returns a bool, a number in
    [0, 1] or a ``RuleOutcome`` with its own reason."""
    settings: Mapping[str, Json] = Field(default_factory=dict)
    """Given to the function as keyword arguments."""
