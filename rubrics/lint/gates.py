"""Gates that cannot do what gates are for: let some replies through and others not. Pure.

A gate opens when its verdict is at least half good (``rvpo.rubrics.score``).
"""

from collections.abc import Iterable
from itertools import combinations

from rvpo.rubrics.lint.conflicts import conflict
from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.score import GATE_PASSES_AT


def never_decides(rubric: Rubric) -> Iterable[Hit]:
    """A gate whose scale has no answer on one of its two sides."""
    for criterion in rubric.criteria:
        values = [option.value for option in criterion.options or () if option.value is not None]
        good = [criterion.goodness(value) for value in values]
        if criterion.gate is None or not good:
            continue
        if max(good) < GATE_PASSES_AT:
            yield Hit(
                f"no option opens this {criterion.gate} gate: the best is {max(good):g} good, needed 0.5",
                criterion.id,
            )
        elif min(good) >= GATE_PASSES_AT:
            yield Hit(
                f"no option closes this {criterion.gate} gate: the worst is {min(good):g} good", criterion.id
            )


def against_points(rubric: Rubric) -> Iterable[Hit]:
    """A gate whose points pull the other way."""
    for criterion in rubric.criteria:
        if criterion.gate == "required" and criterion.points < 0:
            yield Hit(
                f"required with {criterion.points:+g}: meeting what must be met earns nothing", criterion.id
            )
        elif criterion.gate == "veto" and criterion.points > 0:
            said = "" if "points" in criterion.model_fields_set else ", the default"
            yield Hit(
                f"veto with {criterion.points:+g}{said}: every reply without the fault earns them",
                criterion.id,
            )


def exclude_each_other(rubric: Rubric) -> Iterable[Hit]:
    """Two gates that no reply can pass together."""
    gates = [criterion for criterion in rubric.criteria if criterion.gate is not None]
    for one, other in combinations(gates, 2):
        if reason := conflict(one, other) or conflict(other, one):
            yield Hit(f"no reply passes this gate and {one.id}: {reason}", other.id)
