"""Fills a run's manifest with what the machine knows: versions, platform, command, time. Writes it.

When it is written is ``store.py``'s to say. Packages are looked up, not imported.
"""

import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import msgspec

from rvpo.results.identity import make_run_id
from rvpo.results.journal import write_atomically
from rvpo.results.reader import MANIFEST
from rvpo.results.records import RunManifest

PACKAGES = (
    "rvpo", "numpy", "scipy", "msgspec", "pydantic", "aiohttp", "torch", "transformers", "tokenizers", "trl",
    "accelerate", "peft", "datasets", "deepspeed", "vllm", "sglang", "openai", "litellm", "lm-eval",
)  # fmt: skip
"""Whose versions a manifest names, where they are installed."""

RunKind = Literal["eval", "judge", "train"]


def installed_versions() -> dict[str, str]:
    """Version of Python and of every package of ``PACKAGES`` that is installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def command_line(argv: Sequence[str]) -> str:
    """The command as a reader would type it: the program's name without its folder, arguments quoted.

    >>> command_line(["/venv/bin/rvpo", "eval", "my task"])
    "rvpo eval 'my task'"
    """
    return shlex.join([Path(argv[0]).name, *argv[1:]]) if argv else ""


def new_manifest(
    kind: RunKind,
    task: str,
    identity: Mapping[str, Any],
    *,
    title: str = "",
    planned: int = 0,
    notes: Sequence[str] = (),
    command: str | None = None,
) -> RunManifest:
    """Manifest of a run about to start.

    Args:
        kind: what made the rows.
        task: name of the exam or of the training task.
        identity: all that decides the rows; its hash is the run's id.
        title: what a reader calls this run.
        planned: item rows (items x draws) that the finished run has.
        notes: what a reader must know ("demo judge").
        command: the command that makes the run; this process's own by default.

    Raises:
        ResultsError: ``identity`` holds something that is not JSON.
    """
    return RunManifest(
        run_id=make_run_id(identity),
        kind=kind,
        task=task,
        title=title,
        identity=dict(identity),
        command=command_line(sys.argv) if command is None else command,
        versions=installed_versions(),
        platform=platform.platform(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        planned=planned,
        notes=tuple(notes),
    )


def write_manifest(folder: Path, manifest: RunManifest) -> None:
    """Puts a manifest into its run's folder, atomically.

    Raises:
        OSError: it cannot be written; the old one, if any, is as it was.
    """
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    write_atomically(folder / MANIFEST, data + b"\n")
