"""Runs: scores by hand, holes and failures, and every (item, draw) exactly once whatever stopped an earlier start."""

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.errors import ExamError, SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.items import prompt_hash
from rvpo.harness.run import ExamProgress, run_exam
from rvpo.harness.samplers import Ask, Completion
from rvpo.judges import JudgeConfig, ScriptedReply
from rvpo.results import Run, RunFolderError, open_run
from rvpo.rubrics import Rubric

MakeExam = Callable[..., Exam]


class Scripted:
    """A sampler that answers ``<item> <draw> fox``, fails where told to, and stops where told to."""

    batch_size = 2

    def __init__(self, *, fail: Sequence[str] = (), stop_after: int | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        self._fail = set(fail)
        self._stop_after = stop_after

    def identity(self) -> Mapping[str, Any]:
        return {"sampler": "scripted"}

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        for start in range(0, len(asks), self.batch_size):
            if self._stop_after is not None and start >= self._stop_after:
                raise KeyboardInterrupt
            batch = asks[start : start + self.batch_size]
            self.asked += [(ask.item.id, ask.draw) for ask in batch]
            yield [self._answer(ask) for ask in batch]

    def _answer(self, ask: Ask) -> Completion:
        if ask.item.id in self._fail:
            return Completion.failed(ask, "transport: refused")
        return Completion(
            item_id=ask.item.id,
            draw=ask.draw,
            text=f"{ask.item.id} {ask.draw} fox",
            finish_reason="length" if ask.draw else "stop",
            completion_tokens=3,
        )


def _keys(run: Run) -> list[tuple[str, int]]:
    return sorted((row.item_id, row.draw) for row in run.items)


def _all(items: int, draws: int) -> list[tuple[str, int]]:
    return sorted((f"item-{item}", draw) for item in range(items) for draw in range(draws))


def test_rows_hold_what_was_said_and_earned(make_exam: MakeExam, rules: JudgeConfig, tmp_path: Path) -> None:
    exam = make_exam(3)
    seen: list[ExamProgress] = []
    run = run_exam(exam, Scripted(), rules, tmp_path / "run", draws=2, on_progress=seen.append)
    assert _keys(run) == _all(3, 2)
    row = next(row for row in run.items if (row.item_id, row.draw) == ("item-1", 1))
    # Both criteria are met: it says fox (3 points) in 12 characters (1 point): 4 of 4.
    assert (row.score, row.coverage, row.low, row.high) == (1.0, 1.0, 1.0, 1.0)
    assert (row.response, row.status) == ("item-1 1 fox", "truncated")
    assert row.values == {"says_fox": 1.0, "short": 1.0}
    assert row.tags == {"animals": 1.0}
    assert row.prompt_hash == prompt_hash(exam.items[1].messages)
    assert row.meta == {"finish_reason": "length", "prompt_tokens": 0, "completion_tokens": 3}
    assert len(run.verdicts) == 12
    assert {verdict.draw for verdict in run.verdicts if verdict.item_id == "item-1"} == {0, 1}
    assert run.manifest.counts == {"failed": 0, "truncated": 3, "holes": 0, "rows": 6}
    assert (run.manifest.planned, run.sealed, run.manifest.kind) == (6, True, "eval")
    assert seen[0] == ExamProgress(planned=6, done=0)
    assert seen[-1] == ExamProgress(planned=6, done=6)


def test_a_stopped_run_goes_on_where_it_was(make_exam: MakeExam, rules: JudgeConfig, tmp_path: Path) -> None:
    exam, out = make_exam(5), tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_exam(exam, Scripted(stop_after=6), rules, out, draws=2)
    first = open_run(out)
    assert not first.sealed
    # Six were answered; all but at most the last batch of two are in the journal.
    assert 4 <= len(first.items) <= 6
    again = Scripted()
    run = run_exam(exam, again, rules, out, draws=2)
    assert _keys(run) == _all(5, 2)
    assert sorted(again.asked) == sorted(set(_all(5, 2)) - set(_keys(first)))
    finished = Scripted()
    assert run_exam(exam, finished, rules, out, draws=2).items == run.items
    assert finished.asked == []


def test_holes_widen_the_bounds_and_never_score(
    make_exam: MakeExam, judged_rubric: Rubric, tmp_path: Path
) -> None:
    judge = JudgeConfig(
        judge="scripted",
        store=":memory:",
        replies=(
            ScriptedReply(criterion="fox", say=(True,)),
            ScriptedReply(criterion="dog", fail="timeout"),
            ScriptedReply(criterion="rude", contains="item-1", say=(True,)),
            ScriptedReply(criterion="rude", say=(False,)),
        ),
    )
    run = run_exam(make_exam(2, judged_rubric), Scripted(), judge, tmp_path / "run")
    polite, rude = sorted(run.items, key=lambda row: row.item_id)
    # Points fox 5, dog 5 (a hole), rude -5. Judged positive points: 5. Polite: 5 / 5; rude: (5 - 5) / 5.
    assert (polite.score, rude.score) == (1.0, 0.0)
    # The whole rubric has 10 positive points; the dog is worth 0 or 5 of them. Judged: 10 of 15 absolute points.
    assert (polite.low, polite.high, rude.low, rude.high) == (0.5, 1.0, 0.0, 0.5)
    assert polite.coverage == pytest.approx(10 / 15)
    assert rude.values == {"fox": 1.0, "dog": None, "rude": 0.0}
    assert [verdict.status for verdict in run.verdicts if verdict.criterion_id == "dog"] == ["timeout"] * 2
    assert run.manifest.counts["holes"] == 2


def test_failed_draws_are_written_last_without_a_score(
    make_exam: MakeExam, rules: JudgeConfig, tmp_path: Path
) -> None:
    run = run_exam(make_exam(4), Scripted(fail=["item-0"]), rules, tmp_path / "run")
    failed = run.items[-1]
    assert (failed.item_id, failed.status, failed.score, failed.coverage) == ("item-0", "failed", None, 0.0)
    assert (failed.low, failed.high, failed.values) == (0.0, 1.0, {})
    assert failed.meta["error"] == "transport: refused"
    assert run.manifest.counts == {"failed": 1, "truncated": 0, "holes": 0, "rows": 4}


def test_a_failed_draw_of_a_stopped_run_is_tried_again(
    make_exam: MakeExam, rules: JudgeConfig, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_exam(make_exam(6), Scripted(fail=["item-1"], stop_after=4), rules, tmp_path / "run")
    run = run_exam(make_exam(6), Scripted(), rules, tmp_path / "run")
    assert _keys(run) == _all(6, 1)
    assert {row.status for row in run.items} == {"ok"}


def test_a_model_that_answers_nothing_is_an_error_soon(
    make_exam: MakeExam, rules: JudgeConfig, tmp_path: Path
) -> None:
    dead = Scripted(fail=[f"item-{number}" for number in range(9)])
    with pytest.raises(
        SamplerError, match=r"answers nothing: all of the first 2 .* 'item-0' with transport: refused"
    ):
        run_exam(make_exam(9), dead, rules, tmp_path / "run")
    assert len(dead.asked) == 2
    assert open_run(tmp_path / "run").items == ()


def test_refusals(make_exam: MakeExam, judged_rubric: Rubric, rules: JudgeConfig, tmp_path: Path) -> None:
    with pytest.raises(ExamError, match="criterion 'fox' of rubric 'judged' needs a model to judge it"):
        run_exam(make_exam(2, judged_rubric), Scripted(), rules, tmp_path / "run")
    with pytest.raises(ExamError, match="no items"):
        run_exam(make_exam(0), Scripted(), rules, tmp_path / "run")
    with pytest.raises(ExamError, match="draws: got 0"):
        run_exam(make_exam(1), Scripted(), rules, tmp_path / "run", draws=0)
    assert not (tmp_path / "run").exists()
    run_exam(make_exam(2), Scripted(), rules, tmp_path / "run")
    with pytest.raises(RunFolderError, match=r"draws 1 there, 2 here"):
        run_exam(make_exam(2), Scripted(), rules, tmp_path / "run", draws=2)


def test_killed_in_the_middle_every_draw_is_there_once(
    tiny_model: Path,
    write_rows: Callable[[str, list[dict[str, Any]]], Path],
    kill_and_resume: Callable[..., Any],
    tmp_path: Path,
) -> None:
    rows = [{"id": f"item-{number}", "prompt": f"What is {number}?", "calls": []} for number in range(12)]
    data, out = write_rows("items.jsonl", rows), tmp_path / "run"
    model = ["--model", tiny_model, "--draws", 3, "--temperature", 1, "--batch-size", 4, "--max-tokens", 64]
    run = kill_and_resume(["eval", "tool_calls", "--data", data, *model, "--out", out], out, 36).after
    assert _keys(run) == _all(12, 3)
    assert len(run.verdicts) == 36 * 6
