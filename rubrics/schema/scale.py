"""The records of how a judge may answer: options, ranges, examples. Pure."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from rvpo.rubrics.schema.base import Flag, Number, Record, Share, Text

ScaleName = Literal["binary", "ordinal", "nominal", "numeric"]


class Option(Record):
    """One label that a judge may choose."""

    label: Text
    """The word that the judge gives."""
    value: Share | None = None
    """How far the criterion is met, in [0, 1]."""
    na: Flag = False
    """Whether choosing it says that the criterion does not apply; then it has no value."""

    @model_validator(mode="before")
    @classmethod
    def _a_text_is_a_label(cls, data: object) -> object:
        return {"label": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _na_has_no_value(self) -> Self:
        if self.na and self.value is not None:
            raise ValueError(f"the option {self.label!r} is n/a and has a value")
        return self


class Range(Record):
    """The numbers that a judge may answer; ``min`` counts as not met at all, ``max`` as fully met."""

    min: Number = 0.0
    """The least good."""
    max: Number
    """The best."""

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.max <= self.min:
            raise ValueError(f"max {self.max:g} is not above min {self.min:g}")
        return self

    def share(self, value: float) -> float:
        """Where a number of the range lies, in [0, 1]."""
        return (value - self.min) / (self.max - self.min)


class Example(Record):
    """A judged reply: shown to the judge for a criterion of kind llm; ``lint`` checks a rule against it."""

    response: Text
    """The reply, or the part of it that matters."""
    verdict: bool | Number | Text
    """``true`` or ``false`` (met or not), the label of an option, or a number of the range."""
    reason: str = ""
    """Why that is the verdict."""


def spread(options: Sequence[Option], scale: ScaleName) -> tuple[Option, ...]:
    """Give labels without values evenly spaced ones, first 0 and last 1, and check all values.

    Raises:
        ValueError: Fewer than two labels with a value, some with values and some without, a label twice, or values
            of an ordinal scale that neither rise nor fall.
    """
    labels = [option.label.casefold() for option in options]
    if len(set(labels)) < len(labels):
        raise ValueError("two options have the same label")
    real = [option for option in options if not option.na]
    if len(real) < 2:
        raise ValueError(f"{len(real)} options that are not n/a, needed at least 2")
    unvalued = [option for option in real if option.value is None]
    if unvalued and len(unvalued) < len(real):
        raise ValueError(f"the option {unvalued[0].label!r} has no value, though others have")
    if unvalued and scale == "nominal":
        raise ValueError("the options of a nominal scale need values")
    if unvalued:
        steps = {option.label: place / (len(real) - 1) for place, option in enumerate(real)}
        options = [Option(label=each.label, value=steps.get(each.label), na=each.na) for each in options]
    values = [option.value for option in options if option.value is not None]
    if scale == "ordinal" and values not in (sorted(set(values)), sorted(set(values), reverse=True)):
        raise ValueError("the values of an ordinal scale must rise or fall from option to option")
    return tuple(options)
