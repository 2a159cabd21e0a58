"""What to tell someone whose run did not fit: which fields of the config to lower, with their values. No measuring."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rvpo.trainer.config import TrainConfig
from rvpo.trainer.errors import OutOfMemory

_ON_THE_CPU = "can't allocate memory"
"""Of torch's own allocator there, which has no error class."""


@contextmanager
def memory_boundary(config: TrainConfig) -> Iterator[None]:
    """Turn a failed allocation within the block into words.

    Raises:
        OutOfMemory: The block ran out of memory; the message names what to lower.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as wrong:
        if not ran_out(wrong):
            raise
        said = str(wrong).split(". ")[0].strip() or type(wrong).__name__
        raise OutOfMemory(
            f"out of memory ({said}); lower it by {'; '.join(what_to_lower(config))}"
        ) from wrong


def ran_out(wrong: Exception) -> bool:
    """Whether an error says that memory could not be had."""
    return isinstance(wrong, MemoryError | torch.OutOfMemoryError) or _ON_THE_CPU in str(wrong)


def what_to_lower(config: TrainConfig) -> list[str]:
    """What would make the run smaller, the mildest first: what changes no result before what does."""
    ways = []
    if config.rows_per_pass > 1:
        ways.append(f"micro_batch below {config.rows_per_pass}")
    if not config.gradient_checkpointing:
        ways.append("gradient_checkpointing: true")
    if config.sharding != "zero-3":
        ways.append("sharding: zero-3 on several devices")
    if config.lora is None:
        ways.append("lora: {} (adapters instead of all weights, and no copy of the model for kl_beta)")
    ways += [
        f"max_completion_tokens below {config.max_completion_tokens}",
        f"prompts_per_step below {config.prompts_per_step} (all samples of a step are drawn together)",
    ]
    return ways
