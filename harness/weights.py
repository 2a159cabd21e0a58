"""Which weights a model's name means, and their identity. Reads disk; asks the hub only for a name that is no folder."""

import json
from pathlib import Path
from typing import Any, Final

from rvpo.harness.errors import SamplerError
from rvpo.judges.weights import DECISIVE, weights_hash

EMBEDDED: Final = "embedded"


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
        if not any((folder / needed).exists() for needed in ("config.json", "adapter_config.json")):
            raise SamplerError(f"{folder}: not a model folder (no config.json)")
        return folder
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise SamplerError(f"{name}: no such model folder (nor 'embedded', nor a hub name like owner/model)")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(name, allow_patterns=[f"*{suffix}" for suffix in DECISIVE]))
    except (OSError, HFValidationError) as error:  # all other errors of the hub are OSErrors
        reason = str(error).split("\n", maxsplit=1)[0]
        raise SamplerError(
            f"{name}: no such folder here, and not to be had from the hub: {reason}"
        ) from error


def weights_identity(folder: Path) -> dict[str, Any]:
    """Hash a checkpoint: weights, configuration, tokenizer and chat template; of an adapter its base model too."""
    identity: dict[str, Any] = {"sha256": weights_hash(folder)}
    adapter = folder / "adapter_config.json"
    if adapter.exists():
        base = json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"]
        identity["base"] = weights_identity(resolve_model(base))
    return identity
