"""Rubric dropout: each step a prompt's samples are judged by a part of its rubric. Pure.

Source: "Rubric Dropout" (arXiv 2608.11669), against a policy that learns the judge's weak criteria by heart. Departures:
the part is drawn for a group, not for a sample (samples of one prompt are compared with one another), gates are never
left out, and what is left out is not asked, so that it costs nothing.
"""

from math import floor
from random import Random

from rvpo.rubrics import Rubric


def drop_criteria(rubric: Rubric, share: float, seed: int, step: int, prompt: str) -> Rubric:
    """Leave out a share of the criteria; the same for the same seed, step and prompt.

    Of n criteria with points that are no gates, floor(share * n) are left out, and one more with the probability of
    the fraction, so that the share is right on average; at least one criterion with points always stays.

    Args:
        rubric: The whole rubric.
        share: In [0, 1).
        seed: Of the run.
        step: Of the batch.
        prompt: Id of the prompt.
    """
    may_go = [place for place, each in enumerate(rubric.criteria) if each.points != 0 and each.gate is None]
    scored = sum(each.points != 0 for each in rubric.criteria)
    draw = Random(f"{seed}/{step}/{prompt}")  # noqa: S311  a mask, not a secret
    wanted = share * len(may_go)
    count = floor(wanted) + (draw.random() < wanted - floor(wanted))
    gone = set(draw.sample(may_go, min(count, scored - 1)))
    if not gone:
        return rubric
    kept = tuple(each for place, each in enumerate(rubric.criteria) if place not in gone)
    return rubric.model_copy(update={"criteria": kept})
