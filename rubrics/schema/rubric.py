"""The record of a rubric: criteria, and how they come together. Pure."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rvpo.rubrics.errors import FaultWithin
from rvpo.rubrics.schema.base import FieldName, Identifier, Record, Share, Tags, first_repeated
from rvpo.rubrics.schema.criterion import Criterion

CATEGORIES = ("category:essential", "category:important", "category:optional", "category:pitfall")
"""The tags that ``normalise: rar`` weighs by."""


class Component(Record):
    """A named group of criteria."""

    id: Identifier
    """What criteria call it."""
    title: str = ""
    """What a reader calls it."""
    weight: Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)] | None = None
    """Its share in a view by components with ``weights: points``; left out: the points of its criteria."""


class Aggregate(Record):
    """How verdicts come together: the entries of the reward vector, and the score."""

    view: Literal["criteria", "components", "axes"] = "criteria"
    """The entries of the reward vector: every criterion, every component, or every tag ``axis:...``; a criterion
    that belongs to none is an entry of its own."""
    weights: Literal["equal", "points"] = "equal"
    """What an entry weighs where entries are averaged: the same (1/M, as in the RVPO paper), or its points."""
    normalise: Literal["healthbench", "rar", "plain"] = "healthbench"
    """The score: points earned over positive points (HealthBench); the weights of the categories essential,
    important, optional and pitfall (Rubrics as Rewards); or the plain mean of the rewards."""
    gates: Literal["score", "vector"] = "score"
    """What a gate that fails takes away: the score, or every entry of the reward vector too."""


class OnInvalid(Record):
    """What training does about verdicts that a judge failed to give. Examinations never fill a hole."""

    max_missing: Share = 0.2
    """The largest share of a reply's points that may be missing for it to be kept."""
    scattered: Literal["mask", "group_mean"] = "mask"
    """Up to that share: leave the hole out, or take the mean of the group's other replies in its place."""
    otherwise: Literal["drop_sample", "mask"] = "drop_sample"
    """Beyond it: leave the reply out of the group, or only its holes."""


class JudgeHints(Record):
    """What the rubric asks of whoever judges it."""

    mode: Literal["per-criterion", "k-criteria", "whole-rubric"] | None = None
    """How many criteria to ask in one call, where the judge file leaves it open."""
    view: Literal["conversation", "last_turn", "reply"] = "conversation"
    """What of the conversation a judge is shown beside the reply: all, the last turn before it, nothing."""


def _refuse_repeats(what: str, names: Sequence[str], key: str, *inner: str) -> None:
    """Raise ``FaultWithin`` at the second of two equal names."""
    if twice := first_repeated(names):
        second = names.index(twice, names.index(twice) + 1)
        raise FaultWithin(f"the {what} {twice!r} occurs twice", key, second, *inner)


class Rubric(Record):
    """A frozen, validated list of criteria; see ``hashing.py`` for its identity."""

    schema_version: Literal["rubric/v1"] = Field(default="rubric/v1", alias="schema")
    """The version of this language."""
    id: Identifier
    """Names the rubric in runs and reports."""
    title: str = ""
    """What a reader calls it."""
    version: Annotated[int, Field(strict=True, ge=1)] = 1
    """Counts up with every edition of the rubric."""
    guidelines: str = ""
    """Told to the judge with every criterion."""
    fields: tuple[FieldName, ...] = ()
    """Fields of the data row that texts name in braces: ``{reference}``; a row without one is refused."""
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    """What a reply is judged by, one thing each."""
    components: tuple[Component, ...] = ()
    """Named groups of criteria."""
    aggregate: Aggregate = Aggregate()
    on_invalid: OnInvalid = OnInvalid()
    judge: JudgeHints = JudgeHints()
    tags: Tags = ()
    """Tags of the whole prompt (HealthBench: themes); they take the rubric's own score."""
    provenance: str = ""
    """Where the rubric comes from, and who or what wrote it."""
    licence: str = ""
    """Under which terms others may use it."""

    @model_validator(mode="after")
    def _ids_are_unique_and_known(self) -> Self:
        _refuse_repeats("criterion id", [criterion.id for criterion in self.criteria], "criteria", "id")
        _refuse_repeats("component id", [component.id for component in self.components], "components", "id")
        _refuse_repeats("field", self.fields, "fields")
        known = {component.id for component in self.components}
        for index, criterion in enumerate(self.criteria):
            if criterion.component is not None and criterion.component not in known:
                text = (
                    f"criterion {criterion.id!r} names component {criterion.component!r}; "
                    f"components are: {', '.join(sorted(known)) or 'none'}"
                )
                raise FaultWithin(text, "criteria", index, "component")
            if criterion.id in known and criterion.component != criterion.id:
                text = f"the id {criterion.id!r} is that of a component and of a criterion outside it"
                raise FaultWithin(text, "criteria", index, "id")
        return self

    @model_validator(mode="after")
    def _categories_are_said(self) -> Self:
        if self.aggregate.normalise == "rar":
            for index, criterion in enumerate(self.criteria):
                if sum(tag in CATEGORIES for tag in criterion.tags) != 1:
                    text = (
                        f"normalise rar needs one category tag on every criterion, {criterion.id!r} has another number; "
                        f"categories are: {', '.join(CATEGORIES)}"
                    )
                    raise FaultWithin(text, "criteria", index, "tags")
        return self
