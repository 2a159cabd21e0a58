"""What can be wrong with the store under a judging service: it is said, or it is asked again; never a made-up verdict."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, JudgeStats, RewardVector, StoreError
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.store import Store
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


@pytest.mark.parametrize("pages", [4, 24], ids=["at the first lease", "in the middle"])
def test_a_full_disk_is_said_and_a_rerun_with_room_pays_for_what_is_missing(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """The page limit of SQLite raises the very error of a full disk; it is set on each connection that is opened."""
    store = tmp_path / "s.sqlite"
    responses = [f"fever {n}" for n in range(200)]
    judge(scripted_server, store, responses[0])
    connect = sqlite3.connect

    def small(*args: Any, **settings: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **settings)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(
        StoreError, match=r"s\.sqlite: the store cannot be written: the disk is full; "
    ) as caught:
        judge(scripted_server, store, *responses)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    with closing(sqlite3.connect(store)) as file:
        (kept,) = file.execute("SELECT count(*) FROM replies").fetchone()
    vectors, stats = judge(scripted_server, store, *responses)
    assert [vector.values_or_none() for vector in vectors] == [[1.0]] * 200
    assert (stats.hits, stats.calls) == (kept, 200 - kept)
    assert kept >= 1


WRITER = """
import asyncio, resource, sys
from rvpo.judges import StoreError
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.store import Store

async def work():
    store = Store.open(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    number = 0
    try:
        while True:
            key = b"%032d" % number
            await store.take([key])
            await store.put(StoredReply(key, b"x" * 900, "ok", "j", 0.0, 1))
            print(number, flush=True)
            number += 1
    except StoreError as full:
        print(full, file=sys.stderr)
    await store.aclose()

asyncio.run(work())
"""


def test_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A limit on the size of files stops the log of SQLite in the middle of a page, as a quota does."""
    path = str(tmp_path / "s.sqlite")
    done = subprocess.run([sys.executable, "-c", WRITER, path], capture_output=True, text=True, check=True)
    assert "s.sqlite: the store cannot be" in done.stderr
    assert "limit on the size of files" in done.stderr
    acknowledged = [b"%032d" % int(line) for line in done.stdout.split()]
    assert acknowledged

    async def rerun() -> tuple[int, int]:
        store = Store.open(path)
        new = b"n" * 32
        assert (await store.take([new])).mine == {new}
        await store.put(StoredReply(new, b"x" * 900, "ok", "j", 0.0, 1))
        found = await store.get_many([*acknowledged, new])
        await store.aclose()
        return len(found), len(acknowledged) + 1

    found, wanted = asyncio.run(rerun())
    assert found == wanted
