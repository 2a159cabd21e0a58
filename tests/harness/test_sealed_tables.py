"""A sealed run's Parquet, read by a program that knows nothing of us: DuckDB, joined and summed up as ours does it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.exam import Exam
from rvpo.harness.replay_sampler import ReplaySampler
from rvpo.harness.run import run_exam
from rvpo.harness.summary import summarise
from rvpo.judges import JudgeConfig


def test_duckdb_comes_to_our_figures(
    make_exam: Callable[..., Exam], write_rows: Callable[..., Path], rules: JudgeConfig, tmp_path: Path
) -> None:
    duckdb = pytest.importorskip("duckdb")
    said = [{"id": f"item-{n}", "response": "a fox" if n % 2 else "a dog" * n} for n in range(5)]
    run = run_exam(make_exam(6), ReplaySampler(write_rows("said.jsonl", said)), rules, tmp_path / "run")
    items, verdicts = (str(run.folder / f"{name}.parquet") for name in ("items", "verdicts"))

    def rows(query: str, *files: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = duckdb.execute(query, list(files)).fetchall()
        return found

    ours = summarise(run)
    # Five of six were answered; the sixth has a row, no score and no verdict.
    assert rows("SELECT count(*), count(score) FROM read_parquet(?)", items) == [(6, 5)]
    assert rows("SELECT avg(score) FROM read_parquet(?)", items) == [(pytest.approx(ours.score),)]
    by_criterion = dict(
        rows("SELECT criterion_id, avg(value) FROM read_parquet(?) GROUP BY criterion_id", verdicts)
    )
    assert by_criterion == {name: pytest.approx(each.mean) for name, each in ours.by_criterion.items()}
    # A rule's score is the points earned of the points there are: 3 for the fox, 1 for being short.
    joined = rows(
        "SELECT i.item_id, any_value(i.score), sum(v.value * v.points) / sum(v.points) FROM read_parquet(?) v"
        " JOIN read_parquet(?) i USING (item_id, draw) GROUP BY i.item_id",
        verdicts,
        items,
    )
    assert len(joined) == 5
    assert all(score == pytest.approx(earned) for _, score, earned in joined)
    # Keyed by name, as our rows have them: a map, not a column for every criterion there ever was.
    (fox,) = rows("SELECT values['says_fox'] FROM read_parquet(?) WHERE item_id = 'item-1'", items)
    assert fox == (1.0,)
