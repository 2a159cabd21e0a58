"""Out of memory: one line that names what to lower, and nothing else is taken for it."""

from typing import Any

import pytest
import torch

from rvpo.trainer import TrainConfig, train
from rvpo.trainer.errors import OutOfMemory
from rvpo.trainer.out_of_memory import memory_boundary, what_to_lower

CPU = "[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError(CPU),
        MemoryError(),
    ],
)
def test_a_run_that_does_not_fit_says_what_to_lower(
    tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def out_of_memory(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("rvpo.trainer.run.load_model", out_of_memory)
    with pytest.raises(OutOfMemory) as caught:
        train(TrainConfig.model_validate(tiny_config))
    message = str(caught.value)
    assert message.startswith("out of memory (")
    assert "micro_batch below 4" in message
    assert "max_completion_tokens below 8" in message
    assert "\n" not in message
    assert caught.value.__cause__ is error


def test_what_is_as_low_as_it_goes_is_not_named(tiny_config: dict[str, Any]) -> None:
    small = {"micro_batch": 1, "gradient_checkpointing": True, "lora": {}, "sharding": "zero-3"}
    ways = what_to_lower(TrainConfig.model_validate({**tiny_config, **small}))
    assert [way.split()[0] for way in ways] == ["max_completion_tokens", "prompts_per_step"]


def test_other_errors_pass(tiny_config: dict[str, Any]) -> None:
    with (
        pytest.raises(RuntimeError, match=r"^shapes differ$"),
        memory_boundary(TrainConfig.model_validate(tiny_config)),
    ):
        raise RuntimeError("shapes differ")
