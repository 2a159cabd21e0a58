"""A known response: its sheet out of the store -> its reward vector. Pure.

The scores are there at once; verdicts are read out of the sheet when somebody asks for them.
"""

import msgspec
import numpy as np

from rvpo.judges.records import JudgeIdentity, JudgeRequest, RewardVector, Verdict
from rvpo.judges.storage.records import Sheet
from rvpo.judges.storage.sheets import lines_of
from rvpo.judges.vectors import RubricPlan, answered
from rvpo.rubrics.score import whole_score


class _Recalled(msgspec.Struct, gc=False):
    """Behind a vector out of the store."""

    plan: RubricPlan
    judge: JudgeIdentity
    sheet: Sheet
    read: tuple[Verdict, ...] = ()
    """Empty until somebody asks."""

    @property
    def rubric_hash(self) -> str:
        """See ``Behind``."""
        return self.plan.rubric_hash

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """See ``Behind``."""
        if not self.read:
            self.read = tuple(
                answered(self.plan, place, self.judge, key, reading, usage=reading.usage)
                for place, (key, reading) in enumerate(lines_of(self.sheet))
            )
        return self.read


def recalled_vector(
    request: JudgeRequest, plan: RubricPlan, judge: JudgeIdentity, sheet: Sheet
) -> RewardVector:
    """The reward vector of a sheet over all criteria of the request's rubric."""
    values = np.frombuffer(sheet.scores, dtype="<f8").astype(np.float64)
    for place in plan.faults:
        values[place] = 1.0 - values[place]
    return RewardVector(
        id=request.id,
        names=plan.names,
        values=values,
        applicable=np.ones(len(values), dtype=np.bool_),
        coverage=1.0,
        scalar=whole_score(plan.rubric, values.tolist()),
        behind=_Recalled(plan, judge, sheet),
    )
