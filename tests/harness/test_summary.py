"""Figures of a run: by hand, and against OpenAI's own scorer on its own data."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.summary import Mean, summarise
from rvpo.results import ItemRow, Run, VerdictRow, new_manifest
from rvpo.rubrics import read_prompt_rows, score_rubric


def _run(items: list[ItemRow], verdicts: tuple[VerdictRow, ...] = ()) -> Run:
    manifest = new_manifest("eval", "healthbench", {"a": 1}, title="T", planned=9, notes=["demo judge"])
    return Run(folder=Path("runs/x"), manifest=manifest, items=tuple(items), verdicts=verdicts)


def _row(item: str, draw: int, score: float | None, **more: Any) -> ItemRow:
    return ItemRow(item_id=item, draw=draw, prompt_hash="h", score=score, low=score, high=score, **more)


def test_draws_are_averaged_before_items() -> None:
    rows = [
        _row("a", 0, 1.0, values={"c": 1.0}, tags={"axis:x": 1.0}),
        _row("a", 1, 0.0, values={"c": None}, tags={"axis:x": 0.0}),
        _row("a", 2, 0.5, values={"c": 0.0}, tags={"axis:x": 0.5}),
        _row("b", 0, -1.0, values={"c": 0.0}, tags={"axis:y": -1.0}),
    ]
    hole = VerdictRow(item_id="a", draw=1, criterion_id="c", score=None, value=None, status="timeout")
    summary = summarise(_run(rows, (hole,)))
    # a: (1 + 0 + 0.5) / 3 = 0.5, b: -1; mean -0.25, clipped to 0; clipped each: (0.5 + 0) / 2 = 0.25.
    assert (summary.score, summary.clipped_after_mean, summary.clipped_per_item) == (-0.25, 0.0, 0.25)
    # c of a: (1 + 0) / 2 over the two judged draws, of b: 0; their mean 0.25.
    assert summary.by_criterion == {"c": Mean(0.25, 2)}
    assert summary.by_tag == {"axis:x": Mean(0.5, 1), "axis:y": Mean(-1.0, 1)}
    assert (summary.items, summary.scored, summary.draws, summary.planned, summary.holes) == (2, 2, 4, 9, 1)
    assert summary.notes == ("demo judge",)


def test_failed_draws_are_no_score_but_widen_the_bounds() -> None:
    failed = ItemRow(
        item_id="b", prompt_hash="h", status="failed", score=None, coverage=0.0, low=-0.5, high=1.0
    )
    summary = summarise(_run([_row("a", 0, 0.5, coverage=0.8), failed]))
    assert (summary.score, summary.scored, summary.items, summary.failed) == (0.5, 1, 2, 1)
    assert (summary.low, summary.high) == (0.0, 0.75)
    # Of the failed draw nothing was judged: (0.8 + 0) / 2.
    assert (summary.coverage, summary.answered_coverage) == (0.4, 0.8)


def test_rubrics_of_their_own_have_no_criterion_means() -> None:
    summary = summarise(_run([_row("a", 0, 1.0, values={"c1": 1.0}), _row("b", 0, 1.0, values={"c2": 1.0})]))
    assert summary.by_criterion == {}


def test_an_empty_run_has_no_figures() -> None:
    summary = summarise(_run([]))
    assert (summary.score, summary.clipped_after_mean, summary.low, summary.coverage) == (
        None,
        None,
        None,
        None,
    )


def test_equals_the_reference_scorer_on_healthbench(shared: Path) -> None:
    golden = json.loads((shared / "golden/healthbench_sample.json").read_text(encoding="utf-8"))
    rows = []
    prompts = read_prompt_rows(shared / "data/healthbench_sample.jsonl")
    for prompt, met in zip(prompts, golden["verdicts"], strict=True):
        assert prompt.rubric is not None
        scored = score_rubric(prompt.rubric, met)
        rows.append(_row(prompt.id, 0, scored.score, tags=scored.by_tag))
    summary = summarise(_run(rows))
    assert summary.clipped_after_mean == pytest.approx(golden["score_clip_after_mean"], abs=1e-9)
    assert summary.clipped_per_item == pytest.approx(golden["score_clip_per_item"], abs=1e-9)
    for tag, expected in golden["tags"].items():
        mean = summary.by_tag[tag]
        assert mean.n == expected["n"]
        assert min(max(mean.mean, 0.0), 1.0) == pytest.approx(expected["mean"], abs=1e-9)


def test_goes_to_json_and_back() -> None:
    import msgspec

    from rvpo.harness.summary import Summary

    summary = summarise(_run([_row("a", 0, 1.0)]))
    assert msgspec.json.decode(msgspec.json.encode(summary), type=Summary) == summary
