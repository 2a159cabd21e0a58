"""The memory estimate: its parts by hand, its activations against what autograd keeps, its peak against real runs."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from rvpo.harness.train_plan.memory import disk_estimate, layer_bytes, memory_estimate
from rvpo.harness.train_plan.model import ModelShape, model_folder, model_shape
from rvpo.judges.quiet import quiet_libraries
from rvpo.trainer import TrainConfig, TrainConfigError
from rvpo.trainer.config import Lora
from rvpo.trainer.models import load_model

MakeConfig = Callable[..., TrainConfig]


def qwen(layers: int) -> Any:
    make: Any = Qwen2Config  # typed as a dataclass upstream, whose defaults are not seen
    config = make(
        vocab_size=64,
        hidden_size=96,
        intermediate_size=160,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=False,
    )
    return Qwen2ForCausalLM(config)


def kept_bytes(model: Any, tokens: int, *, bf16: bool) -> int:
    """What autograd keeps of a forward pass, parameters aside."""
    own = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=bf16),
    ):
        model.model(input_ids=torch.zeros((2, tokens // 2), dtype=torch.long), use_cache=False)
    return sum(storage.nbytes() for storage in kept.values())


@pytest.mark.parametrize(("stored", "bf16"), [(4, False), (4, True), (2, True)])
def test_a_layer_keeps_what_the_formula_says(tmp_path: Path, stored: int, bf16: bool) -> None:
    qwen(2).save_pretrained(tmp_path)
    shape = model_shape(str(tmp_path))
    dtype = torch.float32 if stored == 4 else torch.bfloat16
    grown = []
    for layers in (2, 5):
        model = qwen(layers).to(dtype)
        mixed = bf16 and stored == 4
        grown.append(kept_bytes(model, 256, bf16=mixed) - kept_bytes(model, 128, bf16=mixed))
    of_one_layer = (grown[1] - grown[0]) / 3 / 128
    assert of_one_layer == pytest.approx(layer_bytes(shape, stored=stored, bf16=bf16), rel=0.02)


def test_the_shape_is_counted_on_the_model_itself(tiny_model: Path) -> None:
    shape, model = model_shape(str(tiny_model)), load_model(str(tiny_model), "float32")
    assert shape.parameters == shape.trained == sum(weight.numel() for weight in model.parameters())
    assert shape.embeddings == model.get_input_embeddings().weight.numel()  # tied
    assert (shape.layers, shape.hidden, shape.queries, shape.keys) == (2, 64, 64, 32)


@pytest.mark.parametrize("targets", ["all-linear", ("q_proj", "up_proj")])
def test_adapters_are_counted_as_peft_makes_them(tiny_model: Path, targets: Any) -> None:
    from peft import get_peft_model

    from rvpo.trainer.models import lora_config

    lora = Lora(rank=3, target_modules=targets)
    with quiet_libraries():
        adapted = get_peft_model(load_model(str(tiny_model), "float32"), lora_config(lora))
    assert model_shape(str(tiny_model), lora).trained == adapted.get_nb_trainable_parameters()[0]


BIG = ModelShape(
    parameters=7_000,
    embeddings=1_000,
    trained=7_000,
    layers=2,
    hidden=10,
    intermediate=20,
    queries=10,
    keys=5,
    vocabulary=100,
)


def test_parts_by_hand(make_config: MakeConfig) -> None:
    found = memory_estimate(make_config(), BIG, processes=1, bf16=False)
    assert (found.weights, found.gradients, found.optimizer, found.reference) == (
        28_000,
        28_000,
        56_000,
        28_000,
    )
    tokens = 4 * 120  # micro_batch, 100 + 20 tokens
    layers = 2 * (24 * 10 + 16 * 20 + 8 * 15) * tokens
    heads = tokens * 100 * 4 + 4 * 100 * 10 + 4 * tokens * 10
    assert found.activations == layers + heads
    assert found.sampling == 20 * (2 * 2 * 5 * 4 * 120 + 12 * 100)  # all samples of a step
    assert found.peak == 140_000 + max(found.activations, found.sampling)


def test_the_warm_start_by_hand(make_config: MakeConfig) -> None:
    config = make_config(warm_start={"batch": 3, "max_tokens": 50})
    found = memory_estimate(config, BIG, processes=1, bf16=False)
    tokens = 3 * 50
    layers = 2 * (24 * 10 + 16 * 20 + 8 * 15) * tokens
    assert found.warm_start == 16 * 7_000 + layers + 3 * 4 * 100 * tokens
    mixed = memory_estimate(config, BIG, processes=1, bf16=True)
    layers = 2 * (26 * 10 + 8 * 20 + 4 * 15) * tokens
    assert mixed.warm_start == 16 * 7_000 + layers + 2 * 6_000 + (3 * 4 + 2) * 100 * tokens
    long = memory_estimate(make_config(warm_start={"max_tokens": 9_000}), BIG, processes=1, bf16=False)
    assert long.peak == long.warm_start
    assert memory_estimate(make_config(), BIG, processes=1, bf16=False).warm_start == 0


def test_what_makes_it_smaller(make_config: MakeConfig) -> None:
    whole = memory_estimate(make_config(), BIG, processes=2, bf16=False)
    two = memory_estimate(make_config(sharding="zero-2"), BIG, processes=2, bf16=False)
    assert (two.weights, two.gradients) == (whole.weights, whole.gradients // 2)
    assert two.optimizer == (8 + 4) * 7_000 // 2  # moments and DeepSpeed's own copy
    three = memory_estimate(make_config(sharding="zero-3", offload=True), BIG, processes=2, bf16=False)
    assert (three.weights, three.optimizer, three.reference) == (0, 0, whole.reference // 2)
    assert memory_estimate(make_config(sharding="fsdp2"), BIG, processes=2, bf16=False).weights == 14_000
    assert memory_estimate(make_config(kl_beta=0), BIG, processes=1, bf16=False).reference == 0
    assert memory_estimate(make_config(lora={}), BIG, processes=1, bf16=False).reference == 0
    assert memory_estimate(make_config(vllm={}), BIG, processes=1, bf16=False).sampling == 0
    for fields in ({"gradient_checkpointing": True}, {"micro_batch": 2}, {"max_completion_tokens": 5}):
        assert (
            memory_estimate(make_config(**fields), BIG, processes=2, bf16=False).activations
            < whole.activations
        )
    half = memory_estimate(make_config(weights="bfloat16"), BIG, processes=1, bf16=True)
    assert (half.weights, half.optimizer) == (14_000, 28_000)


def test_disk_by_hand(make_config: MakeConfig) -> None:
    found = disk_estimate(make_config(steps=100, save_every_steps=10, warm_start={}), BIG)
    assert (found.checkpoint, found.checkpoints, found.final) == (3 * 28_000, 3, 2 * 28_000)
    assert (
        disk_estimate(make_config(steps=100, save_every_steps=10, keep_checkpoints=None), BIG).checkpoints
        == 10
    )


def test_where_a_model_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RVPO_CACHE", str(tmp_path))
    assert model_folder("embedded") is None
    assert model_folder("hf:nobody/nothing") is None
    with pytest.raises(TrainConfigError, match="no such folder"):
        model_folder(str(tmp_path / "none"))


@pytest.mark.slow
def test_the_embedded_model_takes_what_was_planned(make_config: MakeConfig, tmp_path: Path) -> None:
    rule = {"id": "r", "criteria": [{"id": "s", "criterion": "Short.", "kind": "length", "rule": {"max": 9}}]}
    rows = tmp_path / "long.jsonl"
    rows.write_text(json.dumps({"id": "a", "prompt": "dose " * 200, "rubric": rule}) + "\n")
    config = make_config(
        model="embedded",
        data=str(rows),
        judge={"judge": "rules", "store": ":memory:"},
        prompts_per_step=2,
        max_prompt_tokens=260,
        max_completion_tokens=64,
    )
    path = tmp_path / "config.json"
    path.write_text(config.model_dump_json(exclude_unset=True))
    program = Path(__file__).with_name("peak_memory.py")
    done = subprocess.run(
        [sys.executable, str(program), str(path)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert 0.6 < found["planned"] / found["taken"] < 1.6
