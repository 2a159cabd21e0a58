import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import StoreError
from rvpo.judges.lock import one_process_at_a_time
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.storage.schema import SCHEMA_VERSION
from rvpo.judges.store import Store


def reply(key: bytes, body: bytes = b"{}", status: str = "ok") -> StoredReply:
    return StoredReply(key, body, status, "judge", 0.1, 1)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def read(store: Store, *keys: bytes) -> dict[bytes, bytes]:
    return {key: kept.reply for key, kept in (await store.get_many(keys)).items()}


def put_and_get(store: Store, *stored: StoredReply) -> dict[bytes, bytes]:
    async def work() -> dict[bytes, bytes]:
        await asyncio.gather(*(store.put(each) for each in stored))
        return await read(store, *(each.key for each in stored))

    found: dict[bytes, bytes] = run(work())
    return found


@given(
    st.dictionaries(
        st.binary(min_size=32, max_size=32), st.binary(max_size=40) | st.just(b"x" * 5000), max_size=8
    )
)
def test_what_is_put_is_got(replies: dict[bytes, bytes]) -> None:
    store = Store.open(":memory:")
    assert put_and_get(store, *(reply(key, body) for key, body in replies.items())) == replies
    store.close()


def test_more_keys_than_one_statement_takes_are_read_together(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "s.sqlite"))
    stored = [reply(number.to_bytes(32, "big"), b'{"n": %d}' % number) for number in range(2500)]
    found = put_and_get(store, *stored)
    assert found == {each.key: each.reply for each in stored}
    assert run(read(store, b"?" * 32)) == {}
    store.close()


def test_replies_outlive_the_process_and_long_ones_are_compressed(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "s.sqlite"
    store = Store.open(str(path))
    put_and_get(store, reply(b"k", b'{"long": "' + b"ab" * 5000 + b'"}'))
    store.close()
    again = Store.open(str(path))
    assert len(run(read(again, b"k"))[b"k"]) == 10_012
    again.close()
    with sqlite3.connect(path) as raw:
        size, judge = raw.execute("SELECT length(reply), judge FROM replies").fetchone()
    raw.close()
    assert size < 500
    assert judge == "judge"


def test_the_first_good_reply_stays_and_a_bad_one_gives_way(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "s.sqlite"))
    assert put_and_get(store, reply(b"k", b"bad", "unparseable")) == {b"k": b"bad"}
    assert put_and_get(store, reply(b"k", b"good")) == {b"k": b"good"}
    assert put_and_get(store, reply(b"k", b"late")) == {b"k": b"good"}
    store.close()


def test_a_put_that_nobody_waits_for_is_written(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sqlite")
    store = Store.open(path)

    async def give_up() -> None:
        task = asyncio.create_task(store.put(reply(b"k", b"kept")))
        await asyncio.sleep(0)
        task.cancel()

    run(give_up())
    store.close()
    again = Store.open(path)
    assert run(read(again, b"k")) == {b"k": b"kept"}
    again.close()


def test_a_damaged_store_is_put_aside_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = Store.open(str(path))
    put_and_get(store, *(reply(bytes([number]) * 32, b"x" * 900) for number in range(200)))
    store.close()
    whole = bytearray(path.read_bytes())
    whole[4096:12_288] = b"\xa5" * 8192
    path.write_bytes(whole)
    anew = Store.open(str(path))
    assert put_and_get(anew, reply(b"k", b"v")) == {b"k": b"v"}
    anew.close()
    (aside,) = tmp_path.glob("s.sqlite.damaged-*")
    assert aside.read_bytes() == whole


def test_a_file_that_is_no_store_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary", encoding="utf-8")
    with pytest.raises(StoreError, match="is not a store of replies"):
        Store.open(str(path))
    assert path.read_text(encoding="utf-8") == "dear diary"
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE t (x)")
    raw.close()
    with pytest.raises(StoreError, match="of another program"):
        Store.open(str(other))


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    Store.open(str(path)).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreError, match=f"version 99, this rvpo knows up to {SCHEMA_VERSION}: upgrade"):
        Store.open(str(path))


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="the store cannot be opened: ") as caught:
        Store.open(str(tmp_path / "file" / "s.sqlite"))
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_an_error_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = Store.open(str(path))
    put_and_get(store, reply(b"early", b"kept"))
    # SQLite's own limit on the file's size: the very error of a full disk (SQLITE_FULL).
    store._connection.execute("PRAGMA max_page_count = 9")
    with pytest.raises(
        StoreError, match=r"s\.sqlite: the store cannot be written: the disk is full; all that"
    ):
        put_and_get(store, *(reply(bytes([number]) * 32, bytes([65 + number]) * 900) for number in range(60)))
    assert run(read(store, b"early")) == {b"early": b"kept"}
    store.close()
    again = Store.open(str(path))
    assert run(read(again, b"early")) == {b"early": b"kept"}
    again.close()


def test_a_store_is_made_by_one_process_at_a_time(tmp_path: Path) -> None:
    stores: list[Store] = []
    opener = threading.Thread(target=lambda: stores.append(Store.open(str(tmp_path / "s.sqlite"))))
    with one_process_at_a_time(tmp_path / "s.sqlite.lock"):
        opener.start()
        opener.join(0.2)
        assert stores == []
    opener.join()
    stores[0].close()


WRITER = """
import asyncio, sys
from rvpo.judges.lock import one_process_at_a_time
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.store import Store
store = Store.open(sys.argv[1])
async def work():
    for n in range(40):
        key = f"{sys.argv[2]}-{n}".encode()
        await store.put(StoredReply(key, b"{}", "ok", "j", 0.0, 1))
asyncio.run(work())
store.close()
"""


def test_processes_share_a_new_store(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sqlite")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, str(each)]) for each in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    store = Store.open(path)
    keys = [f"{each}-{n}".encode() for each in range(3) for n in range(40)]
    assert len(run(store.get_many(keys))) == 120
    store.close()
