"""The record of the rule on tool calls. Pure. What it does is in ``rvpo.rubrics.tool_calls``."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from rvpo.rubrics.schema.base import Count, Flag, Json, Record, Text


class ToolCall(Record):
    """One expected call: a tool's name and its arguments."""

    name: Text
    """The tool's."""
    arguments: Mapping[str, Json] = Field(default_factory=dict)
    """Values, or matchers in their place: ``{$regex: "(?i)oslo"}``, ``{$one_of: [a, b]}``, ``{$type: integer}``,
    ``{$number: {about: 5, within: 0.1}}`` (or ``min``, ``max``), ``{$contains: x}``, ``{$ignore_case: text}``,
    ``{$same_words: text}``, ``{$optional: x}`` (may be absent), ``{$not: x}``, ``{$any: true}``, ``{$is: x}`` (``x`` as it stands, ``$`` and all).
    """

    @field_validator("arguments")
    @classmethod
    def _matchers_are_sound(cls, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
        from rvpo.rubrics.tool_calls.matcher_settings import check_matchers

        check_matchers(arguments)
        return arguments


class ToolCallsRule(Record):
    """Compares the calls in a reply with the expected ones.

    ``check: form``   as many call blocks as expected and no text beside them (none expected: plain text only);
    ``check: json``   every call block is a call: a name and an object of arguments;
    ``check: calls``  the calls agree with the expected ones under ``match`` and ``args``;
    ``check: limits`` only ``forbid``, ``allow``, ``min`` and ``max`` are looked at (``calls`` looks at them too);
    ``check: irrelevance``  no call is made, as none of the tools would help;
    ``check: toolrl_format`` / ``toolrl_correctness``  ToolRL's two rewards, scaled to [0, 1].
    """

    kind: Literal["tool_calls"] = "tool_calls"
    check: Literal[
        "form", "json", "calls", "limits", "irrelevance", "toolrl_format", "toolrl_correctness"
    ] = "calls"
    """What is looked at: see above."""
    format: Literal["hermes", "rlla", "openai", "llama", "pythonic", "json"] = "hermes"
    """How calls are written: ``<tool_call>{json}</tool_call>`` (Hermes, Qwen), ToolRL's block with one JSON a line,
    OpenAI's ``tool_calls`` objects, Llama's JSON with ``parameters``, ``[f(x=1), g()]``, bare JSON."""
    calls: tuple[ToolCall, ...] | None = None
    """The expected calls, the same for every prompt..."""
    calls_from: Text | None = None
    """...or the field of the data row that holds them: a list of calls, OpenAI ``tool_calls``, a reference reply."""
    row_matchers: Flag = False
    """Whether ``$`` keys in the row's calls are matchers; else they are data like any other."""
    match: Literal["strict", "unordered", "subset", "superset", "in_order"] = "strict"
    """``strict``: the same calls in the same order; ``unordered``: in any order; ``subset``: the reply's calls are
    among the expected; ``superset``: they contain the expected; ``in_order``: they contain the expected in that order."""
    args: Literal["exact", "names", "subset", "superset", "ignore"] = "exact"
    """How the arguments of a matched call must agree: ``exact``; ``subset``: some of the expected ones and no other;
    ``superset``: the expected ones and any other; ``names``: the same argument names, any values; ``ignore``."""
    forbid: tuple[Text, ...] = ()
    """Tools that may not be called."""
    allow: tuple[Text, ...] | None = None
    """The only tools that may be called."""
    min: Count = 0
    """The fewest calls that may be made..."""
    max: Count | None = None
    """...and the most."""

    @model_validator(mode="after")
    def _one_source_of_calls(self) -> Self:
        given = (self.calls is not None) + (self.calls_from is not None)
        if self.check in {"limits", "irrelevance"} and given:
            raise ValueError(f"check {self.check} takes neither calls nor calls_from")
        if self.check not in {"limits", "irrelevance"} and given != 1:
            raise ValueError("give exactly one of calls and calls_from")
        if self.row_matchers and self.calls_from is None:
            raise ValueError("row_matchers goes with calls_from")
        return self

    @model_validator(mode="after")
    def _toolrl_compares_plain_values(self) -> Self:
        from rvpo.rubrics.tool_calls.matcher_settings import has_matchers

        matched = self.row_matchers or any(has_matchers(call.arguments) for call in self.calls or ())
        if self.check.startswith("toolrl") and matched:
            raise ValueError(f"check {self.check} compares plain values, not matchers")
        return self

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Self:
        limited = bool(self.forbid) or self.allow is not None or self.min > 0 or self.max is not None
        if self.max is not None and self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}")
        if self.check == "limits" and not limited:
            raise ValueError("check limits needs one of forbid, allow, min and max")
        allowed = self.allow if self.allow is not None else [call.name for call in self.calls or ()]
        if barred := next((name for name in allowed if name in self.forbid), None):
            raise ValueError(
                f"{barred!r} is forbidden, and {'allowed' if self.allow is not None else 'expected'} too"
            )
        if limited and self.check not in {"limits", "calls"}:
            raise ValueError(f"check {self.check} does not look at forbid, allow, min and max")
        return self
