"""inspect-ai's logs: ``.json``, and ``.eval``, a zip of one JSON file a sample. Reads files; needs no inspect.

Of a sample: ``id`` and ``epoch`` (further epochs are ``ID#2``, ``ID#3``), ``messages`` with the conversation, or
``input`` and ``output`` where they are empty; ``target`` is the reference, ``metadata`` the fields. A sample that ended
with an error has no response; the log is refused, since leaving it out would change what the others are a sample of, but
for a reader who knows which samples there should be.
The members of newer zips are packed with zstd, which needs pyarrow (extra ``eval``) before Python 3.14.
"""

import json
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rvpo.harness.responses.chat import Exchange, exchange
from rvpo.harness.responses.rows import Row, make_row, numbered
from rvpo.rubrics import SourceError
from rvpo.rubrics.wording import shown

_ZIP: Final = b"PK"
"""How a zip begins, a torn one too, whose end is gone by which others tell it."""
_ZSTD: Final = 93
"""The zip's number of this compression."""
_CUT: Final = frozenset({"max_tokens", "model_length"})
"""What inspect calls the end of an answer at the limit of answers, or of the model."""
_LOCAL_HEADER: Final = 30
"""Bytes of a member's header in a zip, before its name."""


def read_log(path: Path, *, replayed: bool = False) -> Iterator[tuple[int, Row]]:
    """Read a log; yields the sample's number, from 1, and a row.

    Args:
        path: The log.
        replayed: Whether they are answers to a known exam: a sample that ended with an error is then passed over, not
            refused, and every row has a ``finish_reason``, ``stop`` or ``length``.

    Raises:
        SourceError: It is no log, or a sample holds no response.
        ModuleNotFoundError: The zip is packed with zstd and pyarrow is not installed.
    """
    number = 0
    for number, sample in enumerate(_samples(path), start=1):
        if replayed and _error(sample):
            continue
        try:
            row = _row(sample)
            yield number, row | {"finish_reason": _finish_reason(sample)} if replayed else row
        except ValueError as wrong:
            who = shown(sample.get("id")) if isinstance(sample, Mapping) else "?"
            raise SourceError.at(str(path), number, f"sample {who}: {wrong}") from None
    if not number:
        raise SourceError.at(str(path), None, "there are no samples in this log")


def _samples(path: Path) -> Iterator[Any]:
    content = path.read_bytes()
    if content.startswith(_ZIP):
        yield from _zipped(path)
        return
    log = _json(content, path)
    samples = log.get("samples") if isinstance(log, Mapping) else None
    if not isinstance(samples, list):
        raise SourceError.at(
            str(path), None, f"samples: got {shown(samples)}, should be the list of an inspect log"
        )
    yield from samples


def _zipped(path: Path) -> Iterator[Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.startswith("samples/") and member.filename.endswith(".json"):
                    yield _json(_unpacked(archive, member, path), path)
    except zipfile.BadZipFile as wrong:
        raise SourceError.at(str(path), None, f"is a damaged zip: {wrong}") from None


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    if member.compress_type != _ZSTD or sys.version_info >= (3, 14):
        return archive.read(member)
    import pyarrow as pa

    # The names of the local header may be longer than those of the directory: its own lengths count.
    with path.open("rb") as file:
        file.seek(member.header_offset)
        header = file.read(_LOCAL_HEADER)
        skip = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        file.seek(skip, 1)
        packed = file.read(member.compress_size)
    try:
        data: bytes = pa.decompress(packed, member.file_size, codec="zstd", asbytes=True)
    except OSError as wrong:
        raise zipfile.BadZipFile(f"{member.filename}: {wrong}") from None
    if zlib.crc32(data) != member.CRC:
        raise zipfile.BadZipFile(f"{member.filename}: wrong checksum")
    return data


def _json(data: bytes, path: Path) -> Any:
    # Not strict: logs write scores that are NaN as such.
    try:
        return json.loads(data)
    except ValueError as wrong:
        raise SourceError.at(str(path), None, f"not JSON: {wrong}") from None


def _row(sample: Any) -> Row:
    if not isinstance(sample, Mapping) or "id" not in sample:
        raise ValueError(f"got {shown(sample)}, should be a sample with an id")
    if error := _error(sample):
        raise ValueError(f"ended with an error and has no response: {shown(error.get('message'))}")
    prompt, response = _exchange(sample)
    metadata = sample.get("metadata")
    about = metadata if isinstance(metadata, Mapping) else {}
    return make_row(
        numbered(sample["id"], sample.get("epoch") or 1), prompt, response, sample.get("target"), about
    )


def _error(sample: Any) -> Mapping[str, Any] | None:
    error = sample.get("error") if isinstance(sample, Mapping) else None
    return error if isinstance(error, Mapping) else None


def _finish_reason(sample: Mapping[str, Any]) -> str:
    output = sample.get("output")
    choices = output.get("choices") if isinstance(output, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return "length" if isinstance(first, Mapping) and first.get("stop_reason") in _CUT else "stop"


def _exchange(sample: Mapping[str, Any]) -> Exchange:
    if sample.get("messages"):
        return exchange(sample["messages"])
    asked, output = sample.get("input"), sample.get("output")
    turns = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    choices = output.get("choices") if isinstance(output, Mapping) else None
    if not isinstance(turns, list) or not choices:
        raise ValueError("holds neither messages nor an output")
    return exchange([*turns, choices[0].get("message")])
