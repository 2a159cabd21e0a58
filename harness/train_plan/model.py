"""A model's size and shape from its ``config.json`` alone: built on torch's ``meta`` device, which holds no numbers.

So every architecture that transformers knows is counted exactly, tied weights and all, without a table of models.
Nothing is fetched: of a hub model that is not in the cache nothing is known.
"""

from pathlib import Path
from typing import Any

import msgspec

from rvpo.judges.embedded_model import FOLDER, cache_dir
from rvpo.trainer.config import Lora
from rvpo.trainer.models import HUB, model_source


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """What memory depends on."""

    parameters: int
    embeddings: int
    """Of these, those of the input embedding, and of the output's where it is not the same."""
    trained: int
    """All, or those of the adapters."""
    layers: int
    hidden: int
    intermediate: int
    queries: int
    """Width of all query heads together..."""
    keys: int
    """...and of all key heads; values are as wide."""
    vocabulary: int


def model_folder(name: str) -> str | None:
    """The folder with a model's ``config.json`` and tokenizer; ``None`` for one that would have to be fetched.

    Raises:
        TrainConfigError: No such folder, or it holds no model.
    """
    if name == "embedded":
        folder = cache_dir() / FOLDER
        return str(folder) if folder.is_dir() else None
    if name.startswith(HUB):
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(name.removeprefix(HUB), "config.json")
        return str(Path(found).parent) if isinstance(found, str) else None
    return model_source(name)


def model_shape(folder: str, lora: Lora | None = None) -> ModelShape:
    """Count a model.

    Args:
        folder: Holds its ``config.json``.
        lora: The adapters, if only they are trained.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    make: Any = AutoModelForCausalLM  # untyped upstream
    config: Any = AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        model = make.from_config(config)
    text = config.get_text_config()
    ends = {id(end.weight): end.weight.numel() for end in (model.get_input_embeddings(), _head(model)) if end}
    parameters = sum(weight.numel() for weight in model.parameters())
    heads = text.num_attention_heads
    width = getattr(text, "head_dim", None) or text.hidden_size // heads
    return ModelShape(
        parameters=parameters,
        embeddings=sum(ends.values()),
        trained=parameters if lora is None else _adapter_weights(model, lora),
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        intermediate=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        queries=heads * width,
        keys=(getattr(text, "num_key_value_heads", None) or heads) * width,
        vocabulary=text.vocab_size,
    )


def _head(model: Any) -> Any:
    return model.get_output_embeddings()


def _adapter_weights(model: Any, lora: Lora) -> int:
    """Two matrices beside each adapted layer; ``all-linear`` leaves the output embedding alone, as PEFT does."""
    import torch

    targets = lora.target_modules
    adapted = [
        layer
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear)
        and (layer is not _head(model) if isinstance(targets, str) else name.endswith(tuple(targets)))
    ]
    return sum(lora.rank * (layer.in_features + layer.out_features) for layer in adapted)
