"""The risk coefficient k over the course of training, as a pure function of progress.

The RVPO paper trains rubrics with k rising linearly from 0.5 to 2.0 and tool calls with k = 1 throughout; when the
rise ends, and what a restart does, it does not say. Here progress 0 is the first step and 1 the last.

``Adaptive`` is ours, not the paper's, and off by default: it looks at the rewards instead of the clock, and is the only
schedule with a state, the k that it has come to.
"""

import math
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rvpo.rubrics.schema import Record

Risk = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A risk coefficient; 0 is GDPO's mean. The infinite one has a name of its own: ``method: hard_min``."""


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]


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


class Adaptive(Record):
    """Keeps the share of a row's criteria that SoftMin attends to between ``low`` and ``high``.

    The share is ``attended_share``: 1 if all count alike, 1/M if only the worst does. It falls as k rises, so a share
    above the range raises k and one below lowers it, by exp(``gain`` times the distance); within, k rests.
    """

    schedule: Literal["adaptive"]
    start: Positive = 0.5
    low: Share = 0.5
    high: Share = 0.7
    gain: Positive = 0.5
    """How fast: at 0.5, a share that is 0.2 too high raises k by 10 % a batch."""
    least: Positive = 0.05
    most: Positive = 5.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        if not self.least <= self.start <= self.most:
            raise ValueError(
                f"start {self.start:g} is not within least {self.least:g} and most {self.most:g}"
            )
        return self

    def after(self, k: float, share: float) -> float:
        """The next batch's k, from this one's k and share; a NaN (nothing varied) changes nothing."""
        if math.isnan(share):
            return k
        excess = share - min(max(share, self.low), self.high)
        return min(max(k * math.exp(self.gain * excess), self.least), self.most)


Course = Linear | Cosine | Piecewise | Adaptive
Schedule = Annotated[Course, Field(discriminator="schedule")]


def k_at(schedule: float | Course, progress: float) -> float:
    """The risk coefficient at ``progress`` in [0, 1] (values outside are taken to the nearer end).

    Of an adaptive schedule this is where it starts; where it has come to only its trainer knows.
    """
    progress = min(max(progress, 0.0), 1.0)
    match schedule:
        case Linear(start=start, end=end):
            return start + (end - start) * progress
        case Cosine(start=start, end=end):
            return start + (end - start) * (1 - math.cos(math.pi * progress)) / 2
        case Piecewise(points=points):
            return _between(points, progress)
        case Adaptive(start=start):
            return start
        case number:
            return number


def _between(points: tuple[tuple[float, float], ...], progress: float) -> float:
    if progress <= points[0][0]:
        return points[0][1]
    for (x0, k0), (x1, k1) in pairwise(points):
        if progress <= x1:
            return k0 + (k1 - k0) * (progress - x0) / (x1 - x0)
    return points[-1][1]
