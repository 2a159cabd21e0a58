"""Judging a file of responses into a run folder: ``rvpo judge`` without its command line.

A row is ``{"id", "prompt", "response", "rubric"?, ...}``. A response judged without holes is journaled at once; one
with holes waits for the end. If the coverage asked for is reached, the holes are accepted and the run is sealed.
If not, or if a budget left something unasked, the run stays open: the same command then asks only for what is missing,
since every reply that came in is in the judge's store. Holes that were accepted are asked about again with
``retry_failed``. ``rewards.jsonl`` is written at the end either way.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from rvpo.harness.items import content_hash, prompt_hash
from rvpo.harness.judge_holes import HoleGroup, hole_groups
from rvpo.harness.rewards import write_rewards, write_tables
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.judges.budget import around_judge
from rvpo.judges.prices import Prices, prices_for
from rvpo.judges.records import Message
from rvpo.results import ItemRow, RunManifest, RunWriter, VerdictRow, new_manifest, open_run
from rvpo.results.reopening import has_holes
from rvpo.rubrics import fill_rubric, rubric_hash, score_rubric
from rvpo.rubrics.score import earnings

OnProgress = Callable[[int, JudgeStats], None]


class JudgeRun(msgspec.Struct, frozen=True, kw_only=True):
    """What judging a file came to."""

    folder: str
    responses: int
    coverage: float
    """Mean share of points judged, in [0, 1]."""
    score: float | None
    """Mean score of the responses that have one, not clipped."""
    holes: dict[str, int]
    """Verdicts missing, by status."""
    missing: tuple[HoleGroup, ...] = ()
    """The same by status and criterion, with the first responses."""
    complete: bool
    """Whether the coverage asked for was reached and the run is sealed."""
    stats: JudgeStats
    usd: float | None = None
    """Price of the calls made now, by the tokens they used (``stats.usd``); ``None`` is unknown."""

    @property
    def not_asked(self) -> int:
        """Verdicts that the budget left no money for."""
        return self.holes.get("not_asked", 0)


def run_identity(requests: Sequence[JudgeRequest], judge: dict[str, Any]) -> dict[str, Any]:
    """All that decides the rows: the responses, their rubrics, the judge. JSON values only."""
    hashes = {id(request.rubric): rubric_hash(request.rubric) for request in requests}
    asked = [[request.id, _turns(request), request.response, dict(request.fields)] for request in requests]
    return {
        "responses": len(requests),
        "data": content_hash(asked),
        "rubrics": content_hash([hashes[id(request.rubric)] for request in requests]),
        "judge": judge,
    }


async def judge_responses(
    requests: Sequence[JudgeRequest],
    config: JudgeConfig,
    out: Path,
    *,
    min_coverage: float = 0.9,
    prices: Prices | None = None,
    budget_usd: float | None = None,
    tables: bool = False,
    retry_failed: bool = False,
    on_progress: OnProgress | None = None,
    on_resume: Callable[[int], None] | None = None,
) -> JudgeRun:
    """Judge responses into a run folder, or go on with one.

    Args:
        requests: See ``read_responses``.
        config: The judge.
        out: The run folder; made if absent, refused if it holds another run.
        min_coverage: Least mean coverage for the run to count as finished.
        prices: Of the judge; left out, what is known of its model.
        budget_usd: Most to spend now; what it leaves unasked is a hole, and the run stays open.
        tables: Whether to write Parquet tables too.
        retry_failed: Whether the judge is asked again about the holes of a sealed run.
        on_progress: Called with the number of responses newly finished and the judge's counts so far.
        on_resume: Called once, with the number of responses that an earlier run finished.

    Raises:
        JudgeError: The judge or its store cannot be used, or a budget is given for a judge whose price is unknown.
        ResultsError: The folder holds another run (the differing fields are named) or cannot be written.
    """
    say = on_progress or (lambda _finished, _stats: None)
    say_before = on_resume or (lambda _finished: None)
    around = around_judge(config, prices or prices_for(config), budget_usd)
    async with JudgeService.open(config, around) as service:
        again = has_holes if retry_failed else None
        with RunWriter.open(out, _manifest(requests, service), again=again) as writer:
            left = [request for request in requests if (request.id, 0) not in writer.done]
            say_before(len(requests) - len(left))
            by_id = {request.id: request for request in left}
            holed: dict[str, tuple[ItemRow, list[VerdictRow]]] = {}

            def keep(vector: RewardVector) -> None:
                item, verdicts = rows_of(by_id[vector.id], vector)
                if has_holes(item, verdicts):
                    holed[item.item_id] = item, verdicts
                else:
                    writer.append(item, verdicts)
                say(1, service.stats())

            await service.judge(left, keep)
            items, rows = _all_rows(out, requests, holed)
            summary = _summary(out, items, rows, stats=service.stats(), min_coverage=min_coverage)
            if summary.complete and not writer.sealed:
                _seal(writer, holed.values(), sum(summary.holes.values()))
    write_rewards(out, items)
    if tables:
        write_tables(out, items, rows)
    return summary


def _all_rows(
    out: Path, requests: Sequence[JudgeRequest], holed: Mapping[str, tuple[ItemRow, list[VerdictRow]]]
) -> tuple[list[ItemRow], list[VerdictRow]]:
    """Items in the order of the requests, and all verdicts: those written down and those that wait."""
    run = open_run(out)
    finished = {item.item_id: item for item in run.items}
    items = [finished.get(request.id) or holed[request.id][0] for request in requests]
    waiting = [holed[request.id][1] for request in requests if request.id in holed]
    return items, [*run.verdicts, *(row for rows in waiting for row in rows)]


def _seal(writer: RunWriter, holed: Iterable[tuple[ItemRow, list[VerdictRow]]], holes: int) -> None:
    """Accept the holes and finish the run."""
    for item, verdicts in holed:
        writer.append(item, verdicts)
    writer.seal({"holes": holes})


def rows_of(request: JudgeRequest, vector: RewardVector) -> tuple[ItemRow, list[VerdictRow]]:
    """A judged response as the rows of a run."""
    rubric = fill_rubric(request.rubric, request.fields)
    scored = score_rubric(rubric, [verdict.met for verdict in vector.verdicts])
    values = vector.values_or_none()
    turns = _turns(request)
    item = ItemRow(
        item_id=request.id,
        prompt_hash=prompt_hash(turns),
        prompt="\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns),
        response=request.response,
        score=scored.score,
        coverage=scored.coverage,
        low=scored.low,
        high=scored.high,
        values=dict(zip(vector.names, values, strict=True)),
        tags=scored.by_tag,
    )
    verdicts = [
        VerdictRow(
            item_id=request.id,
            criterion_id=criterion.id,
            criterion=criterion.criterion,
            points=criterion.points,
            earns=earns,
            polarity=criterion.polarity,
            gate=criterion.gate,
            tags=criterion.tags,
            score=verdict.score,
            value=value,
            status=verdict.status,
            explanation=verdict.explanation,
            judge=" ".join(filter(None, (verdict.judge.kind, verdict.judge.model, verdict.judge.endpoint))),
            cached=verdict.cached,
            usd=verdict.usd,
        )
        for criterion, earns, verdict, value in zip(
            rubric.criteria, earnings(rubric), vector.verdicts, values, strict=True
        )
    ]
    return item, verdicts


def _turns(request: JudgeRequest) -> Sequence[Message]:
    return (
        [{"role": "user", "content": request.prompt}] if isinstance(request.prompt, str) else request.prompt
    )


def _manifest(requests: Sequence[JudgeRequest], service: JudgeService) -> RunManifest:
    judge = service.fingerprint()
    return new_manifest(
        "judge", "responses", run_identity(requests, judge), planned=len(requests), notes=notes_on(judge)
    )


def notes_on(judge: Mapping[str, Any]) -> tuple[str, ...]:
    """What a reader must know of a judge, by its fingerprint: that it, or one of several, is only for trying things.

    >>> notes_on({"kind": "ensemble", "judges": [{"kind": "openai"}, {"kind": "embedded"}]})
    ('demo judge',)
    """
    several = [*judge.get("judges", ()), *([judge["escalate"]["to"]] if "escalate" in judge else [])]
    demo = judge.get("kind") in {"embedded", "scripted"} or any(notes_on(each) for each in several)
    return ("demo judge",) if demo else ()


def _summary(
    out: Path,
    items: Sequence[ItemRow],
    rows: Sequence[VerdictRow],
    *,
    stats: JudgeStats,
    min_coverage: float,
) -> JudgeRun:
    coverage = fmean(item.coverage for item in items)
    holes = Counter(row.status for row in rows if row.hole)
    scores = [item.score for item in items if item.score is not None]
    return JudgeRun(
        folder=str(out),
        responses=len(items),
        coverage=coverage,
        score=fmean(scores) if scores else None,
        holes=dict(holes),
        missing=hole_groups(rows),
        complete=coverage >= min_coverage and not holes["not_asked"],
        stats=stats,
        usd=stats.usd,
    )
