"""The risk coefficient k over the course of training, as a pure function of progress.

The RVPO paper trains rubrics with k rising linearly from 0.5 to 2.0 and tool calls with k = 1 throughout; when the
rise ends, and what a restart does, it does not say. Here progress 0 is the first step and 1 the last.
"""

import math
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rvpo.rubrics.schema import Record

Risk = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A risk coefficient; 0 is GDPO's mean. The infinite one has a name of its own: ``method: hard_min``."""


class Linear(Record):
    """From ``start`` to ``end`` in a straight line."""

    schedule: Literal["linear"]
    start: Risk
    end: Risk


class Cosine(Record):
    """From ``start`` to ``end`` along half a cosine: slow at both ends."""

    schedule: Literal["cosine"]
    start: Risk
    end: Risk


class Piecewise(Record):
    """Straight lines between ``[progress, k]`` points; level before the first and after the last."""

    schedule: Literal["piecewise"]
    points: Annotated[tuple[tuple[Annotated[float, Field(ge=0, le=1)], Risk], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for (before, _), (after, _) in pairwise(self.points):
            if after <= before:
                raise ValueError(f"progress {after:g} comes after {before:g}; points must rise in progress")
        return self


Schedule = Annotated[Linear | Cosine | Piecewise, Field(discriminator="schedule")]


def k_at(schedule: float | Linear | Cosine | Piecewise, progress: float) -> float:
    """The risk coefficient at ``progress`` in [0, 1] (values outside are taken to the nearer end)."""
    progress = min(max(progress, 0.0), 1.0)
    match schedule:
        case Linear(start=start, end=end):
            return start + (end - start) * progress
        case Cosine(start=start, end=end):
            return start + (end - start) * (1 - math.cos(math.pi * progress)) / 2
        case Piecewise(points=points):
            return _between(points, progress)
        case number:
            return number


def _between(points: tuple[tuple[float, float], ...], progress: float) -> float:
    if progress <= points[0][0]:
        return points[0][1]
    for (x0, k0), (x1, k1) in pairwise(points):
        if progress <= x1:
            return k0 + (k1 - k0) * (progress - x0) / (x1 - x0)
    return points[-1][1]
