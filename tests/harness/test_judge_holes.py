"""The holes of an open run: grouped by cause and criterion, the first ids told."""

import json
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.judge_holes import SHOWN_GROUPS, hole_groups, hole_lines
from rvpo.results import VerdictRow, open_run


def row(item: str, criterion: str, status: str = "ok", why: str = "") -> VerdictRow:
    score = 1.0 if status == "ok" else None
    return VerdictRow(
        item_id=item, criterion_id=criterion, criterion="c", polarity="met_is_good",
        gate=None, tags=(), score=score, value=score, status=status, explanation=why, judge="j",
    )  # fmt: skip


def test_holes_are_grouped_the_most_frequent_first() -> None:
    rows = [
        row("a", "dose", "refusal", "I\ncannot."),
        row("a", "age"),
        *(row(item, "age", "truncated", f"cut {item}") for item in "bcde"),
        row("c", "dose", "not_applicable"),
        row("d", "dose", "truncated"),
    ]
    groups = hole_groups(rows)
    assert [(each.status, each.criterion_id, each.count, each.ids) for each in groups] == [
        ("truncated", "age", 4, ("b", "c", "d")),
        ("refusal", "dose", 1, ("a",)),
        ("truncated", "dose", 1, ("d",)),
    ]
    assert hole_lines(groups) == [
        "  4 truncated of age (b, c, d ...): cut b",
        "  1 refusal of dose (a): I cannot.",
        "  1 truncated of dose (d)",
    ]
    assert hole_lines(hole_groups(rows[1:2])) == []


def test_what_is_not_shown_is_counted() -> None:
    groups = hole_groups(row("x", f"c{n}", "timeout") for n in range(SHOWN_GROUPS + 3))
    assert hole_lines(groups)[SHOWN_GROUPS:] == ["  3 more; --json lists all of them"]


def test_an_open_run_tells_its_holes_and_still_asks_for_them(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.server.script(faults=[["401", 999]])
    assert main(desk.arguments("--limit", "2")) == 1
    said = capsys.readouterr().out
    assert "  2 rejected of fever (row 0, row 1): HTTP 401" in said
    assert open_run(desk.out).items == ()  # a row there would count as judged
    assert main(desk.arguments("--limit", "2", "--json")) == 1
    missing = json.loads(capsys.readouterr().out)["missing"]
    assert [(each["criterion_id"], each["count"], each["ids"]) for each in missing] == [
        ("fever", 2, ["row 0", "row 1"]),
        ("dose", 2, ["row 0", "row 1"]),
    ]
    desk.server.script()
    assert main(desk.arguments("--limit", "2", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == []
