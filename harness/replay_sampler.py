"""Answers that were sampled elsewhere: rows ``{"id", "response", "draw"?, "finish_reason"?}``, or another program's file.

What ``rvpo judge`` reads is read here too: Parquet, inspect's logs and lm-eval's samples (their epochs and repeats are
draws), OpenAI chats with an ``id``. Reads a file.
"""

import hashlib
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rvpo.harness.errors import SamplerError
from rvpo.harness.responses.forms import READERS, form_of
from rvpo.harness.responses.inspect_logs import read_log
from rvpo.harness.responses.rows import item_and_draw
from rvpo.harness.samplers import Ask, Completion

SHOWN_IDS: Final = 3
"""Ids of answers to no item that are named."""


class ReplaySampler:
    """Stored answers; an ask that the file has none for fails.

    Raises:
        SamplerError: A row has no id or no response, or an (id, draw) occurs twice.
        SourceError: The file cannot be read.
        ModuleNotFoundError: Its form needs a library that is not installed.
    """

    batch_size = 256

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._stored: dict[tuple[str, int], Completion] = {}
        form = form_of(self._path)
        rows = read_log(self._path, replayed=True) if form == "inspect" else READERS[form](self._path)
        for line, row in rows:
            reason = row["finish_reason"] if form == "inspect" else "stop"
            told = _with_draw(row, reason) if form in {"inspect", "lm-eval"} else row
            stored = _completion(told, f"{self._path}:{line}")
            key = (stored.item_id, stored.draw)
            if key in self._stored:
                raise SamplerError(f"{self._path}:{line}: a second answer to item {key[0]!r}, draw {key[1]}")
            self._stored[key] = stored

    def identity(self) -> Mapping[str, Any]:
        """The hash of the file."""
        with self._path.open("rb") as content:
            return {"sampler": "replay", "sha256": hashlib.file_digest(content, "sha256").hexdigest()}

    def notes(self, items: Collection[str]) -> Iterator[str]:
        """What a reader must know of the file: that it holds answers to items which the exam, by its ids, has not."""
        strange = [item for item, _ in self._stored if item not in items]
        if strange:
            first = ", ".join(map(repr, list(dict.fromkeys(strange))[:SHOWN_IDS]))
            yield f"{len(strange)} stored answers are to items that this exam does not hold, and were left out: {first}"

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Look the answers up."""
        for start in range(0, len(asks), self.batch_size):
            yield [
                self._stored.get((ask.item.id, ask.draw))
                or Completion.failed(ask, f"{self._path} has no answer to this draw")
                for ask in asks[start : start + self.batch_size]
            ]


def _with_draw(row: Mapping[str, Any], reason: str) -> Mapping[str, Any]:
    """A row of a program that numbers draws in its ids; a row with HealthBench's rubric has its id by another name."""
    item, draw = item_and_draw(str(row.get("id") or row.get("prompt_id")))
    return {"id": item, "draw": draw, "response": row["response"], "finish_reason": reason}


def _completion(row: Mapping[str, Any], place: str) -> Completion:
    name, text, draw = row.get("id"), row.get("response"), row.get("draw", 0)
    if not isinstance(name, str) or not isinstance(text, str):
        raise SamplerError(f"{place}: a stored answer needs id and response, both text")
    if not isinstance(draw, int) or isinstance(draw, bool):
        raise SamplerError(f"{place}: draw: got {draw!r}, should be a whole number")
    reason = row.get("finish_reason", "stop")
    if reason not in {"stop", "length"}:
        raise SamplerError(f"{place}: finish_reason: got {reason!r}, allowed stop | length")
    return Completion(item_id=name, draw=draw, text=text, finish_reason=reason)
