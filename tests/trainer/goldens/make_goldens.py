"""Advantages by the libraries' own code, as small JSON files: what ``test_presets.py`` holds our presets to.

Run by hand, once for each library, in an environment that has it (CPU is enough)::

    python tests/trainer/goldens/make_goldens.py verl        # verl 0.9.1
    python tests/trainer/goldens/make_goldens.py ms-swift    # ms-swift 4.6.0
    python tests/trainer/goldens/make_goldens.py nemo-rl     # see below
    python tests/trainer/goldens/make_goldens.py gdpo-trl    # see below

ms-swift's ``advantage.py`` needs only itself: the rest of the package may be absent. NeMo-RL is not on PyPI: the
functions of ``nemo_rl/algorithms/{advantage_estimator,utils}.py`` do, on the path (ours were copied from the files'
public text, of no one commit). In GDPO's fork of TRL the lines stand in the middle of a method:
``gdpo_trl_excerpt.advantages(rewards, weights, group)`` is ``grpo_trainer.py`` from "only apply gdpo" to
"bn_advantages_std + 1e-4", put into a function. TRL itself is installed wherever the tests run, and asked there
(``test_presets_trl.py``).
"""

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

GROUP, TOKENS = 4, 12
WEIGHTS = [1.0, 0.5, 2.0]


def rewards_of(seed: int) -> Tensor:
    """(5 groups of 4, 3 criteria): graded, binary, and one that does not vary in the first group."""
    generator = torch.Generator().manual_seed(seed)
    graded_N = torch.rand(5 * GROUP, generator=generator)
    binary_N = (torch.rand(5 * GROUP, generator=generator) < 0.4).float()
    third_N = torch.randint(0, 4, (5 * GROUP,), generator=generator) / 2
    third_N[:GROUP] = 1.0
    return torch.stack([graded_N, binary_N, third_N], dim=1)


def holes_in(rewards_NC: Tensor) -> Tensor:
    """Scattered holes, a criterion lost for a whole group, and one with a single verdict."""
    rewards_NC = rewards_NC.clone()
    rewards_NC[1, 0] = rewards_NC[6, 1] = rewards_NC[13, 2] = torch.nan
    rewards_NC[8:12, 1] = torch.nan
    rewards_NC[17:20, 0] = torch.nan
    return rewards_NC


def lengths_of(seed: int) -> Tensor:
    """Tokens of each completion."""
    return torch.randint(1, TOKENS + 1, (5 * GROUP,), generator=torch.Generator().manual_seed(seed))


def verl(rewards_NC: Tensor, lengths_N: Tensor, weights: list[float]) -> Tensor:
    """verl/trainer/ppo/core_algos.py."""
    algorithm: Any = importlib.import_module("verl.trainer.ppo.core_algos")
    numpy: Any = importlib.import_module("numpy")
    response_mask = (torch.arange(TOKENS) < lengths_N[:, None]).long()
    names = [f"c{column}" for column in range(rewards_NC.shape[1])]
    found_NT, _ = algorithm.compute_gdpo_outcome_advantage(
        token_level_rewards=torch.zeros(len(rewards_NC), TOKENS),
        response_mask=response_mask,
        index=numpy.arange(len(rewards_NC)) // GROUP,
        config={"gdpo_reward_keys": names, "gdpo_reward_weights": weights},
        non_tensor_batch={
            name: column.numpy() for name, column in zip(names, rewards_NC.unbind(1), strict=True)
        },
        batch={
            "prompts": torch.zeros(len(rewards_NC), 2),
            "attention_mask": torch.cat(
                [torch.ones(len(rewards_NC), 2, dtype=torch.long), response_mask], dim=1
            ),
        },
    )
    return torch.as_tensor(found_NT[:, 0])


def ms_swift(rewards_NC: Tensor, _lengths_N: Tensor, weights: list[float]) -> Tensor:
    """swift/rl_core/advantage.py."""
    library: Any = importlib.import_module("swift.rl_core.advantage")
    found, _ = library.compute_advantages(rewards_NC, torch.tensor(weights), GROUP, scale_rewards="gdpo")
    return torch.as_tensor(found)


def nemo_rl(rewards_NC: Tensor, _lengths_N: Tensor, weights: list[float]) -> Tensor:
    """nemo_rl/algorithms/advantage_estimator.py."""
    library: Any = importlib.import_module("nemo_rl.algorithms.advantage_estimator")
    estimator = library.GDPOAdvantageEstimator(library.AdvEstimatorConfig(reward_weights=weights), None)
    columns = {f"reward/{column}": values for column, values in enumerate(rewards_NC.unbind(1))}
    prompts = (torch.arange(len(rewards_NC)) // GROUP)[:, None]
    found = estimator.compute_advantage(prompts, None, torch.ones(len(rewards_NC), 1), columns)
    return torch.as_tensor(found[:, 0])


def gdpo_trl(rewards_NC: Tensor, _lengths_N: Tensor, weights: list[float]) -> Tensor:
    """trl-GDPO/trl-0.18.0-gdpo/trl/trainer/grpo_trainer.py."""
    library: Any = importlib.import_module("gdpo_trl_excerpt")
    return torch.as_tensor(library.advantages(rewards_NC, torch.tensor(weights), GROUP))


LIBRARIES = {"verl": verl, "ms-swift": ms_swift, "nemo-rl": nemo_rl, "gdpo-trl": gdpo_trl}
TAKE_HOLES = {"ms-swift", "gdpo-trl"}


def main() -> None:
    """Write the file of one library."""
    [name] = sys.argv[1:]
    cases = []
    for seed, weights in ((0, [1.0, 1.0, 1.0]), (1, WEIGHTS), (2, WEIGHTS)):
        rewards_NC, lengths_N = rewards_of(seed), lengths_of(seed)
        if seed == 2:
            if name not in TAKE_HOLES:
                continue
            rewards_NC = holes_in(rewards_NC)
        found_N = LIBRARIES[name](rewards_NC, lengths_N, weights)
        rows = [[None if math.isnan(value) else value for value in row] for row in rewards_NC.tolist()]
        cases.append(
            {
                "rewards": rows,
                "lengths": lengths_N.tolist(),
                "weights": weights,
                "advantages": found_N.tolist(),
            }
        )
    path = Path(__file__).with_name(f"{name}.json")
    path.write_text(json.dumps({"group": GROUP, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
