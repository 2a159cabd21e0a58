"""Where a run's rows come from: a file of any format that we read, a Parquet file, or a data set of the Hugging Face hub.

``hf:OWNER/NAME[:CONFIG][:SPLIT]`` and Parquet files are read with the library ``datasets`` (extra ``train``); a folder
in place of ``OWNER/NAME`` is read as the hub would read it. The only module of the trainer that fetches data.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from rvpo.rubrics.formats.source import Record, Rows, Source, without_holes
from rvpo.rubrics.wording import clipped
from rvpo.trainer.errors import DataOutOfReach, TrainConfigError

HUB: Final = "hf:"
PARQUET: Final = ".parquet"
_SPLIT: Final = re.compile(r"(train|test|validation|valid|val|dev|eval|all)(\[.*\])?")
"""What a single part after the name is taken for a split by; any other is a config."""
_COLON: Final = re.compile(r":(?![^\[]*\])")
"""One that is not within a slice such as ``train[:100]``."""


class HubName(NamedTuple):
    """A data set of the hub, or a folder like one."""

    name: str
    config: str | None = None
    split: str = "train"


def hub_name(data: str) -> HubName:
    """Part ``hf:OWNER/NAME[:CONFIG][:SPLIT]``.

    Raises:
        TrainConfigError: It has no name, or more parts.

    >>> hub_name("hf:ScaleAI/RaR-Medicine:train[:100]")
    HubName(name='ScaleAI/RaR-Medicine', config=None, split='train[:100]')
    >>> hub_name("hf:a/b:main:test").config
    'main'
    """
    name, *parts = _COLON.split(data.removeprefix(HUB))
    if not name or len(parts) > 2 or not all(parts):
        raise TrainConfigError(f"data {data}: should be {HUB}OWNER/NAME[:CONFIG][:SPLIT]")
    if len(parts) == 1 and _SPLIT.fullmatch(parts[0]):
        return HubName(name, None, parts[0])
    return HubName(name, *parts)


def open_data(data: str) -> Source:
    """Open what a config's ``data`` names.

    Raises:
        TrainConfigError: The data set cannot be read as one.
        DataOutOfReach: It is on the hub, not in the cache, and the hub does not answer.
    """
    if data.startswith(HUB):
        wanted = hub_name(data)
        is_folder = Path(wanted.name).is_dir()
        return _table(data, wanted.name, wanted.config, wanted.split, streaming=is_folder)
    if Path(data).suffix.lower() == PARQUET and Path(data).is_file():
        return _table(data, "parquet", None, "train", streaming=True, data_files=data)
    return Source(data)


def data_sha256(data: str, source: Source | None = None) -> str:
    """Of a file's content; of a data set of the hub, of its rows.

    Args:
        data: See ``open_data``.
        source: The same, if it is open already.

    Raises:
        TrainConfigError: As ``open_data``.
    """
    if not data.startswith(HUB):
        return file_sha256(data)
    source = source or open_data(data)
    digest = hashlib.sha256()
    for record in source.records():
        digest.update(json.dumps(record.data, sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest()


def file_sha256(path: str) -> str:
    """Of a file's content."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _table(data: str, path: str, config: str | None, split: str, *, streaming: bool, **rest: Any) -> Rows:
    """The rows of a data set; one on this machine is read as it lies, without a copy in the cache."""
    from datasets import load_dataset

    try:
        # The hub's client writes a line for each time it tries again.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        found = load_dataset(path, name=config, split=split, streaming=streaming, **rest)
        return Rows(_records(cast("Iterable[Mapping[str, Any]]", found), data), data)
    except Exception as wrong:  # datasets raises whatever its readers and the network raise
        said = clipped(" ".join(str(wrong).split()), 200) or type(wrong).__name__
        if isinstance(wrong, ConnectionError | TimeoutError) or type(wrong).__name__ in _UNREACHED:
            raise DataOutOfReach(f"data {data}: cannot be fetched: {said}") from wrong
        raise TrainConfigError(f"data {data}: cannot be read: {said}") from wrong


_UNREACHED: Final = {"OfflineModeIsEnabled", "LocalEntryNotFoundError", "ConnectTimeout", "ConnectError"}
"""Errors of the hub's client that say nothing of the data set."""


def _records(rows: Iterable[Mapping[str, Any]], name: str) -> list[Record]:
    return [
        Record(f"{name}: row {number}", f"row {number}", number, without_holes(dict(row)), {})
        for number, row in enumerate(rows, start=1)
    ]
