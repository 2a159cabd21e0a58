"""``TrainConfig`` -> TRL's ``GRPOConfig``, and what the hardware allows. No training here."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import torch

from rvpo.judges.precision import cpu_prefers_bfloat16
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.hardware import sharding_settings, vllm_settings

PROJECT: Final = "rvpo"
"""Under which W&B and trackio list the runs, unless ``WANDB_PROJECT`` says otherwise."""


def processes() -> int:
    """How many processes train together, by the launcher's word."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def uses_cpu(config: TrainConfig) -> bool:
    """Whether the run stays on the CPU."""
    return config.cpu or not torch.accelerator.is_available()


def uses_bf16(config: TrainConfig) -> bool:
    """Whether to compute in bfloat16: as told, or where it is faster than float32 and not an emulation."""
    if config.bf16 != "auto":
        return config.bf16
    if not uses_cpu(config):
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return cpu_prefers_bfloat16()


def grpo_config(config: TrainConfig, processes: int) -> Any:
    """TRL's settings for one process of ``processes``.

    Raises:
        TrainConfigError: The completions of a step cannot be shared out evenly.
    """
    from trl.trainer.grpo_config import GRPOConfig

    cpu, bf16 = uses_cpu(config), uses_bf16(config)
    return GRPOConfig(
        output_dir=config.out,
        use_cpu=cpu,
        ddp_backend="gloo" if cpu and processes > 1 else None,
        bf16=bf16,
        gradient_checkpointing=config.gradient_checkpointing,
        dataloader_num_workers=0,
        dataloader_pin_memory=not cpu,
        max_steps=config.steps,
        per_device_train_batch_size=config.rows_per_pass,
        gradient_accumulation_steps=passes(config, processes),
        num_generations=config.group_size,
        num_iterations=config.iterations,
        shuffle_dataset=False,  # the rows come in the order of ``data.prompt_order``
        max_completion_length=config.max_completion_tokens,
        temperature=config.temperature,
        learning_rate=config.learning_rate,
        lr_scheduler_type={"constant": "constant_with_warmup"}.get(config.lr_schedule, config.lr_schedule),
        warmup_steps=round(config.warmup_share * config.steps),
        max_grad_norm=config.max_grad_norm,
        beta=config.kl_beta,
        use_bias_correction_kl=False,  # the plain estimator of the GRPO paper
        epsilon=config.clip_low,
        epsilon_high=config.clip_high,
        loss_type=config.loss,
        seed=config.seed,
        logging_steps=1,
        save_strategy="steps",
        save_steps=config.save_every_steps,
        disable_tqdm=True,
        **_reporters(config),
        **sharding_settings(config.sharding, offload=config.offload, bf16=bf16),
        **vllm_settings(config.vllm),
        **_held_out_settings(config),
    )


def _reporters(config: TrainConfig) -> dict[str, Any]:
    """Who is told of every step, and under which name: W&B takes its project from the environment alone."""
    os.environ.setdefault("WANDB_PROJECT", PROJECT)
    return {"report_to": list(config.report_to), "run_name": Path(config.out).name, "project": PROJECT}


def _held_out_settings(config: TrainConfig) -> dict[str, Any]:
    """When and how the held-out prompts are sampled: with every checkpoint, whole groups in a pass."""
    held_out = config.guards.held_out
    if held_out is None:
        return {}
    return {
        "eval_strategy": "steps",
        "eval_steps": config.save_every_steps,
        "num_generations_eval": held_out.samples,
        "per_device_eval_batch_size": held_out.samples * max(1, config.rows_per_pass // held_out.samples),
    }


def check_hardware(config: TrainConfig) -> None:
    """Refuse a way to spread the run that would silently be another one here; tell DeepSpeed of a run on the CPU.

    Raises:
        TrainConfigError: DeepSpeed or vLLM is not installed, or FSDP2 is asked for on the CPU.
    """
    if uses_cpu(config):
        os.environ.setdefault("DS_ACCELERATOR", "cpu")  # else it takes a GPU, or warns that there is none
    if config.sharding == "fsdp2" and uses_cpu(config):
        raise TrainConfigError(
            "sharding fsdp2: on the CPU accelerate trains by plain data parallelism instead; use none, zero-2 or zero-3"
        )
    if config.sharding.startswith("zero") and find_spec("deepspeed") is None:
        raise TrainConfigError(f"sharding {config.sharding}: needs DeepSpeed: pip install 'rvpo[deepspeed]'")
    if config.vllm is not None and find_spec("vllm") is None:
        raise TrainConfigError("vllm: needs vLLM, which wants a GPU: pip install vllm")


def passes(config: TrainConfig, processes: int) -> int:
    """Forward and backward passes of one step on each process."""
    shared = config.rows_per_pass * processes
    if config.completions_per_step % shared:
        raise TrainConfigError(
            f"prompts_per_step * group_size = {config.completions_per_step} is not divisible by micro_batch * "
            f"processes = {config.rows_per_pass} * {processes}"
        )
    return config.completions_per_step // shared
