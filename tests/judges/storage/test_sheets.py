"""Sheets: an index of replies that tells a whole response at one look, and never anything but what they say."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.judges.reading import Reading
from rvpo.judges.records import Usage
from rvpo.judges.storage import sheets
from rvpo.judges.storage.census import verify_store
from rvpo.judges.storage.file import connect
from rvpo.judges.storage.records import Reread, SheetOrder, StoredReply
from rvpo.judges.storage.rows import write
from rvpo.judges.storage.schema import _FIRST, _SECOND, APPLICATION_ID
from rvpo.judges.storage.upkeep import merge_store, prune_store
from rvpo.rubrics import Criterion, Rubric

WORDS = ("yes", "no", "bad")
RUBRIC = Rubric(
    id="r",
    criteria=tuple(
        Criterion(id=word, criterion=f"Says {word}", points=-1 if word == "bad" else 2, polarity=polarity)
        for word, polarity in zip(WORDS, ("met_is_good", "met_is_good", "met_is_bad"), strict=True)
    ),
)
HEAVIER = RUBRIC.model_copy(
    update={
        "criteria": tuple(each.model_copy(update={"points": 3 * each.points}) for each in RUBRIC.criteria)
    }
)


def judge(
    path: Path, url: str, *responses: str, rubric: Rubric = RUBRIC, **settings: Any
) -> tuple[list[RewardVector], JudgeStats]:
    """Judge responses in a service of its own."""
    config = JudgeConfig.model_validate(
        {"judge": "openai-compatible", "model": "m", "base_url": url, "store": str(path)} | settings
    )

    async def work() -> tuple[list[RewardVector], JudgeStats]:
        async with JudgeService.open(config) as service:
            asked = [JudgeRequest(rubric=rubric, prompt="hi", response=text, id=text) for text in responses]
            return await service.judge(asked), service.stats()

    return asyncio.run(work())


def in_store(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as raw, raw:
        return raw.execute(sql).fetchall()


def plain(vector: RewardVector) -> Any:
    """All of a vector but what a hit changes."""
    verdicts = [msgspec.structs.replace(v, usd=None, cached=True, attempts=0) for v in vector.verdicts]
    seen = (vector.id, vector.names, vector.values.tolist(), vector.applicable.tolist())
    return *seen, vector.coverage, vector.scalar, vector.rubric_hash, verdicts


def test_a_recalled_vector_is_the_judged_one(scripted_server: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    judged, _ = judge(path, scripted_server.url, "yes no", "bad")
    assert in_store(path, "SELECT count(*) FROM sheets") == [(2,)]
    # What the replies themselves say, without any sheet, is the reference.
    in_store(path, "DELETE FROM sheets")
    slow, slow_stats = judge(path, scripted_server.url, "yes no", "bad")
    quick, quick_stats = judge(path, scripted_server.url, "yes no", "bad")
    assert (
        [plain(each) for each in quick] == [plain(each) for each in slow] == [plain(each) for each in judged]
    )
    # 2 + 2 of 4 points, nothing bad: 1. Nothing good and the fault: -1 of 4.
    assert [vector.scalar for vector in quick] == [1.0, -0.25]
    assert quick_stats == slow_stats
    assert (quick_stats.hits, quick_stats.calls) == (6, 0)
    assert all(verdict.cached and verdict.usd == 0.0 for vector in quick for verdict in vector.verdicts)


def test_it_is_the_sheet_that_tells(scripted_server: Any, tmp_path: Path) -> None:
    """Otherwise the tests here would hold of a store that has no sheets."""
    path = tmp_path / "s.sqlite"
    judge(path, scripted_server.url, "yes")
    with closing(connect(str(path))) as connection, connection:
        (key, lines) = connection.execute("SELECT key, lines FROM sheets").fetchone()
        scores = bytes(8 * len(WORDS))
        crc = sheets._crc(key, scores, lines)
        connection.execute("UPDATE sheets SET scores = ?, crc = ?", (scores, crc))
    (vector,), _ = judge(path, scripted_server.url, "yes")
    assert vector.values.tolist() == [0.0, 0.0, 1.0]
    assert (verify_store(str(path)).wrong_sheets, verify_store(str(path)).sound) == (1, False)


def test_weights_change_the_score_and_no_key(scripted_server: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    judge(path, scripted_server.url, "yes bad")
    (vector,), stats = judge(path, scripted_server.url, "yes bad", rubric=HEAVIER)
    assert (stats.calls, stats.hits) == (0, 3)
    assert vector.scalar == pytest.approx((6 - 3) / 12)
    assert in_store(path, "SELECT count(*) FROM sheets") == [(1,)]


def first(**change: Any) -> Rubric:
    """The rubric with its first criterion changed."""
    head, *rest = RUBRIC.criteria
    return RUBRIC.model_copy(update={"criteria": (head.model_copy(update=change), *rest)})


@pytest.mark.parametrize(
    ("rubric", "settings", "calls"),
    [
        (first(criterion="Says it"), {}, 1),
        (first(guidelines="Look twice."), {}, 1),
        (RUBRIC.model_copy(update={"guidelines": "Be strict."}), {}, 3),
        (RUBRIC, {"model": "other"}, 3),
        (RUBRIC, {"temperature": 0.5}, 3),
        (RUBRIC, {"votes": 2, "temperature": 0.5}, 6),
        (RUBRIC.model_copy(update={"criteria": RUBRIC.criteria[::-1]}), {}, 0),
    ],
    ids=["text", "note", "guidelines", "model", "sampling", "votes", "order"],
)
def test_what_is_asked_otherwise_has_another_sheet(
    scripted_server: Any, tmp_path: Path, rubric: Rubric, settings: dict[str, Any], calls: int
) -> None:
    path = tmp_path / "s.sqlite"
    judge(path, scripted_server.url, "yes")
    (vector,), stats = judge(path, scripted_server.url, "yes", rubric=rubric, **settings)
    assert (stats.calls, stats.failures) == (calls, {})
    if rubric.criteria[0].id == "bad":
        assert vector.values.tolist() == [1.0, 0.0, 1.0]


def test_a_hole_has_no_sheet(scripted_server: Any, tmp_path: Path) -> None:
    scripted_server.script(verdict="no verdict at all")
    path = tmp_path / "s.sqlite"
    (vector,), _ = judge(path, scripted_server.url, "yes")
    assert vector.coverage == 0.0
    assert in_store(path, "SELECT count(*) FROM sheets") == [(0,)]


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE replies SET reply = x'00' WHERE rowid = 1",
        "DELETE FROM replies WHERE rowid = 1",
        "UPDATE replies SET status = 'unparseable' WHERE rowid = 1",
        "UPDATE replies SET parser = 0, reading = x'00' WHERE rowid = 1",
    ],
)
def test_a_reply_that_changes_takes_the_sheets_along(
    scripted_server: Any, tmp_path: Path, spoil: str
) -> None:
    path = tmp_path / "s.sqlite"
    judge(path, scripted_server.url, "yes", "no")
    in_store(path, spoil)
    assert in_store(path, "SELECT count(*) FROM sheets") == [(0,)]


@pytest.mark.parametrize(
    "tear", ["scores = x'00'", "lines = x'789c'", "scores = zeroblob(24)", "lines = substr(lines, 1, 40)"]
)
def test_a_torn_sheet_is_none(scripted_server: Any, tmp_path: Path, tear: str) -> None:
    path = tmp_path / "s.sqlite"
    judge(path, scripted_server.url, "yes")
    in_store(path, f"UPDATE sheets SET {tear}")
    assert verify_store(str(path)).wrong_sheets == 1
    (vector,), stats = judge(path, scripted_server.url, "yes")
    assert (vector.values.tolist(), stats.hits) == ([1.0, 0.0, 1.0], 3)
    # It was made anew.
    assert verify_store(str(path)).sound


def test_pruning_leaves_no_sheet_and_merging_needs_none(scripted_server: Any, tmp_path: Path) -> None:
    path, other = tmp_path / "s.sqlite", tmp_path / "other.sqlite"
    judge(path, scripted_server.url, "yes")
    judge(other, scripted_server.url, "no")
    merge_store(str(path), str(other))
    assert verify_store(str(path)).sound
    _, stats = judge(path, scripted_server.url, "yes", "no")
    assert (stats.calls, in_store(path, "SELECT count(*) FROM sheets")) == (0, [(2,)])
    prune_store(str(path), judge="openai", dry_run=False)
    assert in_store(path, "SELECT count(*) FROM sheets") == [(0,)]
    _, stats = judge(path, scripted_server.url, "yes")
    assert stats.calls == 3


def stored(key: bytes, parser: int, reading: bytes) -> StoredReply:
    return StoredReply(key, b"{}", "ok", "j", 0.1, 1, reading=reading, parser=parser)


def reading(**fields: Any) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(Reading(status="ok", score=1.0), **fields))


@pytest.mark.parametrize(
    "second",
    [
        None,
        stored(b"2", 6, reading()),
        stored(b"2", 7, b""),
        stored(b"2", 7, b"\xc1"),
        stored(b"2", 7, reading(status="not_applicable", score=None)),
    ],
    ids=["missing", "other parser", "no reading", "torn", "no score"],
)
def test_no_sheet_is_made_of_less_than_all_scores(second: StoredReply | None) -> None:
    with closing(connect(":memory:")) as connection:
        write(connection, [stored(b"1", 7, reading()), *([second] if second else [])])
        connection.commit()
        sheets.write(connection, [SheetOrder(b"k", (b"1", b"2"), 7)])
        assert sheets.read(connection, [b"k"], 7) == {}


def test_a_newer_reading_takes_the_place_of_an_older_and_not_the_other_way() -> None:
    usage = Usage(prompt_tokens=5, completion_tokens=1, cached_prompt_tokens=2)
    old, new = reading(score=0.0), reading(usage=usage)
    with closing(connect(":memory:")) as connection:
        write(connection, [stored(b"1", 6, old), stored(b"2", 8, old)])
        connection.commit()
        orders = [SheetOrder(b"a", (b"1",), 7), SheetOrder(b"b", (b"2",), 7)]
        sheets.write(connection, [*orders, Reread(b"1", 7, new), Reread(b"2", 7, new)])
        found = sheets.read(connection, [b"a", b"b"], 7)
        assert list(found) == [b"a"]
        assert sheets.lines_of(found[b"a"]) == ((b"1", msgspec.msgpack.decode(new, type=Reading)),)
        assert (found[b"a"].usage, found[b"a"].untold) == (usage, False)
        assert sheets.read(connection, [b"a"], 8) == {}


def test_a_store_of_version_2_is_brought_up(scripted_server: Any, tmp_path: Path) -> None:
    path, before = tmp_path / "s.sqlite", tmp_path / "before.sqlite"
    judge(path, scripted_server.url, "yes")
    with closing(sqlite3.connect(before)) as raw:
        raw.executescript(
            f"{_FIRST}{_SECOND} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2;"
        )
        raw.execute("ATTACH ? AS new", (str(path),))
        for table in ("replies", "beginnings", "requests"):
            raw.execute(f"INSERT INTO {table} SELECT * FROM new.{table}")
        raw.commit()
    (vector,), stats = judge(before, scripted_server.url, "yes")
    assert (vector.values.tolist(), stats.calls, stats.hits) == ([1.0, 0.0, 1.0], 0, 3)
    assert in_store(before, "SELECT count(*) FROM sheets") == [(1,)]
    assert verify_store(str(before)).sound
