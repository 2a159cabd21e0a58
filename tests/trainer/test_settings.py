"""From a train config to TRL's settings."""

from pathlib import Path
from typing import Any

import pytest

from rvpo.trainer import settings
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.settings import grpo_config, uses_bf16, uses_cpu

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def test_the_recipe_reaches_trl(tiny_config: dict[str, Any]) -> None:
    fields = {
        "kl_beta": 0.02,
        "clip_high": 0.28,
        "loss": "dr_grpo",
        "lr_schedule": "cosine",
        "warmup_share": 0.5,
    }
    found = grpo_config(TrainConfig.model_validate({**tiny_config, **fields, "micro_batch": 2}), 1)
    assert (found.beta, found.epsilon, found.epsilon_high, found.loss_type) == (0.02, 0.2, 0.28, "dr_grpo")
    assert (found.per_device_train_batch_size, found.gradient_accumulation_steps) == (2, 4)
    assert (found.generation_batch_size, found.num_generations, found.num_iterations) == (8, 4, 1)
    assert (found.lr_scheduler_type.value, found.warmup_steps, found.max_steps) == ("cosine", 2, 4)
    assert not found.use_bias_correction_kl
    assert not found.gradient_checkpointing
    assert not found.shuffle_dataset
    assert found.report_to == []
    assert (found.project, found.run_name) == ("rvpo", Path(tiny_config["out"]).name)


def test_a_step_is_shared_out_over_the_processes(tiny_config: dict[str, Any]) -> None:
    config = TrainConfig.model_validate({**tiny_config, "micro_batch": 4})
    assert grpo_config(config, 1).gradient_accumulation_steps == 2
    with pytest.raises(TrainConfigError, match=r"8 is not divisible by micro_batch \* processes = 4 \* 4"):
        grpo_config(config, 4)


def test_bf16_is_as_told_or_as_this_machine_is_faster(
    tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for told in (True, False):
        assert uses_bf16(TrainConfig.model_validate({**tiny_config, "bf16": told})) is told
    auto = TrainConfig.model_validate({**tiny_config, "bf16": "auto"})
    assert uses_cpu(auto)
    for faster in (True, False):
        monkeypatch.setattr(settings, "cpu_prefers_bfloat16", lambda faster=faster: faster)
        assert uses_bf16(auto) is faster
