"""Which checkpoints a sweep examines, and whether their weights are whole. Reads folders and headers, loads nothing.

A step is the last number in a folder's name, as ``rvpo curve`` reads it. A file of weights that a kill cut short is found by
its own header: safetensors say where their last tensor ends (github.com/huggingface/safetensors, "Format").
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rvpo.harness.errors import SamplerError
from rvpo.results.arms import is_pattern, matching_folders, step_of
from rvpo.rubrics.wording import hint

USUAL: Final = "checkpoint-*"
CONFIGS: Final = ("config.json", "adapter_config.json")
WEIGHTS: Final = ("model", "adapter_model", "pytorch_model")
"""What files of weights are called up to their ending or the number of their part."""


class Checkpoint(NamedTuple):
    """One checkpoint of a training run."""

    step: float
    folder: Path


def is_sweep(model: str) -> bool:
    """Whether a model's name stands for several: a pattern, or the folder of a training run.

    A folder that is itself a model is that model, whatever lies beside its weights.
    """
    if is_pattern(model):
        return True
    folder = Path(model)
    return folder.is_dir() and not _is_model(folder) and any(folder.glob(USUAL))


def find_checkpoints(place: str) -> list[Checkpoint]:
    """The checkpoints of one training run, by step.

    Args:
        place: A pattern (``runs/x/checkpoint-*``), or the folder of a training run.

    Raises:
        SamplerError: None is there, one is no model or is torn, or they are of several runs or twice of a step.
        ResultsError: A folder's name has no step.
    """
    pattern = place if is_pattern(place) else str(Path(place) / USUAL)
    folders = [folder for folder in matching_folders(pattern) if folder.is_dir()]
    if not folders:
        raise SamplerError(f"{place}: matches no folder{_near(Path(pattern).parent)}")
    if len(homes := sorted({str(folder.parent) for folder in folders})) > 1:
        raise SamplerError(
            f"{place}: matches checkpoints of {len(homes)} training runs ({', '.join(homes[:3])}): sweep one at a time"
        )
    by_step: dict[float, Path] = {}
    for folder in folders:
        step = step_of(folder)
        if step in by_step:
            raise SamplerError(
                f"{folder} and {by_step[step]}: both are step {step:g}; a curve has one a step"
            )
        if not _is_model(folder):
            raise SamplerError(f"{folder}: not a checkpoint (no {' or '.join(CONFIGS)}); leave it out")
        check_whole(folder)
        by_step[step] = folder
    return [Checkpoint(step, by_step[step]) for step in sorted(by_step)]


def check_whole(folder: Path) -> None:
    """Refuse a model folder whose weights are missing or cut short.

    Raises:
        SamplerError: Weights are missing, or a file of them is shorter than its header says.
    """
    for suffix, whole_size in _READERS.items():
        found = sorted(path for name in WEIGHTS for path in folder.glob(f"{name}*{suffix}"))
        named = set(_named_parts(folder, suffix))
        if missing := sorted(named - {path.name for path in found}):
            raise SamplerError(f"{folder}: torn: its index names {missing[0]}, which is not there")
        for path in found:
            size, whole = path.stat().st_size, whole_size(path)
            if size < whole:
                raise SamplerError(
                    f"{path}: torn: {size} bytes of {whole}; a kill or a full disk cut it short"
                )
        if found:
            return
    raise SamplerError(f"{folder}: torn: it holds no weights (model.safetensors)")


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in CONFIGS)


def _named_parts(folder: Path, suffix: str) -> Iterator[str]:
    """Files that an index of parts names."""
    for index in sorted(folder.glob(f"*{suffix}.index.json")):
        try:
            yield from json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        except (ValueError, KeyError, AttributeError) as error:
            raise SamplerError(f"{index}: torn: not an index of weights: {error}") from error


def _safetensors_size(path: Path) -> int:
    """Bytes of the whole file: 8 of length, the header, and data up to where the last tensor ends."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(min(length, path.stat().st_size))
    if len(header) < length or not header:
        return 8 + max(length, 1)
    try:
        tensors = json.loads(header)
        ends = [entry["data_offsets"][1] for name, entry in tensors.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SamplerError(f"{path}: torn: its header cannot be read: {error}") from error
    return 8 + length + max(ends, default=0)


def _pickle_size(_path: Path) -> int:
    """A pickle does not say its length: only an empty one is known to be torn."""
    return 1


_READERS: Final = {".safetensors": _safetensors_size, ".bin": _pickle_size}
"""Forms of weights, the one that is loaded where both are there first."""


def _near(folder: Path) -> str:
    """The nearest folder beside one that is not there, or that it has no such folder inside."""
    if folder.is_dir() or not folder.parent.is_dir():
        return ""
    beside = [each.name for each in folder.parent.iterdir() if each.is_dir()]
    return hint(folder.name, beside)
