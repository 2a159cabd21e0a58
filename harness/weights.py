"""Which weights a model's name means, and their identity. Reads disk; asks the hub only for a name that is no folder."""

import json
from pathlib import Path
from typing import Any, Final

from rvpo.harness.errors import SamplerError
from rvpo.harness.gated import how_to_get_in
from rvpo.judges.weights import DECISIVE, weights_hash

EMBEDDED: Final = "embedded"
ADAPTER: Final = "adapter_config.json"


def resolve_model(name: str) -> Path:
    """Find the folder of a model.

    Args:
        name: ``embedded`` (the model that comes with rvpo), a checkpoint folder, or a name on the Hugging Face hub.

    Raises:
        SamplerError: There is no such folder and no such model on the hub, or the hub cannot be reached.
    """
    if name == EMBEDDED:
        from rvpo.judges.embedded_model import embedded_model_path

        return embedded_model_path()
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not any((folder / needed).exists() for needed in ("config.json", ADAPTER)):
            raise SamplerError(f"{folder}: not a model folder (no config.json)")
        return folder
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise SamplerError(f"{name}: no such model folder (nor 'embedded', nor a hub name like owner/model)")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HFValidationError

    try:
        return Path(snapshot_download(name, allow_patterns=[f"*{suffix}" for suffix in DECISIVE]))
    except GatedRepoError as error:
        raise SamplerError(f"{name}: {how_to_get_in(name)}") from error
    except (OSError, HFValidationError) as error:  # all other errors of the hub are OSErrors
        reason = str(error).split("\n", maxsplit=1)[0]
        raise SamplerError(
            f"{name}: no such folder here, and not to be had from the hub: {reason}"
        ) from error


def model_name(said: str, folder: Path) -> str:
    """What an identity calls a model: a folder by its own name, wherever it lies; anything else as it was said."""
    return folder.name if Path(said).is_dir() else said


def weights_identity(folder: Path) -> dict[str, Any]:
    """Hash a checkpoint: weights, configuration, tokenizer and chat template; of an adapter its base model too."""
    identity: dict[str, Any] = {"sha256": weights_hash(folder)}
    if is_adapter(folder):
        identity["base"] = weights_identity(base_folder(folder))
    return identity


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds only what is added to another model (LoRA)."""
    return (folder / ADAPTER).exists()


def base_folder(folder: Path) -> Path:
    """The folder of the model that an adapter adds to; of a whole model its own.

    Raises:
        SamplerError: The adapter does not say, or what it names is not there.
    """
    if not is_adapter(folder):
        return folder
    try:
        base = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (ValueError, KeyError) as error:
        raise SamplerError(f"{folder / ADAPTER}: names no base model: {error}") from error
    try:
        return resolve_model(str(base))
    except SamplerError as error:
        raise SamplerError(f"{folder / ADAPTER}: base_model_name_or_path: {error}") from error
