"""The frozen records of a rubric: what is good, said declaratively.

A ``Rubric`` is a list of ``Criterion``. A criterion is judged by a model (``kind: llm``) or by a rule that
needs none. ``points`` weigh it (any sign, as in HealthBench); ``polarity`` says whether *meeting* it is good,
so that a reward is always "1 is good". The two are separate on purpose: of the published pitfall criteria
with negative points, most in one domain are worded so that meeting them is good and most in another so that
meeting them is bad, and no rule on the sign is right for both.

Pure: nothing here reads a file (``load.py`` does).
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

Kind = Literal["llm", "regex", "contains", "length", "json_schema", "tool_calls"]
Polarity = Literal["met_is_good", "met_is_bad"]

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]*$", max_length=120)]
Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _finite(value: JsonValue) -> JsonValue:
    """YAML can say ``.inf`` and ``.nan``; JSON, and so a hash or a reply, cannot."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(item)
    return value


def _unique(tags: tuple[str, ...]) -> tuple[str, ...]:
    if twice := _first_repeated(tags):
        raise ValueError(f"the tag {twice!r} occurs twice")
    return tags


def _first_repeated(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


Json = Annotated[JsonValue, AfterValidator(_finite)]
Tags = Annotated[tuple[Text, ...], AfterValidator(_unique)]


class Record(BaseModel):
    """Base of every declarative record: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(Record):
    """One expected call: a tool's name and its arguments."""

    name: Text
    arguments: Mapping[str, Json] = Field(default_factory=dict)


class RegexRule(Record):
    r"""Met if the pattern is found in the reply (``full: true``: if it matches all of it).

    The dialect is that of the ``regex`` package, a superset of Python's own: ``(?s)``, ``(?m)``, ``\p{L}`` ...
    """

    kind: Literal["regex"] = "regex"
    pattern: Text
    full: bool = False
    ignore_case: bool = False

    @model_validator(mode="after")
    def _pattern_is_sound(self) -> Self:
        from rvpo.rubrics.patterns import compiled

        compiled(self.pattern, ignore_case=self.ignore_case)
        return self


class ContainsRule(Record):
    """Met if the reply contains all (or any) of the texts."""

    kind: Literal["contains"] = "contains"
    texts: Annotated[tuple[Text, ...], Field(min_length=1)]
    require: Literal["all", "any"] = "all"
    ignore_case: bool = False


class LengthRule(Record):
    """Met if the reply's length lies between ``min`` and ``max``, both included."""

    kind: Literal["length"] = "length"
    unit: Literal["chars", "words"] = "words"
    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}")
        return self


