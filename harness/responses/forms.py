"""Which form a file of responses has, told by what is in it and not by its name. Reads the file's beginning."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec

from rvpo.harness.responses.inspect_logs import read_log
from rvpo.harness.responses.lm_eval import read_samples
from rvpo.harness.responses.openai_chat import read_chats
from rvpo.harness.responses.parquet import read_parquet
from rvpo.harness.responses.rows import Row
from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.source import read_json_lines

Form = Literal["rows", "parquet", "lm-eval", "inspect", "openai-chat"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)

READERS: Final[Mapping[Form, Callable[[Path], Iterator[tuple[int, Row]]]]] = {
    "rows": read_json_lines,
    "parquet": read_parquet,
    "lm-eval": read_samples,
    "inspect": read_log,
    "openai-chat": read_chats,
}
"""Each yields a number that errors name, and a row."""

_PARQUET: Final = b"PAR1"
_ZIP: Final = b"PK\x03\x04"


def form_of(path: Path) -> Form:
    """Tell a file's form; what looks like none of the others is ``rows``, whose reader says what is wrong.

    Raises:
        SourceError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            first = next((line for line in file if line.strip()), b"")
    except OSError as wrong:
        raise SourceError.at(str(path), None, f"cannot be read: {wrong.strerror}") from None
    if first.startswith(_PARQUET):
        return "parquet"
    if first.startswith(_ZIP):
        return "inspect"
    if first.strip() == b"{":
        # An object over many lines is no row of JSON lines; of the files known here only a log is written so.
        return "inspect"
    return _form_of_object(first)


def _form_of_object(line: bytes) -> Form:
    try:
        found: Any = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return "rows"
    if not isinstance(found, dict):
        return "rows"
    if {"eval", "samples"} <= found.keys():
        return "inspect"
    if {"doc_id", "arguments", "resps"} <= found.keys():
        return "lm-eval"
    return "openai-chat" if "messages" in found and "response" not in found else "rows"
