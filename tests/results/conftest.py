"""Builders of small runs with known scores."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.results import ItemRow, Run, RunWriter, VerdictRow, new_manifest, open_run


@pytest.fixture
def item() -> Callable[..., ItemRow]:
    """``item("i1", 0.5)``: a row with a prompt hash of its own."""

    def make(name: str, score: float | None, draw: int = 0, **fields: Any) -> ItemRow:
        settings: dict[str, Any] = {"prompt_hash": f"hash of {name}"} | fields
        return ItemRow(item_id=name, draw=draw, score=score, **settings)

    return make


@pytest.fixture
def verdict_rows() -> Callable[[ItemRow], list[VerdictRow]]:
    """A verdict for each of the row's criteria; a hole is a timeout."""

    def make(row: ItemRow) -> list[VerdictRow]:
        return [
            VerdictRow(
                item_id=row.item_id,
                draw=row.draw,
                criterion_id=name,
                criterion=f"The reply is {name}.",
                score=value,
                value=value,
                status="timeout" if value is None else "ok",
                explanation="so it seems",
            )
            for name, value in row.values.items()
        ]

    return make


@pytest.fixture
def make_run(tmp_path: Path, verdict_rows: Callable[[ItemRow], list[VerdictRow]]) -> Callable[..., Run]:
    """``make_run("a", rows)``: a sealed run of these rows in ``tmp_path/a``."""

    def make(name: str, rows: Sequence[ItemRow], *, seal: bool = True, **manifest: Any) -> Run:
        settings: dict[str, Any] = {"title": name, "task": "exam", "identity": {"model": name}} | manifest
        with RunWriter.open(tmp_path / name, new_manifest("eval", **settings)) as writer:
            for row in rows:
                writer.append(row, verdict_rows(row))
            if seal:
                writer.seal()
        return open_run(tmp_path / name)

    return make


@pytest.fixture
def scored(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> Callable[..., Run]:
    """``scored("a", [0.1, 0.2])``: a run with these scores, one item each."""

    def make(name: str, scores: Sequence[float | None], **manifest: Any) -> Run:
        return make_run(name, [item(f"i{n:04d}", score) for n, score in enumerate(scores)], **manifest)

    return make
