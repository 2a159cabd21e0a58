"""The conventions of the libraries that implement GDPO, by name.

Each is checked against the numbers of that library's own code (``tests/trainer/goldens``). Departures, in every preset:
a hole is left out, where the libraries make NaN of the batch (verl, NeMo-RL) or a reward of 0 (the TRL fork of GDPO's
authors); a row without any verdict has advantage 0 and no part in whitening; in a group of one, Z is 0, where verl takes
the reward itself; and a criterion that does not vary has exactly Z = 0, without rounding residue.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from rvpo.trainer.conventions import Conventions

PresetName = Literal["paper", "trl", "verl", "nemo-rl", "ms-swift", "gdpo-verl", "gdpo-trl"]

_VERL = Conventions(total="sum", whiten="token", whiten_eps=1e-8, whiten_eps_in="variance")
_TRL = Conventions(eps=1e-4, total="sum", whiten_eps=1e-4)

PRESETS: Final[Mapping[PresetName, Conventions]] = MappingProxyType(
    {
        # RVPO, arXiv 2605.05750: the mean, as it writes GDPO; eps and ddof are those of GDPO's verl code (our choice).
        "paper": Conventions(),
        # trl 1.16, grpo_trainer.py, multi_objective_aggregation="normalize_then_sum".
        "trl": _TRL,
        # verl 0.9.1, core_algos.compute_gdpo_outcome_advantage and torch_functional.masked_whiten.
        "verl": _VERL,
        # NeMo-RL, advantage_estimator.GDPOAdvantageEstimator with its default, use_leave_one_out_baseline.
        "nemo-rl": Conventions(baseline="leave_one_out", total="sum", whiten_eps=0.0),
        # ms-swift, rl_core/advantage.py, scale_rewards="gdpo".
        "ms-swift": Conventions(eps=1e-8, total="sum", whiten_eps=1e-8),
        # NVlabs/GDPO: its forks of verl (ray_trainer.py) and of TRL 0.18 (apply_gdpo); the same numbers without holes.
        "gdpo-verl": _VERL,
        "gdpo-trl": _TRL,
    }
)
