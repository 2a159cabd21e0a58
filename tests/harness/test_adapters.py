"""LoRA adapters and bfloat16 in the in-process sampler, against peft's own merge and a plain ``generate``."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from rvpo.harness.errors import SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.samplers import Ask
from rvpo.harness.transformers_sampler import TransformersSampler
from rvpo.harness.weights import weights_identity
from rvpo.judges.quiet import quiet_libraries

MakeExam = Callable[..., Exam]


@pytest.fixture
def adapter(tiny_model: Path, tmp_path: Path) -> tuple[Path, Path]:
    """An adapter that changes much, without a tokenizer of its own, and the whole model that it amounts to."""
    base: Any = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    torch.manual_seed(7)
    with quiet_libraries():  # peft reads what transformers will drop
        model: Any = get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"]))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.5)
    model.save_pretrained(tmp_path / "adapter")
    model.merge_and_unload().save_pretrained(tmp_path / "merged")
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path / "merged")
    return tmp_path / "adapter", tmp_path / "merged"


def _texts(sampler: TransformersSampler, asks: Sequence[Ask]) -> dict[str, str]:
    return {each.item_id: each.text for batch in sampler.sample(asks) for each in batch}


def test_an_adapter_answers_as_the_merged_model_does(
    adapter: tuple[Path, Path], tiny_model: Path, make_exam: MakeExam
) -> None:
    asks = [Ask(item) for item in make_exam(6).items]
    folder, merged = adapter
    alone, whole, base = (
        _texts(TransformersSampler(each, max_new_tokens=12, batch_size=4, dtype="float32"), asks)
        for each in (folder, merged, tiny_model)
    )
    assert alone == whole
    assert alone != base


def test_an_adapter_is_known_by_its_own_weights_and_its_base(
    adapter: tuple[Path, Path], tiny_model: Path
) -> None:
    folder, _ = adapter
    identity = TransformersSampler(folder, dtype="float32").identity()
    assert identity["model"] == "adapter"
    assert identity["weights"]["base"] == weights_identity(tiny_model)
    assert identity["weights"]["sha256"] != weights_identity(tiny_model)["sha256"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"base_model_name_or_path": "./gone"}, "base_model_name_or_path: ./gone: no such model folder"),
        ({}, "names no base model: 'base_model_name_or_path'"),
    ],
)
def test_an_adapter_without_its_base(adapter: tuple[Path, Path], config: dict[str, str], said: str) -> None:
    path = adapter[0] / "adapter_config.json"
    path.write_text(json.dumps(config))
    with pytest.raises(SamplerError) as refused:
        TransformersSampler(adapter[0])
    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_bfloat16_computes_in_it(tiny_model: Path, make_exam: MakeExam) -> None:
    items = make_exam(3).items
    sampler = TransformersSampler(tiny_model, max_new_tokens=12, batch_size=1, dtype="bfloat16")
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    model: Any = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.bfloat16)
    said = _texts(sampler, [Ask(item) for item in items])
    for item in items:
        page = tokenizer.apply_chat_template(
            [dict(turn) for turn in item.messages], tokenize=False, add_generation_prompt=True
        )
        prompt = tokenizer(page, return_tensors="pt")["input_ids"]
        whole = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=12, do_sample=False
        )
        assert said[item.id] == tokenizer.decode(whole[0, prompt.shape[1] :], skip_special_tokens=True)
    assert sampler.identity()["dtype"] == "bfloat16"
    assert {weight.dtype for weight in sampler._model.parameters()} == {torch.bfloat16}
