"""The preset ``trl`` beside the installed TRL, on planted rewards with every kind of hole."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from rvpo.trainer.advantages import Method, aggregate
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.presets import PRESETS

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
GROUP, WEIGHTS = 4, [1.0, 0.5, 2.0]


def column(**_: Any) -> list[float]:
    raise AssertionError("the rewards are planted")


class Planted(GRPOTrainer):  # type: ignore[misc]  # TRL ships no types
    """TRL's trainer, with rewards that we know."""

    def __init__(self, rewards: Tensor, **rest: Any) -> None:
        self.planted = rewards
        super().__init__(**rest)

    def _calculate_rewards(self, *_: Any) -> Tensor:
        return self.planted

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        output = super()._generate_and_score_completions(inputs)
        self.advantages = output["advantages"]
        return output


def trls(rewards: Tensor, tiny_model: Path, out: Path, aggregation: str, scale: str = "group") -> Tensor:
    trainer = Planted(
        rewards=rewards,
        model=str(tiny_model),
        reward_funcs=[column] * rewards.shape[1],
        args=GRPOConfig(
            output_dir=str(out),
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            max_steps=1,
            per_device_train_batch_size=len(rewards),
            num_generations=GROUP,
            max_completion_length=2,
            multi_objective_aggregation=aggregation,
            scale_rewards=scale,
            reward_weights=WEIGHTS,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list([{"prompt": "dose"}] * (len(rewards) // GROUP)),
    )
    trainer.train()
    advantages: Tensor = trainer.advantages
    return advantages.double()


def planted(*, holes: bool) -> Tensor:
    rewards = torch.rand(5 * GROUP, 3, generator=torch.Generator().manual_seed(7))
    rewards[:GROUP, 1] = 0.5  # does not vary
    if holes:
        rewards[5, 0] = rewards[6, 1] = math.nan  # scattered
        rewards[7] = math.nan  # a row without any
        rewards[8:12, 2] = math.nan  # a criterion without any in its group
        rewards[13:16, 0] = math.nan  # a single one in its group
        rewards[17, :2] = math.nan
    return rewards


def ours(rewards: Tensor, method: Method, conventions: Conventions) -> Tensor:
    grouped = rewards.view(-1, GROUP, 3)
    weights = torch.tensor(WEIGHTS).double().expand(grouped.shape)
    return aggregate(grouped, method, weights_PGC=weights, conventions=conventions).advantages_PG.flatten()


def test_normalize_then_sum_with_every_kind_of_hole(tiny_model: Path, tmp_path: Path) -> None:
    rewards = planted(holes=True)
    expected = trls(rewards, tiny_model, tmp_path, "normalize_then_sum")
    assert expected[7] == 0
    torch.testing.assert_close(ours(rewards, "gdpo", PRESETS["trl"]), expected, atol=2e-6, rtol=2e-6)


def test_sum_then_normalize_is_grpo_and_dr_grpo(tiny_model: Path, tmp_path: Path) -> None:
    """Without holes, which TRL's sum counts as 0."""
    rewards = planted(holes=False)
    for method, scale in (("grpo", "group"), ("dr_grpo", "none")):
        expected = trls(rewards, tiny_model, tmp_path, "sum_then_normalize", scale)
        torch.testing.assert_close(ours(rewards, method, PRESETS["trl"]), expected, atol=2e-6, rtol=2e-6)  # type: ignore[arg-type]
