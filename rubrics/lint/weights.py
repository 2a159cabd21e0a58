"""Whether the points of a rubric add up to something. Pure."""

from collections.abc import Iterable
from statistics import median

from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.schema import Rubric

FAR = 10.0
"""Times the median: the largest |points| of HealthBench are 10, the median of a row lies from 4 to 8.5."""


def all_zero(rubric: Rubric) -> Iterable[Hit]:
    """Points that are all 0."""
    if not any(criterion.points for criterion in rubric.criteria):
        yield Hit("all points are 0, so nothing is scored")


def no_positive(rubric: Rubric) -> Iterable[Hit]:
    """No criterion with positive points, where the score divides by them."""
    points = [criterion.points for criterion in rubric.criteria]
    if rubric.aggregate.normalise == "healthbench" and any(points) and max(points) <= 0:
        yield Hit("no criterion has positive points, so there is nothing to earn")


def dominant(rubric: Rubric) -> Iterable[Hit]:
    """One criterion that outweighs all others of its sign together, where there are at least four."""
    for sign, name in ((1, "positive"), (-1, "negative")):
        those = [criterion for criterion in rubric.criteria if criterion.points * sign > 0]
        total = sum(criterion.points for criterion in those)
        for criterion in those if len(those) > 3 else ():
            if abs(criterion.points) > abs(total - criterion.points):
                share = criterion.points / total
                yield Hit(f"{criterion.points:+g} is {share:.0%} of all {name} points", criterion.id)


def off_scale(rubric: Rubric) -> Iterable[Hit]:
    """Points far beyond the others', or two scales in one rubric."""
    sizes = [abs(criterion.points) for criterion in rubric.criteria if criterion.points]
    if len(sizes) < 3:
        return
    usual = median(sizes)
    for criterion in rubric.criteria:
        if abs(criterion.points) > FAR * usual:
            yield Hit(
                f"{criterion.points:+g} is {abs(criterion.points) / usual:.0f} times the usual {usual:g}",
                criterion.id,
            )
    shares, whole = [size for size in sizes if size < 1], [size for size in sizes if size >= 3]
    if len(shares) > 1 and len(whole) > 1 and max(sizes) <= FAR * usual:
        yield Hit(
            f"{len(shares)} criteria have points below 1 and {len(whole)} of 3 and more: two scales in one rubric"
        )