class JsonSchemaRule(Record):
    """Met if the whole reply (a fenced block is unwrapped) is JSON that the JSON Schema accepts."""

    kind: Literal["json_schema"] = "json_schema"
    json_schema: Mapping[str, Json]
    """JSON Schema, draft 2020-12 unless its ``$schema`` says otherwise; ``$ref`` may point only inside it."""

    @field_validator("json_schema")
    @classmethod
    def _schema_is_sound(cls, schema: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        from rvpo.rubrics.json_schemas import check_schema

        check_schema(schema)
        return schema


class ToolCallsRule(Record):
    """Compares the calls in a reply with the expected ones.

    ``check: form``   as many call blocks as expected and no text beside them (none expected: plain text only);
    ``check: json``   every call block is a JSON object with a name and an arguments object;
    ``check: calls``  the calls agree with the expected ones under ``match`` and ``args``;
    ``check: toolrl_format`` / ``toolrl_correctness``  ToolRL's two rewards, scaled to [0, 1].
    """

    kind: Literal["tool_calls"] = "tool_calls"
    check: Literal["form", "json", "calls", "toolrl_format", "toolrl_correctness"] = "calls"
    format: Literal["hermes", "rlla", "json"] = "hermes"
    """How calls are written: ``<tool_call>{json}</tool_call>``, ToolRL's block with one JSON a line, bare JSON."""
    calls: tuple[ToolCall, ...] | None = None
    """The expected calls, the same for every prompt..."""
    calls_from: Text | None = None
    """...or the field of the data row that holds them."""
    match: Literal["strict", "unordered", "subset", "superset"] = "strict"
    """``subset``: the reply's calls are among the expected; ``superset``: they contain the expected."""
    args: Literal["exact", "names", "subset", "superset", "ignore"] = "exact"
    """How the arguments of a matched call must agree; ``names``: the same argument names, any values."""

    @model_validator(mode="after")
    def _one_source_of_calls(self) -> Self:
        if (self.calls is None) == (self.calls_from is None):
            raise ValueError("give exactly one of calls and calls_from")
        return self


Rule = Annotated[
    RegexRule | ContainsRule | LengthRule | JsonSchemaRule | ToolCallsRule, Field(discriminator="kind")
]


class Criterion(Record):
    """One thing a reply can meet or not."""

    id: Identifier
    criterion: Text
    """The sentence that the judge (or a reader) sees."""
    points: Number = 1.0
    """Weight in the rubric's score; any sign; 0 is judged and reported but does not count."""
    polarity: Polarity = "met_is_good"
    """Whether meeting the criterion is good. Must be said when points are negative."""
    kind: Kind = "llm"
    rule: Rule | None = None
    tags: Tags = ()
    component: Identifier | None = None
    """The named group it belongs to in reports."""

    @model_validator(mode="before")
    @classmethod
    def _tell_the_rule_its_kind(cls, data: object) -> object:
        if isinstance(data, Mapping):
            rule = data.get("rule")
            kind = data.get("kind", "llm")
            if rule is not None and kind == "llm":
                raise ValueError("kind llm takes no rule; say which kind the rule is")
            if isinstance(rule, Mapping) and "kind" not in rule:
                return {**data, "rule": {"kind": kind, **rule}}
        return data

    @model_validator(mode="after")
    def _rule_fits_kind(self) -> Self:
        if self.kind != "llm" and self.rule is None:
            raise ValueError(f"kind {self.kind} needs a rule")
        if self.rule is not None and self.rule.kind != self.kind:
            raise ValueError(f"kind is {self.kind} but the rule says {self.rule.kind}")
        return self

    @model_validator(mode="after")
    def _polarity_is_said(self) -> Self:
        if self.points < 0 and "polarity" not in self.model_fields_set:
            raise ValueError(
                f"points are {self.points:g} and polarity is not said: "
                "met_is_bad (meeting it is the fault) or met_is_good (meeting it avoids the fault)"
            )
        return self

    def goodness(self, met: float) -> float:
        """Turn "how far it is met", in [0, 1], into "how good", in [0, 1]: the reward of this criterion."""
        return met if self.polarity == "met_is_good" else 1.0 - met


class Component(Record):
    """A named group of criteria."""

    id: Identifier
    title: str = ""


class Rubric(Record):
    """A frozen, validated list of criteria; see ``hashing.py`` for its identity."""

    id: Identifier
    title: str = ""
    version: Annotated[int, Field(ge=1)] = 1
    guidelines: str = ""
    """Told to the judge with every criterion."""
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    components: tuple[Component, ...] = ()
    tags: Tags = ()
    """Tags of the whole prompt (HealthBench: themes); they take the rubric's own score."""
    provenance: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _ids_are_unique_and_known(self) -> Self:
        if twice := _first_repeated(criterion.id for criterion in self.criteria):
            raise ValueError(f"the criterion id {twice!r} occurs twice")
        if twice := _first_repeated(component.id for component in self.components):
            raise ValueError(f"the component id {twice!r} occurs twice")
        known = {component.id for component in self.components}
        for criterion in self.criteria:
            if criterion.component is not None and criterion.component not in known:
                raise ValueError(
                    f"criterion {criterion.id!r} names component {criterion.component!r}; "
                    f"components are: {', '.join(sorted(known)) or 'none'}"
                )
        return self
