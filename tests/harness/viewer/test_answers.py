"""What the viewer's page is told, and what it is not told without ``--with-text``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.viewer.answers import item_page, item_table, matching, overview
from rvpo.results import ItemRow, ResultsError, Run, RunWriter, new_manifest, open_run


@pytest.fixture
def pair(folder: Path) -> tuple[Run, Run]:
    return open_run(folder / "before"), open_run(folder / "after")


def test_a_line_of_the_list(pair: tuple[Run, Run]) -> None:
    told = overview("after", pair[1])
    assert (told["title"], told["task"], told["sealed"], told["items"]) == ("After", "exam", True, 4)
    assert told["score"] == pytest.approx((0.5 + 0.5 + 0.5 + 1.0) / 4)
    assert told["low"] < told["score"] < told["high"]
    # Nothing of the failed row was judged: (1 + 0.5 + 1 + 1 + 0) / 5. Holes: short of d and kind of b.
    assert (told["coverage"], told["failed"], told["holes"]) == (0.7, 1, 2)


def test_every_item_has_its_change(pair: tuple[Run, Run]) -> None:
    before, after = pair
    table = {row["id"]: row for row in item_table(after, before)}
    assert {item: row["change"] for item, row in table.items()} == {
        "a": "regressed", "b": "fixed", "c": "same", "d": "unpaired", "e": "other prompt",
    }  # fmt: skip
    assert (table["b"]["holes"], table["b"]["unparsed"], table["d"]["failed"]) == (1, 1, 1)
    assert all("change" not in row for row in item_table(after, None))


def test_draws_are_averaged_before_they_are_compared(tmp_path: Path) -> None:
    with RunWriter.open(tmp_path / "r", new_manifest("eval", "exam", {"model": "r"})) as writer:
        for draw, score in enumerate((0.0, None, 1.0)):
            writer.append(ItemRow(item_id="a", draw=draw, prompt_hash="h", score=score), [])
    (row,) = item_table(open_run(tmp_path / "r"), None)
    assert (row["draws"], row["score"]) == (3, 0.5)


def test_texts_leave_only_when_they_are_asked_for(pair: tuple[Run, Run]) -> None:
    hidden, shown = (item_page(pair[0], "a", with_text=asked) for asked in (False, True))
    assert "SECRET" not in json.dumps([hidden, item_table(*pair), overview("x", pair[0])])
    assert [*shown["draws"][0]["turns"]] == [{"role": "user", "content": "SECRET question"}]
    assert [verdict["reason"][:6] for verdict in shown["draws"][0]["verdicts"]] == ["SECRET"] * 2
    assert [verdict["points"] for verdict in hidden["draws"][0]["verdicts"]] == [2.0, -1.0]


def test_hidden_texts_cannot_be_searched_for(pair: tuple[Run, Run]) -> None:
    assert matching(pair[0], "secret", with_text=False) == []
    assert matching(pair[0], "SECRET REASON", with_text=True) == ["a", "b", "c", "d", "e"]
    assert matching(pair[1], "Another", with_text=False) == ["e"]


def test_an_item_that_is_not_there_is_one_line(pair: tuple[Run, Run]) -> None:
    with pytest.raises(ResultsError, match="before: no item 'zebra'"):
        item_page(pair[0], "zebra", with_text=False)


def test_a_reply_that_chooses_no_option_is_unparsed(tmp_path: Path) -> None:
    with RunWriter.open(tmp_path / "r", new_manifest("eval", "gpqa_diamond", {"model": "r"})) as writer:
        for draw, letter in enumerate(("A", None, None)):
            meta = {"letters": {"standard": letter}}
            writer.append(ItemRow(item_id="a", draw=draw, prompt_hash="h", score=0.0, meta=meta), [])
    (row,) = item_table(open_run(tmp_path / "r"), None)
    assert row["unparsed"] == 2


def test_a_run_without_scores_has_no_figures(tmp_path: Path) -> None:
    with RunWriter.open(tmp_path / "r", new_manifest("eval", "exam", {"model": "r"}, planned=3)) as writer:
        assert writer.done == frozenset()
    told = overview("r", open_run(tmp_path / "r"))
    assert (told["score"], told["low"], told["coverage"], told["sealed"]) == (None, None, None, False)
    assert json.dumps(told, allow_nan=False)


def test_the_server_says_what_it_refuses(
    folder: Path, serve: Callable[..., str], fetch: Callable[..., Any]
) -> None:
    address = serve(folder)
    assert fetch(f"{address}/runs.json") == (200, ["after", "before"])
    assert fetch(f"{address}/run.json?run=after")[1]["title"] == "After"
    assert len(fetch(f"{address}/items.json?run=after&with=before")[1]) == 5
    assert fetch(f"{address}/find.json?run=after&words=another") == (200, ["e"])
    assert fetch(f"{address}/item.json?run=after&id=a")[1]["draws"][0]["turns"] == []
    assert fetch(f"{address}/items.json?run=aftr") == (
        400, {"error": "no run 'aftr' here; did you mean 'after'?"},
    )  # fmt: skip
    assert fetch(f"{address}/items.json") == (400, {"error": "the question lacks 'run'"})


def test_a_torn_run_has_its_place_in_the_list(
    folder: Path, serve: Callable[..., str], fetch: Callable[..., Any]
) -> None:
    (folder / "before" / "manifest.json").write_text("{")
    status, told = fetch(f"{serve(folder)}/run.json?run=before")
    assert (status, told["name"]) == (200, "before")
    assert "not a run manifest" in told["error"]
