"""Sits a model through an lm-eval task: manifest first, one journal row a (question, draw), resumed by running it again.

Questions are asked in pieces of ``PIECE``, always the same ones. Random numbers are seeded by (seed, piece, draw), so
that draws differ, where lm-eval sends one seed with all repeats, and a piece that a kill cut short comes out the same when
it is asked again; of it only the rows that the journal lacks are added.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Final

from rvpo.harness.errors import ExamError, SamplerError
from rvpo.harness.items import content_hash
from rvpo.harness.judging import counts_of
from rvpo.harness.lm_eval_task.contract import (
    GENERATE,
    LM_EVAL_LIMIT,
    Reply,
    TaskModel,
    limit_of,
    settings_of,
)
from rvpo.harness.lm_eval_task.metrics import graded
from rvpo.harness.lm_eval_task.tasks import PREFIX, Question, TaskExam
from rvpo.harness.run import ExamProgress, OnProgress, sealed_figures
from rvpo.results import ItemRow, Run, RunManifest, RunWriter, new_manifest, open_run
from rvpo.results.identity import canonical_json
from rvpo.results.reader import MANIFEST
from rvpo.results.reopening import is_failed

PIECE: Final = 64
"""Questions asked together; a kill costs the answers of no more than these."""


def run_lm_eval(
    exam: TaskExam,
    model: TaskModel,
    out: Path | str,
    *,
    draws: int = 1,
    title: str = "",
    retry_failed: bool = False,
    on_progress: OnProgress | None = None,
) -> Run:
    """Examine a model on an lm-eval task, or go on with it where an earlier start was stopped.

    Args:
        exam: The questions.
        model: A checkpoint or an endpoint.
        out: The run's folder.
        draws: Answers to each question; more than one only where answers are sampled.
        title: What a reader calls the run.
        retry_failed: Whether questions of an earlier start that brought no answer are asked again, in a sealed run too.
        on_progress: Called once at the start and after every piece.

    Returns:
        The finished run.

    Raises:
        ExamError: More than one draw of what comes out the same each time, answers longer than the model, or requests
            that it cannot answer.
        SamplerError: The model answers nothing at all.
        ResultsError: ``out`` holds another run, or cannot be written.
    """
    if (finished := _finished(exam, model, Path(out), draws)) is not None and not (
        retry_failed and any(row.status == "failed" for row in finished.items)
    ):
        return finished
    model.refuse(exam.name, [request.request_type for each in exam.questions for request in each.requests])
    if draws > 1 and not all(_sampled(each, model) for each in exam.questions):
        raise ExamError(f"{PREFIX}{exam.name}: {draws} draws would be the same answer: give --temperature")
    longest = max((limit for each in exam.questions if (limit := _limit(each, model)) is not None), default=0)
    if model.room is not None and longest >= model.room:
        raise ExamError(
            f"{PREFIX}{exam.name}: answers of {longest} tokens leave no room for a prompt: the model takes {model.room}"
        )
    manifest = _manifest(exam, model, draws, title)
    with RunWriter.open(out, manifest, again=is_failed if retry_failed else None) as writer:
        if not writer.sealed:
            _sit(exam, model, writer, draws, on_progress)
            so_far = open_run(out)
            counts = counts_of(so_far.items, so_far.verdicts)
            writer.seal(counts, tables=True, summary=sealed_figures(so_far, ()))
    return open_run(out)


def _finished(exam: TaskExam, model: TaskModel, out: Path, draws: int) -> Run | None:
    """The very run that is asked for, if it is sealed: then the model need not be loaded."""
    if not (out / MANIFEST).is_file() or not (run := open_run(out)).sealed:
        return None
    there, known = run.manifest.identity, model.known()
    asked = {"exam": exam.identity(), "model": dict(known), "draws": draws}
    same = {name: there.get(name) for name in asked}
    same["model"] = {name: value for name, value in (same["model"] or {}).items() if name in known}
    return run if canonical_json(same) == canonical_json(asked) else None


def _manifest(exam: TaskExam, model: TaskModel, draws: int, title: str) -> RunManifest:
    told = model.identity()
    limits = sorted({limit for each in exam.questions if (limit := _limit(each, model)) is not None})
    notes = [*exam.notes, *_limit_notes(exam, model)]
    identity = {
        "exam": exam.identity(),
        "model": dict(told),
        "draws": draws,
        "limits": limits,
        "scoring": f"lm-eval/{exam.identity()['lm_eval']}",
    }
    return new_manifest(
        "eval",
        f"{PREFIX}{exam.name}",
        identity,
        title=title or f"lm-eval {exam.name}: {told['model']}",
        planned=len(exam.questions) * draws,
        notes=notes,
    )


def _limit_notes(exam: TaskExam, model: TaskModel) -> Iterator[str]:
    """Where answers are cut without the user's word."""
    if model.max_tokens is not None:
        return
    own = {limit_of(each.requests[0].args[1]) for each in exam.questions
           if each.requests[0].request_type == GENERATE}  # fmt: skip
    if said := sorted(limit for limit in own if limit is not None):
        yield f"answers are cut at {' or '.join(map(str, said))} tokens, as the task has it (--max-tokens)"
    if None in own:
        yield f"answers are cut at lm-eval's own {LM_EVAL_LIMIT} tokens, for the task says none (--max-tokens)"


