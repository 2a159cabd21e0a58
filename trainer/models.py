"""Where a model comes from, who it is, and how it is loaded."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch

from rvpo.judges.embedded_model import embedded_model_path
from rvpo.trainer.config import Lora
from rvpo.trainer.errors import TrainConfigError

HUB = "hf:"


def model_source(name: str) -> str:
    """What ``from_pretrained`` is given for a config's ``model``.

    Raises:
        TrainConfigError: No such folder, or it holds no model.
        EmbeddedModelError: The embedded model cannot be fetched.
    """
    if name == "embedded":
        return str(embedded_model_path())
    if name.startswith(HUB):
        return name.removeprefix(HUB)
    if not (Path(name) / "config.json").is_file():
        found = "holds no config.json" if Path(name).is_dir() else "no such folder"
        raise TrainConfigError(
            f"model {name}: {found}; expected a model folder, embedded, or {HUB}OWNER/NAME"
        )
    return str(Path(name).resolve())


def model_identity(source: str) -> str:
    """Short hash of a model folder's config and of the names and sizes of its weight files; a hub name is itself."""
    folder = Path(source)
    if not folder.is_dir():
        return source
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    weights = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    digest.update(json.dumps([(path.name, path.stat().st_size) for path in weights]).encode())
    for path in weights:
        digest.update(_ends(path))
    return digest.hexdigest()[:16]


def _ends(path: Path, length: int = 1 << 20) -> bytes:
    """The first and last MiB: enough to tell trained weights apart, and quick on 30 GB."""
    with path.open("rb") as handle:
        first = handle.read(length)
        handle.seek(max(path.stat().st_size - length, 0))
        return first + handle.read(length)


def load_tokenizer(source: str) -> Any:
    """The model's tokenizer, padding on the left.

    Raises:
        TrainConfigError: It has no chat template.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source, padding_side="left", truncation_side="left")
    if tokenizer.chat_template is None:
        raise TrainConfigError(
            f"model {source}: its tokenizer has no chat template, which prompts are written with"
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(source: str, weights: str) -> Any:
    """The model with its weights stored as ``weights`` says."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(source, dtype=getattr(torch, weights))


def lora_config(lora: Lora | None) -> Any:
    """PEFT's settings for ``lora``, or ``None``."""
    if lora is None:
        return None
    from peft import LoraConfig

    modules = lora.target_modules if isinstance(lora.target_modules, str) else list(lora.target_modules)
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=modules,
        task_type="CAUSAL_LM",
    )
