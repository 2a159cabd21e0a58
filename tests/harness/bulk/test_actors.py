"""The actors without Ray: they are classes that take and give pyarrow tables."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rvpo.harness.bulk.actors import ADDED, JudgeBatches, SliceJudge
from rvpo.harness.bulk.parts import PartCounts, make_folders, read_counts
from rvpo.harness.bulk.slices import find_slices
from rvpo.harness.errors import HarnessError
from rvpo.harness.sources import find_judge
from rvpo.judges.prices import Prices
from rvpo.rubrics import SourceError, load_rubric

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

FREE = Prices(model="m", input=0.0, output=0.0)


def batch(*responses: str) -> Any:
    return pa.table(
        {"prompt": ["p"] * len(responses), "response": list(responses), "kept": range(len(responses))}
    )


def slice_judge(desk: Any, monkeypatch: pytest.MonkeyPatch, **more: Any) -> SliceJudge:
    monkeypatch.chdir(desk.folder)
    make_folders(desk.out)
    settings = {
        "config": find_judge(str(desk.folder / "judge.yaml")),
        "rubric": load_rubric(desk.folder / "rubric.yaml"),
        "out": str(desk.out),
        "home": str(desk.folder),
        "prices": FREE,
        "budget_usd": None,
    }
    return SliceJudge(**{**settings, **more})


def test_batches_gain_their_rewards(desk: Any) -> None:
    judge = JudgeBatches(str(desk.folder / "judge.yaml"), str(desk.folder / "rubric.yaml"))
    try:
        table = judge(batch("fever 1", "overdose 2"))
        assert table.column_names == ["prompt", "response", "kept", *ADDED]
        # By hand: fever (5 + 1) / 6, overdose (-3 + 1) / 6; a bad thing that is met is worth 0.
        assert table["score"].to_pylist() == pytest.approx([1.0, -2 / 6])
        assert table["values"].to_pylist() == [[1.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
        assert judge(batch()).num_rows == 0
        desk.server.script(faults=[["401", 99]])
        holed = judge(batch("fever 3"))
        assert holed["values"].to_pylist() == [[None, None, 1.0]]
        assert holed["statuses"].to_pylist() == [["rejected", "rejected", "ok"]]
        assert holed["score"].to_pylist() == [pytest.approx(1.0)], "of what was judged, a point of one"
        assert holed["coverage"].to_pylist() == [pytest.approx(1 / 9)]
    finally:
        judge.close()


def test_batches_of_another_form_are_refused(desk: Any) -> None:
    judge = JudgeBatches("rules", str(desk.folder / "rubric.yaml"))
    with pytest.raises(HarnessError, match=r'a batch is a dict: say batch_format="pyarrow"'):
        judge({"prompt": ["p"]})  # what a batch is unless one says otherwise
    with pytest.raises(HarnessError, match="the column score is there already"):
        judge(batch("x").append_column("score", [[1.0]]))
    with pytest.raises(SourceError, match=r"batch:1: the key prompt is missing; promt"):
        judge(pa.table({"promt": ["p"], "response": ["r"]}))


def test_an_endpoint_that_is_down_gives_holes_in_a_part_and_not_scores(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.server.stop()
    desk.judge(max_attempts=1)
    source = find_slices(desk.folder / "responses.jsonl", 10)
    judge = slice_judge(desk, monkeypatch)
    told = judge(
        pa.Table.from_pylist([msgspec.to_builtins(piece) for piece in source.slices[2:]])
    ).to_pylist()
    assert [row["error"] for row in told] == [""]
    counts = msgspec.json.decode(told[0]["counts"], type=PartCounts)
    assert (counts.rows, counts.holes) == (4, {"transport": 8})
    assert read_counts(desk.out, 2) == counts
    assert read_counts(desk.out, 0) is None
    rewards = pq.read_table(desk.out / "rewards.parquet").to_pylist()
    assert [row["id"] for row in rewards] == [f"row {n}" for n in range(20, 24)]
    assert [row["values"] for row in rewards] == [[None, None, 1.0]] * 4


def test_a_wrong_row_is_told_in_one_line_with_its_place(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path: Path = desk.folder / "responses.jsonl"
    lines = path.read_text().splitlines()
    lines[21] = json.dumps({"id": "odd", "prompt": "p"})
    path.write_text("\n".join(lines))
    source = find_slices(path, 10)
    judge = slice_judge(desk, monkeypatch)
    (told,) = judge(pa.Table.from_pylist([msgspec.to_builtins(source.slices[2])])).to_pylist()
    assert told["error"] == f"{path}: row 'odd' has no response"
    assert read_counts(desk.out, 2) is None
    assert desk.server.counts()["requests"] == 0


def test_a_budget_leaves_the_rest_unasked(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.judge(max_tokens=100, concurrency=1)
    dear = Prices(model="m", input=1e6, output=0.0)
    source = find_slices(desk.folder / "responses.jsonl", 12)
    # A dollar a token. The longest question has less than 2400 bytes, and each reply says that it used 40 tokens of a
    # prompt: with 2800 dollars at least (2800 - 2400) / 40 = 10 are asked, and far from all 48.
    judge = slice_judge(desk, monkeypatch, prices=dear, budget_usd=2800.0)
    told = judge(pa.Table.from_pylist([msgspec.to_builtins(piece) for piece in source.slices])).to_pylist()
    counts = [msgspec.json.decode(row["counts"], type=PartCounts) for row in told]
    asked = desk.server.counts()["requests"]
    assert 10 <= asked < 48
    assert sum(each.holes["not_asked"] for each in counts[-1:]) == min(24, 48 - asked), (
        "the first ones are whole"
    )
    assert sum(each.holes.get("not_asked", 0) for each in counts) == 48 - asked
