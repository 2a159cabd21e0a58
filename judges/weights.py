"""The identity of a model folder: a hash of all that decides what it says."""

import hashlib
from pathlib import Path
from typing import Final

DECISIVE: Final = (".safetensors", ".bin", ".json", ".jinja", ".model", ".txt")


def weights_hash(folder: Path) -> str:
    """Hash weights, configuration, tokenizer and chat template: names and contents, not the folder's place."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in DECISIVE and path.is_file()):
        with path.open("rb") as content:
            total.update(f"{path.name}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()
