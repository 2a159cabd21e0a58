"""Reward vector views: which entries a learner sees, and what each of them weighs. Pure.

A reward vector has an entry for every criterion. SoftMin over a dozen yes-or-no entries is nearly always that of the
worst one, so a rubric may ask for fewer: its components, or its axes (tags ``axis:...``). An entry over several
criteria is scored among themselves, by the rubric's own rule (``aggregate.normalise``): under ``healthbench`` points
earned over positive points, not clipped. Where an entry has no positive points, the rule has no denominator; it is then
1 + points earned / points to lose, so that a reply without a fault has 1 and one with every fault 0.

A criterion of 0 points is reported only: it is no part of any entry. An entry over several criteria is a hole unless
at least 1 - ``on_invalid.max_missing`` of its points were judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.score import GATE_PASSES_AT, earnings

ViewName = Literal["criteria", "components", "axes"]
AXIS = "axis:"


@dataclass(frozen=True, slots=True)
class View:
    """The K entries that C criteria come to."""

    names: tuple[str, ...]
    """Of the entries."""
    weights: NDArray[np.float64]
    """Shape (K,), summing to 1: the same for each, or by points (``aggregate.weights``)."""
    worst_KC: NDArray[np.float64]  # noqa: N815
    """What criterion c adds to entry k at worst; 0 outside its entry."""
    best_KC: NDArray[np.float64]  # noqa: N815
    span_KC: NDArray[np.float64]  # noqa: N815
    """What an entry is divided by, criterion by criterion: what can be earned, or, where nothing can, be lost."""
    gates_C: NDArray[np.bool_]  # noqa: N815
    """Which criteria are gates that close the whole vector."""
    max_missing: float

    def values(
        self, rewards_C: Sequence[float] | NDArray[np.float64], applicable_C: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Turn a reward vector into the view's entries.

        Args:
            rewards_C: Reward of each criterion, polarity applied (``RewardVector.values``); NaN is a hole.
            applicable_C: Which criteria apply to the reply; all by default.

        Returns:
            ``values_K``, NaN where an entry is a hole or does not apply, and ``applicable_K``.
        """
        rewards_C = np.asarray(rewards_C, dtype=np.float64)
        applies_C = np.ones(len(rewards_C), dtype=bool) if applicable_C is None else applicable_C
        judged_C = applies_C & ~np.isnan(rewards_C)
        good_C = np.where(judged_C, rewards_C, 0.0)
        spread_KC = self.best_KC - self.worst_KC
        earned_K = (self.worst_KC + spread_KC * good_C) @ judged_C
        possible_K = self.span_KC @ judged_C
        to_judge_K = spread_KC @ applies_C
        known = possible_K > 0
        lost_only_K = (self.best_KC @ judged_C) == 0
        values_K = np.full(len(self.names), np.nan)
        np.divide(earned_K, possible_K, out=values_K, where=known)
        values_K[lost_only_K & known] += 1.0
        enough_K = spread_KC @ judged_C >= (1.0 - self.max_missing) * to_judge_K - 1e-12
        values_K[~enough_K] = np.nan
        if (self.gates_C & judged_C & (good_C < GATE_PASSES_AT)).any():
            values_K = np.minimum(values_K, 0.0)
        return values_K, to_judge_K > 0


def view_of(rubric: Rubric, view: ViewName | None = None) -> View:
    """Lay out the entries of a rubric's reward vector.

    Args:
        rubric: The rubric.
        view: Instead of the rubric's ``aggregate.view``.

    Raises:
        RubricError: No criterion has points.
    """
    by = view or rubric.aggregate.view
    entries: dict[str, list[int]] = {}
    for place, criterion in enumerate(rubric.criteria):
        if criterion.points != 0:
            entries.setdefault(_entry(criterion, by), []).append(place)
    if not entries:
        raise RubricError(f"rubric {rubric.id!r}: every criterion has 0 points, so there is no reward vector")
    shape = (len(entries), len(rubric.criteria))
    worst_KC, best_KC = np.zeros(shape), np.zeros(shape)
    spans = [(0.0, 1.0)] * len(rubric.criteria) if by == "criteria" else earnings(rubric)
    for row, places in enumerate(entries.values()):
        for place in places:
            worst_KC[row, place], best_KC[row, place] = spans[place]
    only_lost_K = best_KC.sum(axis=1) == 0
    weights = np.array([_weight(rubric, by, name, places) for name, places in entries.items()])
    gates = rubric.aggregate.gates == "vector"
    return View(
        names=tuple(entries),
        weights=weights / weights.sum(),
        worst_KC=worst_KC,
        best_KC=best_KC,
        span_KC=np.where(only_lost_K[:, None], -worst_KC, best_KC),
        gates_C=np.array([gates and criterion.gate is not None for criterion in rubric.criteria]),
        max_missing=rubric.on_invalid.max_missing,
    )


def _entry(criterion: Criterion, by: ViewName) -> str:
    """The entry a criterion belongs to; of several axes the first counts."""
    if by == "components" and criterion.component is not None:
        return criterion.component
    if by == "axes":
        return next((tag for tag in criterion.tags if tag.startswith(AXIS)), criterion.id)
    return criterion.id


def _weight(rubric: Rubric, by: ViewName, name: str, places: Sequence[int]) -> float:
    if rubric.aggregate.weights == "equal":
        return 1.0
    if by == "components":
        for component in rubric.components:
            if component.id == name and component.weight is not None:
                return component.weight
    return sum(abs(rubric.criteria[place].points) for place in places)
