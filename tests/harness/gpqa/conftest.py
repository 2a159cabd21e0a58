"""Four-option questions of our own in GPQA's columns, and samplers whose score can be told in advance."""

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.gpqa.exam import ChoiceExam, load_gpqa
from rvpo.harness.gpqa.questions import ChoiceItem
from rvpo.harness.samplers import Ask, Completion

Reply = Callable[[Ask], str]


class Speaker:
    """A sampler that replies by a function of what it is shown."""

    batch_size = 16

    def __init__(self, reply: Reply, *, temperature: float = 0.7, stop_after: int | None = None) -> None:
        self._reply = reply
        self._temperature = temperature
        self._stop_after = stop_after
        self.asked: list[tuple[str, int]] = []

    def identity(self) -> Mapping[str, Any]:
        return {"sampler": "speaker", "temperature": self._temperature}

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        for start in range(0, len(asks), self.batch_size):
            if self._stop_after is not None and start >= self._stop_after:
                raise KeyboardInterrupt
            batch = asks[start : start + self.batch_size]
            self.asked += [(ask.item.id, ask.draw) for ask in batch]
            yield [Completion(item_id=ask.item.id, draw=ask.draw, text=self._reply(ask)) for ask in batch]


def read_the_page(ask: Ask) -> str:
    """Knows the right option as a text only, and looks for the line of the prompt that shows it."""
    assert isinstance(ask.item, ChoiceItem)
    lines = ask.item.messages[0]["content"].splitlines()
    (line,) = [line for line in lines if line[1:] == f") {ask.item.options[0]}"]
    return f"Answer: {line[0]}"


@pytest.fixture
def invented() -> Path:
    """24 items written for these tests."""
    return Path(__file__).with_name("invented.csv")


@pytest.fixture
def locked() -> Path:
    """The same file as ``dataset/gpqa_diamond.csv`` in a zip locked by Info-ZIP's ``zip -P sesame``."""
    return Path(__file__).with_name("invented.zip")


@pytest.fixture
def exam(invented: Path) -> ChoiceExam:
    return load_gpqa(invented)


@pytest.fixture
def speaker() -> Callable[..., Any]:
    """Makes a ``Speaker``."""
    return Speaker


@pytest.fixture
def reader_of_pages() -> Reply:
    return read_the_page


@pytest.fixture
def edited(invented: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """Makes the invented file with one text in place of another."""

    def edit(old: str, new: str) -> Path:
        path = tmp_path / "edited.csv"
        text = invented.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    return edit
