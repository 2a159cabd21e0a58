"""Sits a model through an exam: manifest first, then sampling and judging side by side, one journal row a draw.

A run that was stopped, by Ctrl-C, ``kill -9`` or a power cut, goes on when it is started again with the same arguments:
what the journal holds is not asked again. Lost are at most the answers that waited for their verdicts (one batch) and
those being sampled. A draw that brought no answer is written last, with status ``failed`` and no score; until then a
rerun tries it again, later one with ``retry_failed``, which opens a sealed run for these draws and seals it anew.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from rvpo.harness.errors import ExamError, SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.items import ExamItem
from rvpo.harness.judge_run import notes_on
from rvpo.harness.judging import counts_of, failed_row, judge_request, judged_rows
from rvpo.harness.replay_sampler import ReplaySampler
from rvpo.harness.samplers import Ask, Completion, Sampler
from rvpo.harness.summary import summarise
from rvpo.judges import BlockingJudgeService, JudgeConfig, JudgeService, RewardVector, load_judge_config
from rvpo.results import Run, RunManifest, RunWriter, new_manifest, open_run
from rvpo.results.reopening import is_failed


class ExamProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is."""

    planned: int
    """Draws in all."""
    done: int
    """Draws in the journal, those of earlier starts included."""
    failed: int = 0
    """Draws that brought no answer, in this start."""
    holes: int = 0
    """Criteria that the judge left open, in this start."""


OnProgress = Callable[[ExamProgress], None]


def run_exam(
    exam: Exam,
    sampler: Sampler,
    judge: JudgeConfig | BlockingJudgeService | Path | str,
    out: Path | str,
    *,
    draws: int = 1,
    title: str = "",
    retry_failed: bool = False,
    on_progress: OnProgress | None = None,
) -> Run:
    """Examine a model, or go on with it where an earlier start was stopped.

    Args:
        exam: The items.
        sampler: The model.
        judge: A judge, the path of its file, or a service that is open already and stays so; not asked where a
            criterion is a rule.
        out: The run's folder.
        draws: Answers for each item.
        title: What a reader calls the run; by default the exam's title and the model.
        retry_failed: Whether draws of an earlier start that brought no answer are asked again, in a sealed run too.
        on_progress: Called once at the start and after every draw that is done.

    Returns:
        The finished run.

    Raises:
        ExamError: There is nothing to do, or the exam needs a model to judge it and ``judge`` is ``rules``.
        SamplerError: The model answers nothing at all; nothing is written of it.
        JudgeError: The judge cannot be opened, or its store cannot be written.
        ResultsError: ``out`` holds another run, or cannot be written.
    """
    if draws < 1:
        raise ExamError(f"draws: got {draws}, should be at least 1")
    exam.check(draws)
    with opened_judge(exam, judge) as service:
        manifest = _manifest(exam, sampler, service, draws, title)
        with RunWriter.open(out, manifest, again=is_failed if retry_failed else None) as writer:
            if not writer.sealed:
                sitting = _Sitting(
                    exam, sampler, service=service, writer=writer, draws=draws, on_progress=on_progress
                )
                sitting.sit()
                so_far = open_run(out)
                remarks = exam.remarks(so_far.items, sampler.identity())
                writer.seal(
                    counts_of(so_far.items, so_far.verdicts),
                    notes=remarks,
                    tables=True,
                    summary=sealed_figures(so_far, remarks),
                )
    return open_run(out)


@contextmanager
def opened_judge(
    exam: Exam, judge: JudgeConfig | BlockingJudgeService | Path | str
) -> Iterator[BlockingJudgeService]:
    """The service that judges an exam; one that was open already is left open.

    Raises:
        ExamError: There is nothing to do, or the exam needs a model to judge it and ``judge`` is ``rules``.
        JudgeError: The judge cannot be opened.
    """
    if isinstance(judge, BlockingJudgeService):
        yield judge
        return
    config = judge if isinstance(judge, JudgeConfig) else load_judge_config(judge)
    _refuse_unjudgeable(exam, config)
    with JudgeService.open_sync(config) as service:
        yield service


def sealed_figures(run: Run, remarks: Sequence[str]) -> bytes:
    """The summary of a run about to be sealed, as JSON."""
    summary = summarise(run)
    finished = msgspec.structs.replace(summary, sealed=True, notes=(*summary.notes, *remarks))
    return msgspec.json.format(msgspec.json.encode(finished), indent=1) + b"\n"