def _sit(
    exam: TaskExam, model: TaskModel, writer: RunWriter, draws: int, on_progress: OnProgress | None
) -> None:
    planned, done = len(exam.questions) * draws, len(writer.done)
    failed: list[ItemRow] = []

    def report() -> None:
        if on_progress is not None:
            on_progress(ExamProgress(planned=planned, done=done, failed=len(failed)))

    report()
    for draw in range(draws):
        for start in range(0, len(exam.questions), PIECE):
            for row in _new_rows(exam, exam.questions[start : start + PIECE], model, draw, writer):
                if row.status == "failed":
                    failed.append(row)
                else:
                    writer.append(row)
                    done += 1
            if failed and not done:
                raise SamplerError(
                    f"the model answers nothing: all of the first {len(failed)} questions failed, "
                    f"{failed[0].item_id!r} with {failed[0].meta['error']}"
                )
            report()
    for row in failed:  # last, so that until then a rerun asks them again
        writer.append(row)


def _new_rows(
    exam: TaskExam, piece: Sequence[Question], model: TaskModel, draw: int, writer: RunWriter
) -> Iterator[ItemRow]:
    """The rows of a piece that the journal lacks; if it lacks any, the whole piece is asked of a local model."""
    lacking = {each.id for each in piece if (each.id, draw) not in writer.done}
    if not lacking:
        return
    asked = [each for each in piece if each.id in lacking or not model.apart]
    for question, replies in zip(asked, _answers(asked, model, draw), strict=True):
        if question.id in lacking:
            yield _row(exam, question, replies, model, draw)


def _answers(piece: Sequence[Question], model: TaskModel, draw: int) -> list[list[list[Reply]]]:
    """What the model gave: of each question, for each request, for each of the task's own repeats."""
    asked = [(place, each) for place, question in enumerate(piece) for each in _asked(question, model)]
    replies: list[list[list[Reply]]] = [[[] for _ in question.requests] for question in piece]
    repeats = max(_repeats(question) for question in piece)
    for repeat in range(repeats):
        for kind in sorted({request.request_type for _, request in asked}):
            chosen = [
                (place, request)
                for place, request in asked
                if request.request_type == kind and repeat < _repeats(piece[place])
            ]
            name = f"{piece[0].id}+{len(piece)}"
            given = model.answer(
                kind, [request for _, request in chosen], name=name, draw=draw * repeats + repeat
            )
            for (place, request), reply in zip(chosen, given, strict=True):
                replies[place][request.idx].append(reply)
    return replies


def _asked(question: Question, model: TaskModel) -> Iterator[Any]:
    for request in question.requests:
        asked = copy(request)
        if request.request_type == GENERATE:
            asked.arguments = (request.args[0], settings_of(request.args[1], model), *request.args[2:])
        yield asked


def _repeats(question: Question) -> int:
    """How often the task itself asks, for a vote; what is deterministic need not be asked again."""
    said = getattr(question.task.config, "repeats", 1) or 1
    return int(said) if question.requests[0].request_type == GENERATE else 1


def _row(
    exam: TaskExam, question: Question, replies: list[list[Reply]], model: TaskModel, draw: int
) -> ItemRow:
    wrong = next((one.error for each in replies for one in each if one.error), None)
    if wrong is not None:
        return _failed(question, draw, wrong)
    name = question.task.task_name
    given = [[one.value for one in each] for each in replies]
    values: Mapping[str, float] = graded(question.task, question.doc, question.requests, given)
    score = values.get(exam.measures[name][0].name)
    cut_prompt = {"prompt_cut": True} if model.cuts(question.prompt, _limit(question, model) or 0) else {}
    return ItemRow(
        item_id=question.id,
        draw=draw,
        prompt_hash=content_hash(question.asked),
        prompt=question.prompt,
        response=_said(question, given),
        status="truncated" if replies[0][0].cut else "ok",
        score=score,
        low=score,
        high=score,
        values=values,
        tags={f"task:{name}": score} if score is not None and len(exam.measures) > 1 else {},
        meta=_meta(question, given) | cut_prompt,
    )


def _failed(question: Question, draw: int, error: str) -> ItemRow:
    return ItemRow(
        item_id=question.id,
        draw=draw,
        prompt_hash=content_hash(question.asked),
        prompt=question.prompt,
        status="failed",
        score=None,
        coverage=0.0,
        low=0.0,
        high=1.0,
        meta={"error": error},
    )


def _said(question: Question, replies: list[list[Any]]) -> str:
    """The answer as text: what was generated, or the likeliest of the choices."""
    if question.requests[0].request_type == GENERATE:
        return str(replies[0][0])
    if len(question.requests) == 1:
        return ""
    best = max(range(len(replies)), key=lambda index: replies[index][0][0])
    return str(question.requests[best].args[1]).strip()


def _meta(question: Question, replies: list[list[Any]]) -> dict[str, Any]:
    meta: dict[str, Any] = {"reference": str(question.task.doc_to_target(question.doc))}
    if question.requests[0].request_type == GENERATE:
        return meta | ({"repeats": replies[0]} if len(replies[0]) > 1 else {})
    return meta | {"loglikelihoods": [_number(each[0]) for each in replies]}


def _number(reply: Any) -> float:
    return float(reply[0] if isinstance(reply, tuple | list) else reply)


def _limit(question: Question, model: TaskModel) -> int | None:
    if question.requests[0].request_type != GENERATE:
        return None
    return int(settings_of(question.requests[0].args[1], model)["max_gen_toks"])


def _sampled(question: Question, model: TaskModel) -> bool:
    request = question.requests[0]
    if request.request_type != GENERATE:
        return False
    settings = settings_of(request.args[1], model)
    return bool(settings.get("do_sample", False)) and settings.get("temperature", 1.0) > 0
