"""The sealed form of rows: what comes back is what was there, whichever form it took."""

import gzip
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rvpo.results import ItemRow, RunFolderError, RunWriter, VerdictRow, new_manifest, open_run
from rvpo.results.tables import read_sealed, seal_rows

MakeItem = Callable[..., ItemRow]
MakeVerdicts = Callable[[ItemRow], list[VerdictRow]]
MANIFEST = new_manifest("eval", "exam", {"model": "m"}, planned=2)


@pytest.fixture(params=["parquet", "gzip"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both forms: with pyarrow, and as where it is not installed."""
    if request.param == "gzip":
        found = importlib.util.find_spec

        def without(name: str, package: str | None = None) -> Any:
            return None if name == "pyarrow" else found(name, package)

        monkeypatch.setattr("rvpo.results.tables.find_spec", without)
    return str(request.param)


def full_rows(item: MakeItem) -> list[ItemRow]:
    meta = {"finish_reason": "stop", "nested": {"a": [1, 2.5, None]}}
    return [
        item("ü\n", 0.5, values={"z": 1.0, "a": None}, tags={"axis:x": -0.25}, meta=meta, low=0.0, high=1.0),
        item("ü\n", None, draw=1, status="failed", coverage=0.0),
    ]


def test_a_sealed_run_reads_as_before_and_its_journals_are_gone(
    tmp_path: Path, item: MakeItem, form: str
) -> None:
    rows = full_rows(item)
    verdict = VerdictRow(
        item_id="ü\n", criterion_id="z", points=-3, earns=(-3.0, 0.0), polarity="met_is_bad", gate="veto",
        tags=("axis:x", "level:y"), score=0.0, value=1.0, usd=0.25, cached=True,
    )  # fmt: skip
    plain = VerdictRow(item_id="ü\n", criterion_id="a", score=None, value=None, status="timeout")
    with RunWriter.open(tmp_path / "run", MANIFEST) as writer:
        writer.append(rows[0], [verdict, plain])
        writer.append(rows[1])
        writer.seal(tables=True, summary=b'{"score":0.5}')
    suffix = ".parquet" if form == "parquet" else ".jsonl.gz"
    names = {"items" + suffix, "verdicts" + suffix, "summary.json"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == names | {"manifest.json", ".lock"}
    run = open_run(tmp_path / "run")
    assert run.manifest.files.keys() == names
    assert (run.items, run.verdicts) == (tuple(rows), (verdict, plain))
    assert list(run.items[0].values) == ["z", "a"]
    with RunWriter.open(tmp_path / "run", MANIFEST) as writer:
        assert writer.sealed
        assert writer.done == {("ü\n", 0), ("ü\n", 1)}


def test_pandas_reads_the_tables_without_us(
    tmp_path: Path, item: MakeItem, verdict_rows: MakeVerdicts
) -> None:
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        for number in range(3):
            row = item(f"i{number}", number / 2, values={"c": number / 2})
            writer.append(row, verdict_rows(row))
        writer.seal(tables=True)
    items, verdicts = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("items", "verdicts"))
    assert items["score"].tolist() == [0.0, 0.5, 1.0]
    joined = items.merge(verdicts, on=["item_id", "draw"])
    assert joined["value"].tolist() == [0.0, 0.5, 1.0]


def test_a_changed_table_is_refused_and_a_broken_one_named(tmp_path: Path, item: MakeItem, form: str) -> None:
    path = seal_rows(tmp_path / "items.jsonl", full_rows(item), ItemRow)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(RunFolderError, match=rf"items.*{form}|items.*gz"):
        read_sealed(path, ItemRow)
    if form == "gzip":
        path.write_bytes(gzip.compress(b'{"item_id": "a"'))
        with pytest.raises(RunFolderError, match="its last row is cut off"):
            read_sealed(path, ItemRow)


def test_a_run_killed_while_it_was_sealed_is_sealed_again(tmp_path: Path, item: MakeItem) -> None:
    row = item("i1", 0.5)

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with RunWriter.open(tmp_path, MANIFEST) as writer, pytest.MonkeyPatch.context() as patched:
        writer.append(row)
        patched.setattr("rvpo.results.store.write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            writer.seal(tables=True)
    assert not open_run(tmp_path).sealed
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        assert writer.done == {("i1", 0)}
        writer.append(item("i2", 1.0))
        writer.seal(tables=True)
    assert [each.item_id for each in open_run(tmp_path).items] == ["i1", "i2"]


ROWS = st.builds(
    ItemRow,
    item_id=st.text(max_size=5),
    draw=st.integers(0, 9),
    prompt_hash=st.just("h"),
    response=st.text(max_size=20),
    score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    values=st.dictionaries(st.text(max_size=3), st.none() | st.floats(0, 1), max_size=3),
    tags=st.dictionaries(st.text(max_size=3), st.floats(-1, 1), max_size=3),
    meta=st.dictionaries(
        st.text(max_size=3), st.none() | st.booleans() | st.integers(-9, 9) | st.text(), max_size=3
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=st.lists(ROWS, max_size=4))
def test_any_rows_round_trip(tmp_path: Path, rows: list[ItemRow]) -> None:
    assert read_sealed(seal_rows(tmp_path / "items.jsonl", rows, ItemRow), ItemRow) == rows


def test_a_folder_of_the_first_version_is_read_and_gone_on_with(tmp_path: Path, item: MakeItem) -> None:
    """Made by hand as version 1 wrote it: verdicts without ``earns``, ``polarity``, ``gate`` and ``tags``."""
    manifest = {
        "run_id": MANIFEST.run_id, "kind": "eval", "task": "exam", "identity": {"model": "m"}, "planned": 2,
        "created": "2026-01-01T00:00:00+00:00", "sealed": None, "schema_version": 1,
    }  # fmt: skip
    row = {"item_id": "i1", "draw": 0, "prompt_hash": "h", "score": 1.0, "values": {"c": 1.0}}
    verdict = {"item_id": "i1", "draw": 0, "criterion_id": "c", "points": 2.0, "score": 1.0, "value": 1.0}
    for name, value in (("manifest.json", manifest), ("items.jsonl", row), ("verdicts.jsonl", verdict)):
        (tmp_path / name).write_text(json.dumps(value) + "\n")
    assert (open_run(tmp_path).verdicts[0].earns, open_run(tmp_path).manifest.schema_version) == (None, 1)
    with RunWriter.open(tmp_path, MANIFEST) as writer:
        assert writer.done == {("i1", 0)}
        writer.append(item("i2", 0.5))
        writer.seal(tables=True)
    run = open_run(tmp_path)
    assert (run.manifest.schema_version, run.manifest.created) == (2, "2026-01-01T00:00:00+00:00")
    assert [(each.item_id, each.score) for each in run.items] == [("i1", 1.0), ("i2", 0.5)]
    assert run.verdicts[0].points == 2.0