def _refuse_unjudgeable(exam: Exam, config: JudgeConfig) -> None:
    if not exam.items:
        raise ExamError(f"{exam.title}: the exam has no items")
    if config.judge != "rules":
        return
    for item in exam.items:
        for criterion in item.rubric.criteria:
            if criterion.kind == "llm":
                raise ExamError(
                    f"item {item.id!r}: criterion {criterion.id!r} of rubric {item.rubric.id!r} needs a model to judge "
                    "it: give a judge file, or 'embedded' for a demonstration (--judge)"
                )


def _manifest(
    exam: Exam, sampler: Sampler, service: BlockingJudgeService, draws: int, title: str
) -> RunManifest:
    model = sampler.identity()
    identity: dict[str, Any] = {
        "exam": exam.identity(),
        "model": model,
        "judge": service.fingerprint(),
        "draws": draws,
    }
    items = frozenset(item.id for item in exam.items)
    stored = sampler.notes(items) if isinstance(sampler, ReplaySampler) else ()
    return new_manifest(
        "eval",
        exam.task,
        identity,
        title=title or f"{exam.title}: {model.get('model', model['sampler'])}",
        planned=len(exam.items) * draws,
        notes=(*notes_on(identity["judge"]), *stored),
    )


class _Sitting:
    """One start of a run: samples what the journal lacks, has it judged meanwhile, writes it down."""

    def __init__(
        self,
        exam: Exam,
        sampler: Sampler,
        *,
        service: BlockingJudgeService,
        writer: RunWriter,
        draws: int,
        on_progress: OnProgress | None,
    ) -> None:
        done = writer.done
        self._exam = exam
        self._asks = [
            Ask(exam.shown(item, draw), draw)
            for draw in range(draws)
            for item in exam.items
            if (item.id, draw) not in done
        ]
        self._shown = {(ask.item.id, ask.draw): ask.item for ask in self._asks}
        self._sampler, self._service, self._writer = sampler, service, writer
        self._on_progress = on_progress
        self._planned, self._done, self._holes = len(exam.items) * draws, len(done), 0
        self._judging: deque[tuple[Future[list[RewardVector]], Sequence[Completion]]] = deque()
        self._failed: list[Completion] = []

    def sit(self) -> None:
        self._report()
        with closing(self._sampler.sample(self._asks)) as batches:
            for batch in batches:
                self._failed += [completion for completion in batch if completion.finish_reason == "failed"]
                self._judge([completion for completion in batch if completion.finish_reason != "failed"])
                self._refuse_a_dead_model(self._sampler.batch_size)
                self._report()
        while self._judging:
            self._write_oldest()
        self._refuse_a_dead_model(1)
        for completion in self._failed:
            item = self._item(completion)
            self._writer.append(self._exam.written(item, failed_row(item, completion)))

    def _judge(self, answered: Sequence[Completion]) -> None:
        """Hand answers to the judge; wait only when more than a batch of answers would be without verdicts."""
        while self._judging and self._unjudged() + len(answered) > self._sampler.batch_size:
            self._write_oldest()
        requests = [judge_request(self._item(completion), completion) for completion in answered]
        self._judging.append((self._service.submit(requests), answered))
        while self._judging and self._judging[0][0].done():
            self._write_oldest()

    def _unjudged(self) -> int:
        return sum(len(answered) for _, answered in self._judging)

    def _write_oldest(self) -> None:
        future, answered = self._judging.popleft()
        for completion, vector in zip(answered, future.result(), strict=True):
            item = self._item(completion)
            row, verdicts = judged_rows(item, completion, vector)
            self._writer.append(self._exam.written(item, row), verdicts)
            self._done += 1
            self._holes += sum(verdict.hole for verdict in verdicts)
        self._report()

    def _refuse_a_dead_model(self, enough: int) -> None:
        """Stop when so many draws have failed and none ever succeeded: a wrong name or address, not bad luck."""
        if len(self._failed) >= enough and not self._done and not self._unjudged():
            raise SamplerError(
                f"the model answers nothing: all of the first {len(self._failed)} draws failed, "
                f"item {self._failed[0].item_id!r} with {self._failed[0].error}"
            )

    def _item(self, completion: Completion) -> ExamItem:
        """The very item that the sampler was given; it is marked against no other."""
        return self._shown[completion.item_id, completion.draw]

    def _report(self) -> None:
        if self._on_progress is not None:
            self._on_progress(
                ExamProgress(
                    planned=self._planned, done=self._done, failed=len(self._failed), holes=self._holes
                )
            )
