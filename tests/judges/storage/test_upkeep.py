import asyncio
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, StoreError
from rvpo.judges.storage.census import store_stats, verify_store
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.storage.upkeep import export_store, merge_store, prune_store
from rvpo.judges.store import Store
from rvpo.rubrics import Criterion, Rubric

RUBRIC = Rubric(
    id="r", criteria=tuple(Criterion(id=word, criterion=f"Says {word}") for word in ("yes", "no"))
)


def judge_into(path: Path, url: str, *responses: str, **settings: Any) -> int:
    """Judge responses by both criteria; returns the calls it took."""
    config = JudgeConfig.model_validate(
        {"judge": "openai-compatible", "model": "m", "base_url": url, "store": str(path)} | settings
    )

    async def work() -> int:
        async with JudgeService.open(config) as service:
            asked = [JudgeRequest(rubric=RUBRIC, prompt="hi", response=text, id=text) for text in responses]
            for vector, text in zip(await service.judge(asked), responses, strict=True):
                assert vector.values_or_none() == [float("yes" in text), float("no" in text)]
            return service.stats().calls

    return asyncio.run(work())


def test_a_store_of_version_1_is_brought_up_and_loses_nothing(version_1: Path) -> None:
    store = Store.open(str(version_1))
    found = asyncio.run(store.get_many([b"good", b"bad"], parser=1))
    store.close()
    assert {key: (kept.reply, kept.reading) for key, kept in found.items()} == {
        b"good": (b'{"a": 1}', b""),
        b"bad": (b"{}", b""),
    }
    stats = store_stats(str(version_1))
    assert (stats.replies, stats.requests, stats.tokens, stats.usd) == (2, 0, None, None)
    assert [(share.status, share.replies, share.oldest) for share in stats.shares] == [
        ("ok", 1, 1e9),
        ("unparseable", 1, 1e9),
    ]
    assert verify_store(str(version_1)).sound


def test_what_was_asked_is_kept_once_and_holds_no_secret(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RVPO_TEST_KEY", "sk-secret-0123456789")
    path = tmp_path / "s.sqlite"
    assert judge_into(path, scripted_server.url, "yes", "no", api_key_env="RVPO_TEST_KEY") == 4
    lines = [json.loads(line) for line in export_store(str(path))]
    assert len(lines) == 4
    sent = scripted_server.counts()["last"]
    assert sent["messages"] in [line["request"]["messages"] for line in lines]
    for line in lines:
        # An independent reference for the key: canonical JSON by the standard library.
        text = json.dumps(line["request"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == line["key"]
        assert json.loads(line["reply"]["choices"][0]["message"]["content"])["met"] in {True, False}
        assert line["prompt_tokens"] == line["reply"]["usage"]["prompt_tokens"]
    for part in tmp_path.glob("s.sqlite*"):
        assert b"secret" not in part.read_bytes()
    assert b"sk-secret" not in b"".join(export_store(str(path)))
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT count(*) FROM beginnings").fetchone() == (2,)
    raw.close()


def test_a_kept_reading_is_what_the_reply_says_and_another_parser_reads_anew(
    scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.sqlite"
    judge_into(path, scripted_server.url, "yes")
    assert verify_store(str(path)).sound
    assert judge_into(path, scripted_server.url, "yes") == 0
    raw = sqlite3.connect(path)
    with raw:
        raw.execute("UPDATE replies SET parser = 0, reading = x'00'")
    assert judge_into(path, scripted_server.url, "yes") == 0
    # It was read anew, and what was read is kept in the older reading's place.
    assert (verify_store(str(path)).older_readings, verify_store(str(path)).sound) == (0, True)
    with raw:
        raw.execute("UPDATE replies SET reading = x'00'")
    raw.close()
    assert (verify_store(str(path)).wrong_readings, verify_store(str(path)).sound) == (2, False)


def test_verify_counts_what_is_wrong(scripted_server: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    judge_into(path, scripted_server.url, "yes", "no")
    raw = sqlite3.connect(path)
    with raw:
        raw.execute("UPDATE replies SET reply = x'7800' WHERE rowid = 1")
        raw.execute("UPDATE replies SET reply = x'00' WHERE rowid = 2")
        raw.execute("UPDATE requests SET rest = x'00' WHERE rowid = 1")
    with raw:
        raw.execute("UPDATE beginnings SET start = x'00' WHERE rowid = 2")
    raw.close()
    check = verify_store(str(path))
    # One altered rest and the two requests behind the torn beginning; which of them coincide depends on the order.
    assert (check.unreadable, check.integrity, check.sound) == (2, "ok", False)
    assert check.wrong_requests in {2, 3}


def put(path: Path, key: bytes, body: bytes, status: str = "ok", judge: str = "judge one") -> None:
    store = Store.open(str(path))
    asyncio.run(store.put(StoredReply(key, body, status, judge, 0.1, 1)))
    store.close()


def test_pruning_counts_first_and_takes_requests_along(scripted_server: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    judge_into(path, scripted_server.url, "yes")
    put(path, b"k", b"{}", "unparseable", "other")
    would = prune_store(str(path), judge="openai")
    assert (would.replies, would.left, would.done) == (2, 1, False)
    assert store_stats(str(path)).replies == 3
    assert prune_store(str(path), older_than_s=3600, dry_run=False).replies == 0
    assert prune_store(str(path), judge="openai", status="unparseable", dry_run=False).replies == 0
    assert prune_store(str(path), judge="openai", older_than_s=0, dry_run=False).replies == 2
    stats = store_stats(str(path))
    assert (stats.replies, stats.requests) == (1, 0)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT count(*) FROM beginnings").fetchone() == (0,)
    raw.close()
    with pytest.raises(StoreError, match="nothing says what to remove"):
        prune_store(str(path), dry_run=False)


def test_merging_keeps_the_first_good_reply(scripted_server: Any, tmp_path: Path, version_1: Path) -> None:
    ours, theirs = tmp_path / "ours.sqlite", tmp_path / "theirs.sqlite"
    put(ours, b"both", b'"ours"')
    put(ours, b"good", b'"bad here"', "truncated")
    put(theirs, b"both", b'"theirs"')
    judge_into(theirs, scripted_server.url, "yes")
    assert msgspec.structs.astuple(merge_store(str(ours), str(theirs))) == (str(ours), 3, 2)
    # Version 1's "good" takes the place of a reply that was none; its "bad" is new.
    assert merge_store(str(ours), str(version_1)).added == 2
    assert merge_store(str(ours), str(theirs)).added == 0
    assert merge_store(str(ours), str(version_1)).added == 0, (
        "its bad one is there, and no better the second time"
    )
    store = Store.open(str(ours))
    found = asyncio.run(store.get_many([b"both", b"good"]))
    store.close()
    assert {key: kept.reply for key, kept in found.items()} == {b"both": b'"ours"', b"good": b'{"a": 1}'}
    assert store_stats(str(ours)).requests == 2
    assert judge_into(ours, scripted_server.url, "yes") == 0
    with pytest.raises(StoreError, match="merged into itself"):
        merge_store(str(ours), str(ours))


def test_upkeep_makes_no_store_and_touches_no_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such store"):
        store_stats(str(tmp_path / "none.sqlite"))
    path = tmp_path / "s.sqlite"
    for number in range(40):
        put(path, bytes([number]) * 32, b"x" * 900)
    damaged = bytearray(path.read_bytes())
    damaged[8192:16_384] = b"\xa5" * 8192
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match="cannot be opened: "):
        verify_store(str(path))
    assert path.read_bytes() == damaged
