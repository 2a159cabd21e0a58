"""The record of a criterion: one thing that a reply can meet or not. Pure."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from rvpo.rubrics.schema.base import Identifier, Number, Record, Tags, Text
from rvpo.rubrics.schema.rules import (
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
)
from rvpo.rubrics.schema.scale import Example, Option, Range, ScaleName, spread
from rvpo.rubrics.schema.tool_rules import ToolCallsRule

Kind = Literal[
    "llm", "regex", "contains", "not_contains", "length", "json", "json_schema", "language", "numeric_answer",
    "choice", "match", "python", "tool_calls",
]  # fmt: skip
Polarity = Literal["met_is_good", "met_is_bad"]

Rule = Annotated[
    RegexRule
    | ContainsRule
    | NotContainsRule
    | LengthRule
    | JsonRule
    | JsonSchemaRule
    | LanguageRule
    | NumericAnswerRule
    | ChoiceRule
    | MatchRule
    | PythonRule
    | ToolCallsRule,
    Field(discriminator="kind"),
]


class Criterion(Record):
    """One thing a reply can meet or not, or meet in part."""

    id: Identifier
    """Stable and unique; names the reward in logs and reports."""
    criterion: Text
    """The sentence that the judge (or a reader) sees."""
    points: Number = 1.0
    """Weight in the rubric's score; any sign; 0 is judged and reported but does not count."""
    polarity: Polarity = "met_is_good"
    """Whether meeting the criterion is good. Must be said when points are negative."""
    kind: Kind = "llm"
    """``llm``: a judge answers it; anything else is a rule that needs none."""
    rule: Rule | None = None
    """The rule's settings, for every kind but ``llm``."""
    scale: ScaleName = "binary"
    """How a judge answers: met or not, a label of ``options`` (``ordinal``, ``nominal``), a number of ``range``.
    May be left out: ``options`` mean ordinal, a ``range`` means numeric."""
    options: tuple[Option, ...] | None = None
    """The labels of an ordinal or nominal scale; plain texts are spaced evenly from 0 to 1."""
    range: Range | None = None
    """The numbers of a numeric scale."""
    gate: Literal["required", "veto"] | None = None
    """``required``: unless it is met, the reply's score is at most 0; ``veto``: if this fault is met, it is."""
    evidence: Literal["none", "quote"] = "none"
    """``quote``: a judge that says "met" must quote the reply; a quote that is not there is no verdict."""
    guidelines: str = ""
    """Told to the judge with this criterion, after the rubric's own."""
    examples: tuple[Example, ...] = ()
    """Judged replies: shown to the judge; a rule is checked against them."""
    tags: Tags = ()
    """Free labels such as ``axis:accuracy``; each gets a score of its own."""
    component: Identifier | None = None
    """The named group it belongs to."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_what_goes_without_saying(cls, data: object) -> object:
        if not isinstance(data, Mapping) or not data.keys() & _SAY_MORE:
            return data
        kind, rule = data.get("kind", "llm"), data.get("rule")
        if rule is not None and kind == "llm":
            raise ValueError("kind llm takes no rule; say which kind the rule is")
        if rule is None and kind == "json":
            rule = {}
        if isinstance(rule, Mapping) and "kind" not in rule:
            data = {**data, "rule": {"kind": kind, **rule}}
        if "scale" not in data and (data.get("options") is not None or data.get("range") is not None):
            data = {**data, "scale": "ordinal" if data.get("options") is not None else "numeric"}
        return data

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """One validator, which asks little of a plain criterion: a data set holds tens of thousands."""
        if self.kind != "llm" or self.rule is not None:
            self._check_rule()
        if self.scale != "binary" or self.options is not None or self.range is not None:
            self._check_scale()
        for example in self.examples:
            if self.met_of(example.verdict) is None and not self.is_na(example.verdict):
                raise ValueError(
                    f"the example's verdict {example.verdict!r} is no answer on scale {self.scale}"
                )
        if self.points < 0 and "polarity" not in self.model_fields_set:
            raise ValueError(
                f"points are {self.points:g} and polarity is not said: "
                "met_is_bad (meeting it is the fault) or met_is_good (meeting it avoids the fault)"
            )
        if self.gate is not None and self.polarity != _POLARITY_OF_GATE[self.gate]:
            raise ValueError(
                f"gate {self.gate} needs polarity {_POLARITY_OF_GATE[self.gate]}, polarity is {self.polarity}"
            )
        said = self.__pydantic_fields_set__
        object.__setattr__(self, "__pydantic_fields_set__", _SAID.setdefault(frozenset(said), said))
        return self

    def _check_rule(self) -> None:
        if self.rule is None:
            raise ValueError(f"kind {self.kind} needs a rule")
        if self.rule.kind != self.kind:
            raise ValueError(f"kind is {self.kind} but the rule says {self.rule.kind}")
        for key, unused in (("scale", self.scale == "binary"), ("evidence", self.evidence == "none")):
            if not unused:
                raise ValueError(f"{key} is for kind llm; this criterion is of kind {self.kind}")

    def _check_scale(self) -> None:
        if self.scale in {"ordinal", "nominal"}:
            if self.options is None:
                raise ValueError(f"scale {self.scale} needs options")
            object.__setattr__(self, "options", spread(self.options, self.scale))
        elif self.options is not None:
            raise ValueError(f"scale {self.scale} takes no options")
        if (self.scale == "numeric") != (self.range is not None):
            raise ValueError("scale numeric needs a range, and no other scale takes one")

    def goodness(self, met: float) -> float:
        """Turn "how far it is met", in [0, 1], into "how good", in [0, 1]: the reward of this criterion."""
        return met if self.polarity == "met_is_good" else 1.0 - met

    def met_of(self, verdict: bool | float | str) -> float | None:
        """How far an answer on this criterion's scale meets it, in [0, 1]; ``None``: n/a, or no such answer."""
        match verdict:
            case bool():
                return float(verdict) if self.scale == "binary" else None
            case str():
                found = self._option(verdict)
                return found.value if found else None
            case _ if self.range is not None and self.range.min <= verdict <= self.range.max:
                return self.range.share(verdict)
            case _ if self.kind != "llm" and 0.0 <= verdict <= 1.0:
                return float(verdict)
            case _:
                return None

    def is_na(self, verdict: bool | float | str) -> bool:
        """Whether an answer says that the criterion does not apply."""
        found = self._option(verdict) if isinstance(verdict, str) else None
        return found is not None and found.na

    def _option(self, label: str) -> Option | None:
        wanted = label.strip().casefold()
        return next((each for each in self.options or () if each.label.casefold() == wanted), None)


KINDS: tuple[str, ...] = get_args(Kind)
_SAY_MORE = {"kind", "rule", "options", "range"}
_POLARITY_OF_GATE: Mapping[str, Polarity] = {"required": "met_is_good", "veto": "met_is_bad"}
_SAID: dict[frozenset[str], set[str]] = {}
"""Which keys criteria say, one set for all that say the same: a data set's own would take a third of its memory."""
