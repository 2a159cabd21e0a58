"""What runs on Ray: ``JudgeBatches`` for pipelines of your own, and the actor behind ``rvpo judge --ray``.

Each actor opens one judge service when it first judges and keeps it; those on one machine share the store's file, those
on several a Redis store or a judge service. Ray is not imported here: an actor is a class that Ray makes.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec

from rvpo.harness.bulk.parts import write_part
from rvpo.harness.bulk.slices import Slice, read_slice
from rvpo.harness.cli import one_line
from rvpo.harness.errors import HarnessError
from rvpo.harness.judge_run import rows_of
from rvpo.harness.responses.parquet import parquet_row
from rvpo.harness.responses.reading import request_of
from rvpo.harness.rewards import rewards_table
from rvpo.harness.sources import find_judge
from rvpo.judges import BlockingJudgeService, JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.budget import around_judge
from rvpo.judges.prices import Prices
from rvpo.results import ItemRow, VerdictRow
from rvpo.rubrics import Rubric, find_rubric
from rvpo.rubrics.rows import prompt_rows

if TYPE_CHECKING:
    import pyarrow as pa

ADDED: Final = ("names", "values", "statuses", "coverage", "score", "low", "high")
"""The columns that ``JudgeBatches`` adds."""


class JudgeBatches:
    """Judges the batches of a Ray Data set and adds their rewards.

    ``ds.map_batches(JudgeBatches, fn_constructor_kwargs={"judge": "judge.yaml", "rubric": "rubric.yaml"},
    batch_format="pyarrow", batch_size=1024, compute=ray.data.ActorPoolStrategy(size=4))``. A batch has the columns of a
    Parquet file to judge: ``id``, ``prompt`` and ``response``, or ``messages``. Each actor holds the judge's
    ``concurrency`` in flight for itself.

    Args:
        judge: A judge, its file, or ``embedded`` or ``rules``.
        rubric: A rubric, its file or its library name, for rows that bring none.

    Raises:
        JudgeConfigError: The judge is wrong.
        RubricError: The rubric is wrong.
    """

    def __init__(self, judge: JudgeConfig | str, rubric: Rubric | str | None = None) -> None:
        self._config = find_judge(judge) if isinstance(judge, str) else judge
        self._rubric = find_rubric(rubric) if isinstance(rubric, str) else rubric
        self._open = ExitStack()

    @cached_property
    def _service(self) -> BlockingJudgeService:
        return self._open.enter_context(JudgeService.open_sync(self._config))

    def __call__(self, batch: "pa.Table") -> "pa.Table":
        """Judge a batch.

        Args:
            batch: N rows.

        Returns:
            The same with the columns of ``ADDED`` as ``rewards.parquet`` has them; a hole is null, its status says why.

        Raises:
            HarnessError: The batch is no pyarrow table, or has such a column already.
            RubricError: A row is wrong.
        """
        if not hasattr(batch, "column_names"):
            raise HarnessError(f'a batch is a {type(batch).__name__}: say batch_format="pyarrow"')
        if taken := [name for name in ADDED if name in batch.column_names]:
            raise HarnessError(f"the column {taken[0]} is there already: rename it before judging")
        rows = (
            (number, parquet_row(cells, "batch", number))
            for number, cells in enumerate(batch.to_pylist(), start=1)
        )
        rewards = rewards_table(*judged_rows(self._service, requests_of(rows, "batch", self._rubric)))
        for name in ADDED:
            batch = batch.append_column(name, rewards[name])
        return batch

    def close(self) -> None:
        """Close the service; an actor that is ended needs no closing, what it was told is in the store."""
        self._open.close()


class SliceJudge:
    """Judges slices of files into parts of a run's tables; made by ``judge_bulk`` on Ray.

    Args:
        config: The judge, with its share of the limits.
        rubric: For rows that bring none.
        out: The run folder.
        home: The folder that paths in the judge file are relative to.
        prices: Of the judge.
        budget_usd: Most that this actor may spend.
    """

    def __init__(
        self,
        *,
        config: JudgeConfig,
        rubric: Rubric | None,
        out: str,
        home: str,
        prices: Prices,
        budget_usd: float | None,
    ) -> None:
        os.chdir(home)
        self._config = config
        self._rubric = rubric
        self._out = Path(out)
        self._around = around_judge(config, prices, budget_usd)
        self._open = ExitStack()
        self._name = uuid4().hex

    @cached_property
    def _service(self) -> BlockingJudgeService:
        return self._open.enter_context(JudgeService.open_sync(self._config, self._around))

    def __call__(self, batch: "pa.Table") -> "pa.Table":
        """Judge slices; each becomes a row that tells what it came to, or in one line what is wrong."""
        import pyarrow as pa

        slices = msgspec.convert(batch.to_pylist(), list[Slice])
        return pa.Table.from_pylist([self._told(piece) for piece in slices])

    def _told(self, piece: Slice) -> dict[str, str]:
        try:
            requests = requests_of(read_slice(piece), piece.path, self._rubric)
            counts = write_part(self._out, piece.number, *judged_rows(self._service, requests))
        except Exception as wrong:
            if (line := one_line(wrong)) is None:
                raise
            return {"actor": self._name, "stats": "", "counts": "", "error": line}
        stats = msgspec.json.encode(self._service.stats()).decode()
        return {
            "actor": self._name,
            "stats": stats,
            "counts": msgspec.json.encode(counts).decode(),
            "error": "",
        }


def requests_of(
    rows: Iterable[tuple[int, dict[str, Any]]], name: str, rubric: Rubric | None
) -> list[JudgeRequest]:
    """What is asked about rows; see ``read_responses``."""
    return [request_of(row, rubric, name) for row in prompt_rows(rows, name)]


def judged_rows(
    service: BlockingJudgeService, requests: Sequence[JudgeRequest]
) -> tuple[list[ItemRow], list[VerdictRow]]:
    """Judge and put down."""
    items: list[ItemRow] = []
    verdicts: list[VerdictRow] = []
    for request, vector in zip(requests, service.judge_sync(requests), strict=True):
        item, rows = rows_of(request, vector)
        items.append(item)
        verdicts += rows
    return items, verdicts
