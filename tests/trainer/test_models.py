"""Where a model comes from and who it is."""

import json
import shutil
from pathlib import Path

import pytest

from rvpo.trainer.config import Lora
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.models import load_tokenizer, lora_config, model_identity, model_source


def test_a_model_is_known_by_its_weights_not_its_place(tiny_model: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(tiny_model, twin)
    assert model_identity(str(twin)) == model_identity(str(tiny_model))
    weights = twin / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert model_identity(str(twin)) != model_identity(str(tiny_model))
    assert model_identity("owner/name") == "owner/name"


def test_sources(tiny_model: Path) -> None:
    assert model_source(str(tiny_model)) == str(tiny_model.resolve())
    assert model_source("hf:owner/name") == "owner/name"
    with pytest.raises(
        TrainConfigError, match="owner/name: no such folder; expected a model folder, embedded, or hf:"
    ):
        model_source("owner/name")


def test_a_tokenizer_needs_a_chat_template(tiny_model: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(tiny_model, bare)
    (bare / "chat_template.jinja").unlink()
    settings = json.loads((bare / "tokenizer_config.json").read_text())
    (bare / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": None}))
    with pytest.raises(TrainConfigError, match="its tokenizer has no chat template"):
        load_tokenizer(str(bare))
    assert load_tokenizer(str(tiny_model)).padding_side == "left"


def test_lora() -> None:
    assert lora_config(None) is None
    found = lora_config(Lora(rank=4, target_modules=("q_proj",)))
    assert (found.r, found.lora_alpha, found.target_modules) == (4, 32, {"q_proj"})
