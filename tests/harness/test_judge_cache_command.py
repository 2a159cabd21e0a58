import asyncio
import json
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.judges.storage.records import StoredReply
from rvpo.judges.store import Store


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with three replies."""
    path = str(tmp_path / "s.sqlite")
    fill(path, (b"a", "ok", 0.25), (b"b", "ok", 0.5), (b"c", "truncated", 0.0))
    return path


def fill(path: str, *replies: tuple[bytes, str, float]) -> None:
    opened = Store.open(path)

    async def put() -> None:
        for key, status, usd in replies:
            await opened.put(StoredReply(key, b'{"x":\n1}', status, "judge m", 0.1, 1, 100, 20, usd))

    asyncio.run(put())
    opened.close()


def said(capsys: pytest.CaptureFixture[str], *args: str, status: int = 0) -> str:
    assert main(["judge", "cache", *args]) == status
    captured = capsys.readouterr()
    return captured.out if status < 2 else captured.err


def test_stats(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "stats", "--store", store)
    assert f"{store}: 3 replies, 0 with their request" in text
    assert "asking them again would take 360 tokens, 0.7500 USD" in text
    assert "judge m: 2 ok, last on" in text
    found = json.loads(said(capsys, "stats", "--store", store, "--json"))
    assert (found["replies"], found["tokens"], found["usd"]) == (3, 360, 0.75)


def test_verify_exits_with_one_where_a_row_is_wrong(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "3 replies, sound (3 to be read anew)" in said(capsys, "verify", "--store", store)
    opened = Store.open(store)
    asyncio.run(opened.put(StoredReply(b"d", b"no json", "ok", "j", 0.1, 1)))
    opened.close()
    assert "4 replies, 1 unreadable" in said(capsys, "verify", "--store", store, status=1)
    assert json.loads(said(capsys, "verify", "--store", store, "--json", status=1))["sound"] is False


def test_prune_only_counts_until_it_is_told_yes(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "1 replies would be removed" in said(capsys, "prune", "--store", store, "--status", "truncated")
    assert "1 replies removed, 2 left" in said(
        capsys, "prune", "--store", store, "--status", "truncated", "--yes"
    )
    found = json.loads(said(capsys, "prune", "--store", store, "--older-than", "30d", "--json"))
    assert (found["replies"], found["left"], found["done"]) == (0, 2, False)
    assert "say what to remove" in said(capsys, "prune", "--store", store, status=2)
    assert "'30' is no length of time such as 30d" in said(
        capsys, "prune", "--store", store, "--older-than", "30", status=2
    )


def test_export_writes_one_object_a_line(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all.jsonl"
    assert said(capsys, "export", "--store", store, "--out", str(out)) == f"{out}: 3 replies\n"
    assert said(capsys, "export", "--store", store) == out.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["key"] for row in rows] == ["61", "62", "63"]
    assert {json.dumps([row["reply"], row["request"]]) for row in rows} == {'[{"x": 1}, null]'}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_export_replaces_a_file_only_by_force(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "notes.txt"
    out.write_text("mine")
    told = said(capsys, "export", "--store", store, "--out", str(out), status=2)
    assert told == f"Error: {out} is there already; --force replaces it\n"
    assert out.read_text() == "mine"
    assert said(capsys, "export", "--store", store, "--out", str(out), "--force") == f"{out}: 3 replies\n"
    assert len(out.read_text().splitlines()) == 3


def test_merge(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = str(tmp_path / "other.sqlite")
    fill(other, (b"c", "ok", 0.1), (b"d", "ok", 0.1), (b"a", "ok", 0.1))
    assert said(capsys, "merge", other, "--store", store) == f"{store}: 2 of 3 replies of {other} added\n"
    missing = str(tmp_path / "none")
    assert said(capsys, "merge", missing, "--store", store, status=2) == (
        f"error: {missing}: there is no such store\n"
    )


def test_the_store_is_the_users_own_unless_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RVPO_CACHE", str(tmp_path))
    fill(str(tmp_path / "judge.sqlite"), (b"a", "ok", 0.0))
    assert "1 replies" in said(capsys, "stats")
    assert "did you mean" not in said(capsys, "--help")
