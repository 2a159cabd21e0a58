"""Our GDPO beside TRL's own, on rewards where the two mean the same: every prompt has the same criteria."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from rvpo.trainer.advantages import gdpo_advantages, grpo_advantages

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def has_e(completions: list[str], **_: Any) -> list[float | None]:
    return [None if text.startswith("q") else float("e" in text) for text in completions]


def length(completions: list[str], **_: Any) -> list[float | None]:
    return [float(len(text)) for text in completions]


class Spy(GRPOTrainer):  # type: ignore[misc]  # TRL ships no types
    """TRL's trainer, watched."""

    rewards: Tensor
    advantages: Tensor

    def _calculate_rewards(self, *args: Any) -> Tensor:
        self.rewards = super()._calculate_rewards(*args)
        return self.rewards

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        output = super()._generate_and_score_completions(inputs)
        self.advantages = output["advantages"]
        return output


@pytest.mark.parametrize(
    ("aggregation", "ours"),
    [
        ("normalize_then_sum", lambda rewards: gdpo_advantages(rewards, eps=1e-4)),
        ("sum_then_normalize", lambda rewards: grpo_advantages(rewards, eps=1e-4)),
    ],
)
def test_trl_finds_the_same_advantages(
    tiny_model: Path, tmp_path: Path, aggregation: str, ours: Callable[[Tensor], Tensor]
) -> None:
    """TRL adds 1e-4 to the std of a sum of criteria and we to that of their mean: equal to about 1e-4."""
    trainer = Spy(
        model=str(tiny_model),
        reward_funcs=[has_e, length] if aggregation == "normalize_then_sum" else [length],
        args=GRPOConfig(
            output_dir=str(tmp_path),
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            max_steps=1,
            per_device_train_batch_size=16,
            num_generations=8,
            max_completion_length=8,
            multi_objective_aggregation=aggregation,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list([{"prompt": "fever dose"}, {"prompt": "the doctor"}]),
    )
    trainer.train()
    assert trainer.rewards.std(dim=0).nansum() > 0
    found = ours(trainer.rewards.view(2, 8, -1))
    torch.testing.assert_close(trainer.advantages, found.flatten(), atol=5e-4, rtol=5e-4)
