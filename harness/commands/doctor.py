"""``rvpo doctor``: what is installed and what this machine offers. Looks; changes nothing, fetches nothing."""

import json
import os
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from rvpo.harness.cli import EXTRAS


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> None:
    """Show what is installed and what this machine offers."""
    found = examine()
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"rvpo {found['rvpo']}, Python {found['python']}, {found['cores']} cores")
    for extra, packages in found["extras"].items():
        missing = [name for name, installed in packages.items() if installed is None]
        state = f"missing {', '.join(missing)}: pip install 'rvpo[{extra}]'" if missing else "complete"
        click.echo(f"extra {extra:8} {state}")
    click.echo(f"torch          {_torch_words(found['torch'])}")
    model = "present" if found["embedded_model"] else "not yet fetched (100 MB on first use)"
    click.echo(f"embedded model {model}")
    click.echo(f"cache          {found['cache']}, {found['cache_free_gb']:.1f} GB free")


def examine() -> dict[str, Any]:
    """Look at the installation and the machine; JSON values only."""
    import platform

    import rvpo
    from rvpo.judges.embedded_model import FOLDER, cache_dir

    cache = cache_dir()
    return {
        "rvpo": rvpo.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "extras": {extra: {name: _version(name) for name in names} for extra, names in EXTRAS.items()},
        "torch": _torch() if find_spec("torch") else None,
        "cache": str(cache),
        "cache_free_gb": shutil.disk_usage(_existing(cache)).free / 1e9,
        "embedded_model": (cache / FOLDER).is_dir(),
    }


def _version(module: str) -> str | None:
    if find_spec(module) is None:
        return None
    try:
        return version(module.replace("_", "-"))
    except PackageNotFoundError:
        return "unknown"


def _torch() -> dict[str, Any]:
    import torch

    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {"version": torch.__version__, "threads": torch.get_num_threads(), "gpus": gpus}


def _torch_words(torch: dict[str, Any] | None) -> str:
    if torch is None:
        return "not installed"
    return f"{torch['version']}, {torch['threads']} threads, {', '.join(torch['gpus']) or 'no GPU'}"


def _existing(path: Path) -> Path:
    """The nearest folder above that is there already."""
    return path if path.exists() else _existing(path.parent)
