"""Judging a file by the provider's batch lane: ``rvpo judge --batch-api submit``, and ``collect`` some hours later.

``submit`` writes every question that is not in the store into files, uploads them and makes a batch of each; ``collect``
waits for the batches, downloads what they brought and puts it into the store, so that the ordinary run finds everything
warm. Each step is written down in ``OUT/batches`` before the next: killed at any moment, the same command goes on,
pays for nothing twice and forgets no batch. What a batch did not answer (refused, expired) stays out of the store: the
ordinary run asks for it at once, another ``submit`` by another batch.
"""

import asyncio
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from rvpo.harness.batch_desk import BatchDesk, BatchState, Part
from rvpo.harness.errors import HarnessError
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.around import Rehearsal
from rvpo.judges.batches import Batch, BatchClient, Replay, read_answers, request_line, split
from rvpo.judges.endpoint import EndpointJudge
from rvpo.judges.lock import one_process_at_a_time
from rvpo.judges.protocol import Judge, Question


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What batches brought."""

    requests: int
    replies: int
    stored: int
    """Replies that answer a question of this file and were not in the store before."""
    holes: dict[str, int]
    """Verdicts of this file still missing, by status."""
    complaints: tuple[str, ...]
    """Of batches that failed as a whole."""
    strange_lines: int


async def submit(requests: Sequence[JudgeRequest], config: JudgeConfig, out: Path) -> BatchState:
    """Send all questions that are not in the store, or finish an interrupted submission; then nothing new is sent.

    Args:
        requests: See ``read_responses``.
        config: The judge.
        out: The run folder.

    Raises:
        HarnessError: The judge has no endpoint, or the folder holds batches of another one.
        JudgeError: The judge, its store or its endpoint cannot be used.
    """
    desk = BatchDesk(out, config)
    with one_process_at_a_time(desk.folder / ".lock"):
        if not desk.state.open:
            _add_parts(desk, await _lines(requests, config))
        async with BatchClient(config) as client:
            for part in desk.state.open:
                file_id = part.file_id
                if not file_id:
                    file_id = await client.upload(
                        f"{part.name}.jsonl", (desk.folder / f"{part.name}.jsonl").read_bytes()
                    )
                    desk.note(part.name, file_id=file_id)
                if not part.batch_id:
                    batch = await client.create(file_id)
                    desk.note(part.name, batch_id=batch.id, status=batch.status)
    return desk.state


async def collect(
    requests: Sequence[JudgeRequest],
    config: JudgeConfig,
    out: Path,
    *,
    poll_s: float = 30.0,
    on_look: Callable[[BatchState, int], None] | None = None,
) -> Collected:
    """Wait for the batches, fetch what they brought, put it into the store.

    Args:
        requests: The same as were submitted.
        config: The judge.
        out: The run folder.
        poll_s: Between two looks.
        on_look: Called after each round of looks with the state and the number of requests done.

    Raises:
        HarnessError: Nothing was submitted here, or the submission was interrupted.
        JudgeError: The judge, its store or its endpoint cannot be used.
    """
    desk = BatchDesk(out, config)
    with one_process_at_a_time(desk.folder / ".lock"):
        if not desk.state.parts or any(not part.batch_id for part in desk.state.open):
            raise HarnessError(f"{out}: there is no complete submission here: use --batch-api submit first")
        async with BatchClient(config) as client:
            while True:
                done = 0
                for part in desk.state.open:
                    done += await _look(client, desk, part)
                done += sum(part.requests for part in desk.state.parts if part.fetched)
                if on_look is not None:
                    on_look(desk.state, done)
                if not desk.state.open:
                    break
                await asyncio.sleep(poll_s)
        return await _keep(requests, config, desk)


async def _look(client: BatchClient, desk: BatchDesk, part: Part) -> int:
    """Requests done of a batch that goes on; one that has ended is fetched."""
    batch = await client.look(part.batch_id)
    if not batch.ended:
        desk.note(part.name, status=batch.status)
        return batch.request_counts.completed if batch.request_counts else 0
    await _fetch(client, desk, part, batch)
    return 0


async def _fetch(client: BatchClient, desk: BatchDesk, part: Part, batch: Batch) -> None:
    files = {"output": batch.output_file_id, "errors": batch.error_file_id}
    for kind, file_id in files.items():
        if file_id:
            desk.write(f"{part.name}.{kind}.jsonl", await client.download(file_id))
    desk.note(part.name, status=batch.status, complaint=batch.complaint, fetched=True)


async def _keep(requests: Sequence[JudgeRequest], config: JudgeConfig, desk: BatchDesk) -> Collected:
    answers = read_answers(desk.answers())
    replays: list[Replay] = []

    def replay(judge: Judge) -> Judge:
        replays.append(Replay(judge, answers))
        return replays[-1].as_judge()

    config = config.model_copy(update={"deadline_s": None})
    async with JudgeService.open(config, replay) as service:
        await service.judge(requests)
        holes = dict(service.stats().failures)
    return Collected(
        requests=sum(part.requests for part in desk.state.parts),
        replies=len(answers.replies),
        stored=sum(len(replay.used) for replay in replays),
        holes=holes,
        complaints=tuple(
            f"batch {part.batch_id} {part.status}: {part.complaint or 'no reason given'}"
            for part in desk.state.parts
            if part.status == "failed"
        ),
        strange_lines=answers.strange,
    )


async def _lines(requests: Sequence[JudgeRequest], config: JudgeConfig) -> list[bytes]:
    lines: list[bytes] = []

    def rehearsal(judge: Judge) -> Judge:
        assert isinstance(judge, EndpointJudge)

        def note(key: bytes, question: Question, vote: int) -> None:
            lines.append(request_line(key, judge.body(question, vote)))

        return Rehearsal(judge, note).as_judge()

    async with JudgeService.open(config, rehearsal) as service:
        await service.judge(requests)
    return lines


def _add_parts(desk: BatchDesk, lines: Sequence[bytes]) -> None:
    parts: list[Part] = []
    for part in split(lines):
        data = b"".join(part)
        # A file may be sent again after its batch expired: the number tells the two apart.
        number = len(desk.state.parts) + len(parts) + 1
        name = f"{number:03d}-{sha256(data).hexdigest()[:12]}"
        desk.write(f"{name}.jsonl", data)
        parts.append(Part(name=name, requests=len(part)))
    if parts:
        desk.save(msgspec.structs.replace(desk.state, parts=(*desk.state.parts, *parts)))
