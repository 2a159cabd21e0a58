"""The folder of a submission: which files became which batches, and what they brought. Each file whole or not there."""

from pathlib import Path
from typing import Final

import msgspec

from rvpo.harness.errors import HarnessError
from rvpo.judges import JudgeConfig
from rvpo.results.journal import write_atomically

FOLDER: Final = "batches"
STATE: Final = "state.json"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of requests and its batch."""

    name: str
    """Its files are ``NAME.jsonl``, ``NAME.output.jsonl``, ``NAME.errors.jsonl``."""
    requests: int
    file_id: str = ""
    batch_id: str = ""
    status: str = ""
    """As the endpoint said last."""
    complaint: str = ""
    fetched: bool = False
    """Whether it has ended and all that it brought is on disk."""


class BatchState(msgspec.Struct, frozen=True, kw_only=True):
    """All batches of a run folder, oldest first."""

    endpoint: str
    model: str
    parts: tuple[Part, ...] = ()

    @property
    def open(self) -> tuple[Part, ...]:
        """Those that something may still come of."""
        return tuple(part for part in self.parts if not part.fetched)


class BatchDesk:
    """State and files of the batches of one run folder.

    Args:
        out: The run folder.
        config: The judge.

    Raises:
        HarnessError: The judge has no endpoint, or the folder holds batches of another one.
    """

    def __init__(self, out: Path, config: JudgeConfig) -> None:
        if config.judge not in {"openai", "openai-compatible"}:
            raise HarnessError(
                f"--batch-api needs an endpoint (judge: openai or openai-compatible), not judge: {config.judge}"
            )
        self.folder = out / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = self._load(config)

    def _load(self, config: JudgeConfig) -> BatchState:
        fresh = BatchState(endpoint=config.endpoint, model=config.model)
        path = self.folder / STATE
        if not path.exists():
            return fresh
        try:
            state = msgspec.json.decode(path.read_bytes(), type=BatchState)
        except msgspec.DecodeError as wrong:
            raise HarnessError(f"{path}: is no state of batches: {wrong}") from wrong
        if (state.endpoint, state.model) != (fresh.endpoint, fresh.model):
            raise HarnessError(
                f"{path}: these batches are of {state.model!r} at {state.endpoint}, not of {fresh.model!r} at "
                f"{fresh.endpoint}: choose another folder"
            )
        return state

    def save(self, state: BatchState) -> None:
        """Write the state down."""
        self.state = state
        self.write(STATE, msgspec.json.format(msgspec.json.encode(state)))

    def note(self, name: str, **news: object) -> None:
        """Write down what is new of one part."""
        parts = (
            msgspec.structs.replace(part, **news) if part.name == name else part for part in self.state.parts
        )
        self.save(msgspec.structs.replace(self.state, parts=tuple(parts)))

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        write_atomically(self.folder / name, data)

    def answers(self) -> list[bytes]:
        """What the batches brought, newest first."""
        names = [
            f"{part.name}.{kind}.jsonl"
            for part in reversed(self.state.parts)
            for kind in ("output", "errors")
        ]
        return [path.read_bytes() for name in names if (path := self.folder / name).exists()]
