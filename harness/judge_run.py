"""Judging a file of responses into a run folder: ``rvpo judge`` without its command line.

A row is ``{"id", "prompt", "response", "rubric"?, ...}``. A response judged without holes is journaled at once; one
with holes waits for the end. If the coverage asked for is reached, the holes are accepted and the run is sealed.
If not, the run stays open: the same command then asks only for what is missing, since every reply that came in is
in the judge's store. ``rewards.jsonl`` is written at the end either way.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import msgspec

from rvpo.harness.errors import ExamError
from rvpo.harness.items import content_hash, prompt_hash
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.judges.records import Message
from rvpo.results import ItemRow, RunManifest, RunWriter, VerdictRow, new_manifest, open_run
from rvpo.results.journal import write_atomically
from rvpo.rubrics import Rubric, fill_rubric, read_prompt_rows, rubric_hash, score_rubric
from rvpo.rubrics.needs import check_row
from rvpo.rubrics.wording import hint

REWARDS: Final = "rewards.jsonl"


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
    complete: bool
    """Whether the coverage asked for was reached and the run is sealed."""
    stats: JudgeStats


def read_responses(
    path: Path | str, rubric: Rubric | None = None, limit: int | None = None
) -> list[JudgeRequest]:
    """Read the responses to judge.

    Args:
        path: JSON lines.
        rubric: For rows that bring none.
        limit: Read no more than the first so many.

    Raises:
        RubricError: A row is wrong; one line with file and place.
        ExamError: A row has no response, or no rubric is known for it.
    """
    requests = []
    for row in read_prompt_rows(path)[:limit]:
        response = row.fields.get("response")
        if not isinstance(response, str):
            raise ExamError(
                f"{path}: row {row.id!r}: response must be a text, got {response!r}{hint('response', row.fields)}"
            )
        own = row.rubric or rubric
        if own is None:
            raise ExamError(f"{path}: row {row.id!r} brings no rubric: name one with --rubric")
        check_row(own, row.fields, f"{path}: row {row.id!r}")
        requests.append(
            JudgeRequest(rubric=own, prompt=row.messages, response=response, id=row.id, fields=row.fields)
        )
    if not requests:
        raise ExamError(f"{path}: there are no responses in it")
    return requests


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
    on_progress: Callable[[int, JudgeStats], None] | None = None,
) -> JudgeRun:
    """Judge responses into a run folder, or go on with one.

    Args:
        requests: See ``read_responses``.
        config: The judge.
        out: The run folder; made if absent, refused if it holds another run.
        min_coverage: Least mean coverage for the run to count as finished.
        on_progress: Called with the number of responses newly finished and the judge's counts so far.

    Raises:
        JudgeError: The judge or its store cannot be used.
        ResultsError: The folder holds another run (the differing fields are named) or cannot be written.
    """
    say = on_progress or (lambda _finished, _stats: None)
    async with JudgeService.open(config) as service:
        with RunWriter.open(out, _manifest(requests, service)) as writer:
            left = [request for request in requests if (request.id, 0) not in writer.done]
            say(len(requests) - len(left), service.stats())
            by_id = {request.id: request for request in left}
            holed: dict[str, tuple[ItemRow, list[VerdictRow]]] = {}

            def keep(vector: RewardVector) -> None:
                item, verdicts = rows_of(by_id[vector.id], vector)
                if any(verdict.hole for verdict in verdicts):
                    holed[item.item_id] = item, verdicts
                else:
                    writer.append(item, verdicts)
                say(1, service.stats())

            await service.judge(left, keep)
            run = open_run(out)
            finished = {item.item_id: item for item in run.items}
            items = [finished.get(request.id) or holed[request.id][0] for request in requests]
            waiting = [row for _, rows in holed.values() for row in rows]
            holes = Counter(row.status for row in [*run.verdicts, *waiting] if row.hole)
            summary = _summary(out, items, holes, service.stats(), min_coverage)
            if summary.complete and not writer.sealed:
                for item, verdicts in holed.values():
                    writer.append(item, verdicts)
                writer.seal({"holes": holes.total()})
    _write_rewards(out, items)
    return summary


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
            score=verdict.score,
            value=value,
            status=verdict.status,
            explanation=verdict.explanation,
            judge=" ".join(filter(None, (verdict.judge.kind, verdict.judge.model, verdict.judge.endpoint))),
            cached=verdict.cached,
            usd=verdict.usd,
        )
        for criterion, verdict, value in zip(rubric.criteria, vector.verdicts, values, strict=True)
    ]
    return item, verdicts


def _turns(request: JudgeRequest) -> Sequence[Message]:
    return (
        [{"role": "user", "content": request.prompt}] if isinstance(request.prompt, str) else request.prompt
    )


def _manifest(requests: Sequence[JudgeRequest], service: JudgeService) -> RunManifest:
    judge = service.fingerprint()
    notes = ("demo judge",) if service.identity().kind in {"embedded", "scripted"} else ()
    return new_manifest(
        "judge", "responses", run_identity(requests, judge), planned=len(requests), notes=notes
    )


def _summary(
    out: Path, items: Sequence[ItemRow], holes: Counter[str], stats: JudgeStats, min_coverage: float
) -> JudgeRun:
    coverage = fmean(item.coverage for item in items)
    scores = [item.score for item in items if item.score is not None]
    return JudgeRun(
        folder=str(out),
        responses=len(items),
        coverage=coverage,
        score=fmean(scores) if scores else None,
        holes=dict(holes),
        complete=coverage >= min_coverage,
        stats=stats,
    )


def _write_rewards(out: Path, items: Sequence[ItemRow]) -> None:
    rows = b"".join(
        msgspec.json.encode(
            {
                "id": item.item_id,
                "values": list(item.values.values()),
                "coverage": item.coverage,
                "score": item.score,
            }
        )
        + b"\n"
        for item in items
    )
    write_atomically(out / REWARDS, rows)
