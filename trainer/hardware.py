"""How a run is spread over devices: shards of the model, and vLLM for the samples. Records, and what TRL is told of them.

Under plain data parallelism (the default) each process holds the whole model. ZeRO needs the extra ``deepspeed``, vLLM
its own package (its wheels are for CUDA). Nothing here imports them.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from rvpo.rubrics.schema import Record

Sharding = Literal["none", "zero-2", "zero-3", "fsdp2"]
"""``zero-2`` shards gradients and optimiser states, ``zero-3`` and ``fsdp2`` the weights too."""

_STAGE: Final = {"zero-2": 2, "zero-3": 3}


class Vllm(Record):
    """Sample with vLLM instead of transformers."""

    mode: Literal["colocate", "server"] = "colocate"
    """``colocate``: on the training devices, in turns; ``server``: ``vllm serve`` on devices of its own."""
    url: Annotated[str, Field(min_length=1)] | None = None
    """Of the server, as ``http://host:8000``."""
    memory_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Of a training device's memory, for ``colocate``."""
    tensor_parallel: Annotated[int, Field(ge=1)] = 1
    """Devices that hold one copy of the sampling model, for ``colocate``."""
    sleep: bool = False
    """Whether ``colocate`` gives its memory back while the model learns."""
    timeout_s: Annotated[float, Field(gt=0)] = 240.0
    """How long to wait for the server to come up."""

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.mode == "server" and self.url is None:
            raise ValueError("vllm: mode server needs a url, such as http://localhost:8000")
        if self.mode == "colocate" and self.url is not None:
            raise ValueError("vllm: a url is for mode server")
        return self


def sharding_settings(sharding: Sharding, *, offload: bool, bf16: bool) -> dict[str, Any]:
    """TRL's arguments for a way to shard; none for plain data parallelism.

    Args:
        sharding: The way.
        offload: Whether shards that are not at work lie in the host's memory.
        bf16: Whether the run computes in bfloat16.
    """
    if sharding == "none":
        return {}
    if sharding == "fsdp2":
        return {
            "fsdp": True,
            "fsdp_config": {
                "version": 2,
                "cpu_offload": offload,
                "state_dict_type": "FULL_STATE_DICT",
                "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            },
        }
    stage = _STAGE[sharding]
    zero: dict[str, Any] = {"stage": stage}
    if stage == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    if offload:
        zero["offload_optimizer"] = {"device": "cpu"}
        if stage == 3:
            zero["offload_param"] = {"device": "cpu"}
    return {
        "deepspeed": {
            "train_micro_batch_size_per_gpu": "auto",
            "gradient_accumulation_steps": "auto",
            "gradient_clipping": "auto",
            "zero_optimization": zero,
            "zero_allow_untested_optimizer": True,
            "bf16": {"enabled": bf16},
        }
    }


def vllm_settings(vllm: Vllm | None) -> dict[str, Any]:
    """TRL's arguments for sampling with vLLM; none without."""
    if vllm is None:
        return {}
    settings: dict[str, Any] = {"use_vllm": True, "vllm_mode": vllm.mode}
    if vllm.mode == "server":
        return {**settings, "vllm_server_base_url": vllm.url, "vllm_server_timeout": vllm.timeout_s}
    return {
        **settings,
        "vllm_gpu_memory_utilization": vllm.memory_share,
        "vllm_tensor_parallel_size": vllm.tensor_parallel,
        "vllm_enable_sleep_mode": vllm.sleep,
    }
