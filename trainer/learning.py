"""``Learning``: how reward vectors become advantages, as fields that the config of every engine has."""

import dataclasses
from typing import Annotated, Self

from pydantic import Field, model_validator

from rvpo.rubrics.schema import Record
from rvpo.trainer.advantages import Method
from rvpo.trainer.conventions import Baseline, Conventions, Ddof, EpsPlace, Total, Whiten
from rvpo.trainer.presets import PRESETS, PresetName
from rvpo.trainer.schedule import Adaptive, Linear, Risk, Schedule

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Learning(Record):
    """The method, its risk coefficient and its conventions."""

    method: Method = "rvpo"
    """How a reward vector becomes an advantage."""
    k: Risk | Schedule = Linear(schedule="linear", start=0.5, end=2.0)
    """Risk coefficient: a number, or a schedule over the run. Tool calls were trained with 1."""
    beta_variance: Weight = 0.5
    """Weight of the variance in ``explicit_variance``; k / 2 at k = 1 (our choice)."""
    preset: PresetName = "paper"
    """Whose conventions hold where the formulas leave something open; the fields below override it one by one."""
    whiten: Whiten | None = None
    """``batch``, ``token``, ``group``, ``centred`` (groups centred, batch scaled) or ``none``."""
    keep_constant: bool | None = None
    """Whether a criterion that all samples of a prompt meet alike still counts in M."""
    eps: Rate | None = None
    """Added to the standard deviation of a criterion in its group."""
    ddof: Ddof | None = None
    """1 for sample, 0 for population standard deviations."""
    baseline: Baseline | None = None
    """``group``, or ``leave_one_out``: a sample is measured by the others of its group."""
    total: Total | None = None
    """``mean`` or ``sum``: what ``gdpo`` makes of a sample's z-scores."""
    whiten_eps: Weight | None = None
    """Keeps whitening from dividing by 0."""
    whiten_eps_in: EpsPlace | None = None
    """``std`` or ``variance``: what ``whiten_eps`` is added to."""

    @model_validator(mode="after")
    def _can_adapt(self) -> Self:
        if isinstance(self.k, Adaptive) and self.method == "entropic":
            raise ValueError(
                "k: an adaptive schedule goes by what rvpo attends to; entropic wants another one"
            )
        return self

    @property
    def conventions(self) -> Conventions:
        """The preset's, with what this config says itself."""
        told = {field.name: getattr(self, field.name) for field in dataclasses.fields(Conventions)}
        return dataclasses.replace(
            PRESETS[self.preset], **{name: value for name, value in told.items() if value is not None}
        )
