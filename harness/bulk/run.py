"""Judging millions of responses on Ray Data: ``rvpo judge RESPONSES --ray`` without its command line.

Ray Data is handed slices (a file, a place, so many rows), not rows: it deals them to actors, restarts those that die
and waits for the slow. An actor reads a slice, judges it and writes its part of the tables; what comes back is a row of
counts. So memory does not grow with the rows, and killed at any moment the same command goes on: judged slices are passed
over, those with holes judged again, and what is in the judge's store is not asked for again.

Departures from an ordinary run: there is no journal, only the tables; rows without an id are called after their line, and
ids are compared within a slice only.
"""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from rvpo.harness.bulk.actors import SliceJudge
from rvpo.harness.bulk.cluster import LOCAL, check_address, ray_at
from rvpo.harness.bulk.dealing import add_stats, most_actors, share_of
from rvpo.harness.bulk.folder import BulkFolder
from rvpo.harness.bulk.parts import PartCounts
from rvpo.harness.bulk.slices import Slice, Source
from rvpo.harness.errors import HarnessError
from rvpo.harness.judge_run import JudgeRun, OnProgress
from rvpo.judges import JudgeConfig, JudgeStats
from rvpo.judges.prices import Prices
from rvpo.judges.storage.file import MEMORY
from rvpo.rubrics import Rubric


def judge_bulk(
    source: Source,
    rubric: Rubric | None,
    config: JudgeConfig,
    out: Path,
    *,
    prices: Prices,
    address: str = LOCAL,
    actors: int | None = None,
    min_coverage: float = 0.9,
    budget_usd: float | None = None,
    on_progress: OnProgress | None = None,
    on_resume: Callable[[int], None] | None = None,
) -> JudgeRun:
    """Judge files of responses on Ray into a run folder, or go on with one.

    Args:
        source: What to judge; see ``find_slices``.
        rubric: For rows that bring none.
        config: The judge; its limits (``concurrency``, ``rpm``, ``tpm``) are dealt out over the actors.
        out: The run folder; made if absent.
        prices: Of the judge.
        address: Of Ray; see ``ray_at``.
        actors: How many; left out, one a CPU of this machine. A budget has one: two could not keep it together.
        min_coverage: Least mean coverage for the run to count as finished.
        budget_usd: Most to spend now.
        on_progress: Called with the rows newly judged and the counts so far.
        on_resume: Called once, with the number of rows that an earlier run judged.

    Raises:
        HarnessError: A row, the address or the number of actors is wrong; the run's parts are kept.
        JudgeError: The judge or its store cannot be used.
        ResultsError: The folder holds another run.
        ModuleNotFoundError: Ray or pyarrow is not installed.
    """
    check_address(address)
    _check_sharing(config, actors, budget_usd)
    with BulkFolder.open(out.absolute(), config, rubric, source) as folder:
        left, counts = folder.left(source.slices)
        if on_resume is not None:
            on_resume(counts.rows)
        most = 1 if budget_usd is not None else min(actors or os.cpu_count() or 1, most_actors(config))
        number = max(1, min(most, len(left)))
        shared = {"rubric": rubric, "out": str(folder.path), "home": str(Path.cwd())}
        actor = {"config": share_of(config, number), **shared, "prices": prices, "budget_usd": budget_usd}
        latest: dict[str, JudgeStats] = {}
        with closing(_told(address, left, number, actor)) as told:
            for row in told:
                part, latest[row["actor"]] = _understood(row)
                counts += part
                if on_progress is not None:
                    on_progress(part.rows, add_stats(latest.values()))
        stats = add_stats(latest.values())
        run = _summary(out, counts, stats, min_coverage)
        if run.complete:
            folder.seal(counts)
    return run


def _check_sharing(config: JudgeConfig, actors: int | None, budget_usd: float | None) -> None:
    if config.store == MEMORY and config.judge != "rules":
        raise HarnessError(f"store: {MEMORY} is nobody else's: bulk judging needs one that all actors share")
    if budget_usd is not None and (actors or 1) > 1:
        raise HarnessError(f"--actors {actors}: a budget is kept by one actor")


def _told(
    address: str, slices: Sequence[Slice], actors: int, settings: dict[str, Any]
) -> Generator[dict[str, str]]:
    """What the actors tell of the slices, as each is done."""
    if not slices:
        return
    with ray_at(address, actors):
        import ray

        # A slice is a task of its own. With a budget an actor that dies takes what it may spend with it: the run ends.
        remote: dict[str, Any] = {"num_cpus": 1}
        if settings["budget_usd"] is not None:
            remote |= {"max_restarts": 0, "max_task_retries": 0}
        data = ray.data.from_items(
            [msgspec.to_builtins(piece) for piece in slices], override_num_blocks=len(slices)
        ).map_batches(
            SliceJudge,
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=2),
            fn_constructor_kwargs=settings,
            **remote,
        )
        yield from data.iter_rows()


def _understood(row: dict[str, str]) -> tuple[PartCounts, JudgeStats]:
    if row["error"]:
        raise HarnessError(row["error"])
    counts = msgspec.json.decode(row["counts"], type=PartCounts)
    return counts, msgspec.json.decode(row["stats"], type=JudgeStats)


def _summary(out: Path, counts: PartCounts, stats: JudgeStats, min_coverage: float) -> JudgeRun:
    coverage = counts.coverage / counts.rows
    return JudgeRun(
        folder=str(out),
        responses=counts.rows,
        coverage=coverage,
        score=counts.score / counts.scored if counts.scored else None,
        holes=counts.holes,
        complete=coverage >= min_coverage and not counts.holes.get("not_asked"),
        stats=stats,
        usd=stats.usd,
    )
