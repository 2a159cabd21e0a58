"""``TrainConfig``: all that a training run is told, as one closed, frozen record read from YAML.

Defaults are the rubric recipe of the RVPO paper where it is known (k from 0.5 to 2.0, groups of 16, a clipped loss
with a KL penalty, whitening over the batch) and otherwise those of the works it builds on, marked "our choice".
Paths are taken from the folder the command is run in. Nothing here loads a model or reads data.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from rvpo.judges import JudgeConfig
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.schema import Record
from rvpo.rubrics.views import ViewName
from rvpo.trainer.data import BadRows, DataFormat
from rvpo.trainer.guards.settings import Guards
from rvpo.trainer.hardware import Sharding, Vllm
from rvpo.trainer.layers import EXTENDS, layered
from rvpo.trainer.learning import Learning, Rate, Weight

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]


class WarmStart(Record):
    """A short supervised fine-tuning on rows that carry a ``reference`` reply, before the RVPO steps."""

    data: Text | None = None
    """Rows with a reference, as ``data``; the rows of the run itself by default."""
    examples: Count | None = None
    """The first so many rows that have a reference; all of them by default."""
    epochs: Count = 1
    batch: Count = 8
    """Rows of one update."""
    learning_rate: Rate = 1e-4
    """Peak; it falls linearly to 0."""
    max_tokens: Count = 1024
    """Rows longer than this, prompt and reply together, are skipped and counted."""


class Lora(Record):
    """Train low-rank adapters instead of all weights."""

    rank: Count = 16
    alpha: Count = 32
    dropout: Share = 0.0
    target_modules: Literal["all-linear"] | tuple[Text, ...] = "all-linear"


class TrainConfig(Learning):
    """One training run."""

    model: Text
    """A model folder, ``embedded`` (SmolLM2-135M-Instruct, fetched once), or ``hf:OWNER/NAME`` for the hub."""
    data: Text
    """A file of prompts, or ``hf:OWNER/NAME[:CONFIG][:SPLIT]``."""
    format: DataFormat = "auto"
    """What the data are written as; ``auto``: told by the first row."""
    bad_rows: BadRows = "refuse"
    """What becomes of a row that cannot be read or judged: ``refuse`` ends the run, ``skip`` counts it."""
    rubric: Text | None = None
    """A rubric file or the name of a library rubric, for the rows that carry none of their own."""
    judge: JudgeConfig | Text
    """The judge, inline or as the path of a judge file."""
    out: Text
    """The run's folder: log, checkpoints, ``final``. The same config continues what it finds there."""

    view: ViewName | None = None
    """Entries of the reward vector: ``criteria``, ``components`` or ``axes``; by default what each rubric says."""

    group_size: Count = 16
    """Samples of one prompt (G)."""
    prompts_per_step: Count = 6
    """Prompts of one step (P), over all processes; 6 x 16 is the batch of Rubrics as Rewards (our choice)."""
    steps: Count = 300
    """Optimiser steps (our choice; Rubrics as Rewards)."""
    iterations: Count = 1
    """Optimiser steps on each batch of samples."""
    micro_batch: Count | None = None
    """Completions of one forward and backward pass on one process; ``group_size`` by default."""

    learning_rate: Rate = 5e-6
    """Peak (our choice; Rubrics as Rewards)."""
    warmup_share: Share = 0.1
    """Share of the steps over which the rate rises to its peak (our choice; Rubrics as Rewards)."""
    lr_schedule: Literal["constant", "linear", "cosine"] = "constant"
    """What the rate does after the warm-up."""
    max_grad_norm: Rate = 1.0
    kl_beta: Weight = 0.001
    """Weight of the KL penalty; 0 loads no reference model (our choice; GDPO's code)."""
    clip_low: Weight = 0.2
    clip_high: Weight = 0.2
    """Bounds of the probability ratio: 1 - ``clip_low`` and 1 + ``clip_high``."""
    loss: Literal["grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo", "luspo", "vespo"] = "dapo"
    """TRL's loss type; ``dapo`` averages over all tokens of the batch, as verl does (our choice)."""

    max_prompt_tokens: Count = 2048
    """Longer prompts are skipped and counted, never cut."""
    max_completion_tokens: Count = 1024
    """Samples are cut here."""
    temperature: Rate = 1.0

    bf16: Literal["auto"] | bool = "auto"
    """bfloat16 arithmetic over the weights as stored; ``auto``: where the machine is faster in it."""
    weights: Literal["float32", "bfloat16"] = "float32"
    """How the trained weights are stored; bfloat16 rounds small updates away."""
    gradient_checkpointing: bool = False
    """Less memory for about a quarter more time."""
    lora: Lora | None = None
    warm_start: WarmStart | None = None
    overlap: Literal[0, 1] = 0
    """1 judges a batch while the one before it is trained on: hides the judge, one step off-policy."""

    sharding: Sharding = "none"
    """``none`` (each process holds the model), ``zero-2``, ``zero-3`` (extra ``deepspeed``) or ``fsdp2``."""
    offload: bool = False
    """Whether shards that are not at work lie in the host's memory."""
    vllm: Vllm | None = None
    """Sample with vLLM, on the training devices or on a server."""

    guards: Guards = Guards()
    """What is watched while the run goes on (``guards/settings.py``)."""

    seed: Annotated[int, Field(ge=0)] = 0
    save_every_steps: Count = 50
    keep_checkpoints: Count | None = 2
    """How many of the newest checkpoints stay; ``null`` keeps all."""
    report_to: tuple[Text, ...] = ()
    """Trackers known to transformers, such as ``wandb`` or ``tensorboard``."""
    cpu: bool = False
    """Stay on the CPU although there is an accelerator."""

    @property
    def completions_per_step(self) -> int:
        """N = P * G."""
        return self.prompts_per_step * self.group_size

    @property
    def rows_per_pass(self) -> int:
        """Completions of one forward and backward pass on one process."""
        return self.group_size if self.micro_batch is None else self.micro_batch

    @field_validator("group_size")
    @classmethod
    def _has_a_group(cls, size: int) -> int:
        if size < 2:
            raise ValueError(
                f"got {size}, should be at least 2: an advantage compares the samples of one prompt with each other"
            )
        return size

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.save_every_steps % self.iterations:
            raise ValueError(
                f"save_every_steps {self.save_every_steps} must be a multiple of iterations {self.iterations}: "
                "a checkpoint between two passes over one batch could not be continued exactly"
            )
        if self.completions_per_step % self.rows_per_pass:
            raise ValueError(
                f"micro_batch {self.rows_per_pass} does not divide prompts_per_step * group_size = "
                f"{self.completions_per_step}"
            )
        if self.offload and self.sharding == "none":
            raise ValueError("offload: only shards are moved to the host; set sharding, or leave offload out")
        return self


def load_train_config(path: str | Path, settings: Sequence[str] = ()) -> TrainConfig:
    """Read a train config, with all that it ``extends``.

    Args:
        path: A file, or ``recipe:NAME`` for one that ships with the package.
        settings: ``KEY=VALUE`` each, over what the file says; ``lora.rank=8`` reaches into a mapping.

    Raises:
        SourceError: It cannot be read as one; the message starts with the file and line, or the setting, at fault.
        TrainConfigError: There is no such recipe.
    """
    layer = layered(path, settings)
    return validate(TrainConfig, layer.data, str(path), layer.origins, (EXTENDS,))
