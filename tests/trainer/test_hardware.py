"""How a run is spread over devices, as TRL is told of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from rvpo.trainer import settings
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.hardware import Vllm, sharding_settings, vllm_settings
from rvpo.trainer.settings import check_hardware


def config_of(fields: dict[str, Any], **changed: Any) -> TrainConfig:
    return TrainConfig.model_validate({**fields, **changed})


def test_plain_data_parallelism_is_the_default(tiny_config: dict[str, Any]) -> None:
    config = config_of(tiny_config)
    assert (config.sharding, config.vllm) == ("none", None)
    assert sharding_settings("none", offload=False, bf16=True) == {}
    assert vllm_settings(None) == {}
    check_hardware(config)


@pytest.mark.parametrize(("sharding", "stage"), [("zero-2", 2), ("zero-3", 3)])
def test_zero(sharding: Any, stage: int) -> None:
    told = sharding_settings(sharding, offload=True, bf16=True)["deepspeed"]
    assert told["zero_optimization"]["stage"] == stage
    assert ("offload_param" in told["zero_optimization"]) is (stage == 3)
    assert told["bf16"] == {"enabled": True}


def test_fsdp2() -> None:
    told = sharding_settings("fsdp2", offload=True, bf16=True)
    assert told["fsdp"]
    assert (told["fsdp_config"]["version"], told["fsdp_config"]["cpu_offload"]) == (2, True)


def test_vllm() -> None:
    beside = vllm_settings(Vllm(memory_share=0.4, tensor_parallel=2, sleep=True))
    assert beside == {
        "use_vllm": True,
        "vllm_mode": "colocate",
        "vllm_gpu_memory_utilization": 0.4,
        "vllm_tensor_parallel_size": 2,
        "vllm_enable_sleep_mode": True,
    }
    server = vllm_settings(Vllm(mode="server", url="http://localhost:8000"))
    assert (server["vllm_mode"], server["vllm_server_base_url"]) == ("server", "http://localhost:8000")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"vllm": {"mode": "server"}}, r"vllm: mode server needs a url, such as http://localhost:8000"),
        ({"vllm": {"url": "http://localhost:8000"}}, r"vllm: a url is for mode server"),
        ({"offload": True}, r"offload: only shards are moved to the host; set sharding"),
    ],
)
def test_what_does_not_fit_together(tiny_config: dict[str, Any], changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        config_of(tiny_config, **changed)


def test_what_would_silently_be_something_else_is_refused(
    tiny_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TrainConfigError, match=r"^sharding fsdp2: on the CPU accelerate trains by plain"):
        check_hardware(config_of(tiny_config, sharding="fsdp2"))
    monkeypatch.setattr(settings, "find_spec", lambda _name: None)
    with pytest.raises(
        TrainConfigError, match=r"^sharding zero-3: needs DeepSpeed: pip install 'rvpo\[deepspeed\]'$"
    ):
        check_hardware(config_of(tiny_config, sharding="zero-3"))
    with pytest.raises(TrainConfigError, match=r"^vllm: needs vLLM"):
        check_hardware(config_of(tiny_config, vllm={}))
