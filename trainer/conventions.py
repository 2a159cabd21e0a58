"""What the formulas of RVPO and GDPO leave open, as one frozen record: each library has filled it in differently.

Which one filled it in how is in ``presets.py``. Nothing here computes.
"""

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args

Whiten = Literal["batch", "token", "group", "centred", "none"]
Ddof = Literal[0, 1]
Baseline = Literal["group", "leave_one_out"]
Total = Literal["mean", "sum"]
EpsPlace = Literal["std", "variance"]


@dataclass(frozen=True)
class Conventions:
    """How z-scores, their total and the whitening are taken; the defaults are the preset ``paper``.

    Raises:
        ValueError: A field is not what it may be.
    """

    ddof: Ddof = 1
    """1 for sample, 0 for population standard deviations, in the group and in whitening."""
    eps: float = 1e-6
    """Added to the standard deviation of a criterion in its group."""
    baseline: Baseline = "group"
    """Mean and deviation that a reply is measured by: of its whole group, or of the others in it."""
    total: Total = "mean"
    """What ``gdpo`` makes of a row's z-scores; they differ where rubrics differ in size."""
    keep_constant: bool = True
    """Whether a criterion that does not vary in a group stays in M with Z = 0: it then damps good news more than bad."""
    whiten: Whiten = "batch"
    """Re-normalisation of the aggregates: see ``whitening.whiten_advantages``."""
    whiten_eps: float = 1e-6
    """Keeps whitening from dividing by 0; where it is 0, a spread of 0 is not divided by."""
    whiten_eps_in: EpsPlace = "std"
    """What ``whiten_eps`` is added to: std + eps, or sqrt(variance + eps)."""

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                expected = ", ".join(map(str, allowed))
                raise ValueError(f"{name} is {getattr(self, name)!r}; expected one of {expected}")
        if not 0 < self.eps < math.inf:
            raise ValueError(f"eps is {self.eps}; expected a small number > 0")
        if not 0 <= self.whiten_eps < math.inf:
            raise ValueError(f"whiten_eps is {self.whiten_eps}; expected a small number >= 0")

    def __str__(self) -> str:
        """One line, every field: what a run says of itself."""
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))


CHOICES: dict[str, tuple[str | int, ...]] = {
    "ddof": get_args(Ddof),
    "baseline": get_args(Baseline),
    "total": get_args(Total),
    "whiten": get_args(Whiten),
    "whiten_eps_in": get_args(EpsPlace),
}
