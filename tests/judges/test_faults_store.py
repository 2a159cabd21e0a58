"""What can be wrong with the store under a judging service: it is said, or it is asked again; never a made-up verdict."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, JudgeStats, RewardVector, StoreError
from rvpo.rubrics import Criterion, Rubric

RUBRIC = Rubric(id="r", criteria=(Criterion(id="fever", criterion="Mentions the word fever", points=5),))
LONG = " so it is" * 300


def judge(server: Any, store: Path, *responses: str) -> tuple[list[RewardVector], JudgeStats]:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": str(store)}
    asked = [JudgeRequest(rubric=RUBRIC, prompt="What now?", response=response) for response in responses]
    with JudgeService.open_sync(JudgeConfig.model_validate(settings)) as service:
        return service.judge_sync(asked), service.stats()


def spoil(store: Path, change: Callable[[bytes], bytes]) -> None:
    """Changes one row behind the store's back: what was read in its reply is of another parser, so that is read again."""
    with closing(sqlite3.connect(store)) as file, file:
        key, reply = file.execute("SELECT key, reply FROM replies ORDER BY rowid LIMIT 1").fetchone()
        file.execute("UPDATE replies SET reply = ?, parser = 0 WHERE key = ?", (change(reply), key))


@pytest.mark.parametrize(
    "change",
    [
        lambda reply: reply[: len(reply) // 2],
        lambda _: b"",
        lambda _: b"null",
        lambda _: b"\x80\x04\x95pickle",
        lambda _: b"\x78\x9cnot what zlib wrote",
        lambda reply: reply[:-8] + bytes(8),
    ],
    ids=["half", "empty", "null", "pickle", "zlib", "tail"],
)
@pytest.mark.parametrize("said", ["", LONG], ids=["plain", "compressed"])
def test_a_torn_row_is_asked_again_and_the_others_are_served(
    scripted_server: Any, tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    scripted_server.script(verdict=f'{{"explanation": "e{said}", "met": true}}')
    store = tmp_path / "s.sqlite"
    judge(scripted_server, store, "fever 1", "fever 2")
    spoil(store, change)
    vectors, stats = judge(scripted_server, store, "fever 1", "fever 2")
    assert [vector.values_or_none() for vector in vectors] == [[1.0], [1.0]]
    assert (stats.hits, stats.calls, stats.failures) == (1, 1, {})
    _, stats = judge(scripted_server, store, "fever 1", "fever 2")
    assert (stats.hits, stats.calls) == (2, 0)


def test_a_torn_reading_is_no_verdict(scripted_server: Any, tmp_path: Path) -> None:
    """Beside each reply lies what was read in it; when that is torn, no score is made of the pieces."""
    store = tmp_path / "s.sqlite"
    judge(scripted_server, store, "fever")
    for pieces in (b"\xc1", b"\x80", b"\x81\xa6status\xa4nope"):
        with closing(sqlite3.connect(store)) as file, file:
            file.execute("UPDATE replies SET reading = ?", (pieces,))
        (vector,), stats = judge(scripted_server, store, "fever")
        assert vector.values_or_none() == [1.0], pieces
        assert stats.failures == {}, pieces


def test_a_damaged_store_is_put_aside_and_judging_goes_on(scripted_server: Any, tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    judge(scripted_server, store, *(f"fever {n}" for n in range(40)))
    whole = bytearray(store.read_bytes())
    whole[4096:12_288] = b"\xa5" * 8192
    store.write_bytes(whole)
    vectors, stats = judge(scripted_server, store, "fever 1")
    assert (vectors[0].values_or_none(), stats.calls) == ([1.0], 1)
    (aside,) = (path for path in tmp_path.glob("s.sqlite.damaged-*") if path.suffix != ".lock")
    assert aside.read_bytes() == whole


@contextmanager
def _read_only_folder() -> Iterator[Path]:
    """A folder that nobody may write to: root, whom no mode stops, becomes nobody meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        rooted = os.geteuid() == 0
        if rooted:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if rooted:
                os.seteuid(0)
            folder.chmod(0o755)


def test_a_read_only_folder_is_said_before_anything_is_asked(scripted_server: Any) -> None:
    with (
        _read_only_folder() as folder,
        pytest.raises(StoreError, match=r"s\.sqlite.*cannot be opened: .*Permission denied") as caught,
    ):
        judge(scripted_server, folder / "s.sqlite", "fever")
    assert "\n" not in str(caught.value)
    assert scripted_server.counts()["requests"] == 0


def test_a_full_disk_stops_the_run_and_keeps_what_was_acknowledged(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page limit of SQLite raises the very error of a full disk; it is set on each connection that is opened."""
    store = tmp_path / "s.sqlite"
    judge(scripted_server, store, "fever 0")
    connect = sqlite3.connect

    def small(*args: Any, **settings: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **settings)
        connection.execute("PRAGMA max_page_count = 4")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(StoreError, match=r"the store cannot be \w+: .*full"):
        judge(scripted_server, store, *(f"fever {n}" for n in range(1, 200)))
    monkeypatch.undo()
    _, stats = judge(scripted_server, store, "fever 0")
    assert (stats.hits, stats.calls) == (1, 0)
