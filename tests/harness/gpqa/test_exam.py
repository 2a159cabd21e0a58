"""The exam itself: oracle 1, constant letter .25, cold, warm, in memory, twice in a process, in another process."""

import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scipy.stats import binom

from rvpo.harness.errors import ExamError
from rvpo.harness.exam import Exam, load_exam
from rvpo.harness.gpqa.exam import ChoiceExam, load_gpqa, with_options
from rvpo.harness.gpqa.prompt import Template
from rvpo.harness.gpqa.questions import ChoiceItem
from rvpo.harness.items import ExamItem
from rvpo.harness.judging import failed_row
from rvpo.harness.run import run_exam
from rvpo.harness.samplers import Ask, Completion
from rvpo.harness.summary import summarise
from rvpo.judges import JudgeConfig
from rvpo.results import (
    DifferentExams,
    ItemRow,
    Run,
    RunFolderError,
    RunWriter,
    compare,
    new_manifest,
    open_run,
)

MakeSpeaker = Callable[..., Any]
Reply = Callable[[Ask], str]


def _sit(exam: Exam, sampler: Any, out: Path, draws: int = 8) -> Run:
    return run_exam(exam, sampler, JudgeConfig(judge="rules"), out, draws=draws)


def _score(run: Run) -> float:
    return sum(row.score or 0.0 for row in run.items) / len(run.items)


def _pages(exam: ChoiceExam, draws: int = 8) -> list[tuple[str, str | None]]:
    shown = [exam.shown(item, draw) for item in exam.items for draw in range(draws)]
    return [(item.messages[0]["content"], item.reference) for item in shown]


def test_an_oracle_is_always_right_cold_warm_and_in_memory(
    invented: Path, speaker: MakeSpeaker, reader_of_pages: Reply, tmp_path: Path
) -> None:
    cold = load_gpqa(invented)
    warm = load_gpqa(invented)
    in_memory = msgspec.structs.replace(
        cold, items=tuple(msgspec.structs.replace(item) for item in cold.items)
    )
    for number, exam in enumerate((cold, warm, in_memory, cold)):
        run = _sit(exam, speaker(reader_of_pages), tmp_path / str(number))
        assert len(run.items) == 24 * 8
        assert _score(run) == 1.0
        assert all(row.meta["oracle"] is True for row in run.items)
    assert _pages(cold) == _pages(warm) == _pages(in_memory)


@pytest.mark.parametrize("letter", "ABCD")
def test_a_constant_letter_scores_a_quarter(
    exam: ChoiceExam, speaker: MakeSpeaker, tmp_path: Path, letter: str
) -> None:
    run = _sit(exam, speaker(lambda _ask: f"Answer: {letter}"), tmp_path / "run")
    right = round(_score(run) * 192)
    # 192 independent orders: Binomial(192, 1/4), 99.9 % of it.
    low, high = binom.interval(0.999, 192, 0.25)
    assert low <= right <= high
    assert right == sum(row.meta["reference"] == letter for row in run.items)


def test_two_processes_with_other_hash_seeds_hold_the_same_exam(exam: ChoiceExam, invented: Path) -> None:
    program = (
        "import json, sys\n"
        "from rvpo.harness.gpqa.exam import load_gpqa\n"
        "exam = load_gpqa(sys.argv[1])\n"
        "shown = [exam.shown(item, draw) for item in exam.items for draw in range(8)]\n"
        "print(json.dumps([exam.identity(), [[s.messages[0]['content'], s.reference] for s in shown]]))"
    )
    for seed in ("1", "777"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(invented)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert json.loads(done.stdout) == [exam.identity(), [list(page) for page in _pages(exam)]]


def test_the_order_of_the_file_does_not_matter(exam: ChoiceExam) -> None:
    items = list(exam.items)
    random.Random(3).shuffle(items)
    mixed = msgspec.structs.replace(exam, items=tuple(items))
    assert sorted(_pages(mixed)) == sorted(_pages(exam))
    half = exam.subset(sample=12, seed=1)
    assert isinstance(half, ChoiceExam)
    assert set(_pages(half)) <= set(_pages(exam))


def test_a_prompt_that_contradicts_the_key_is_refused(
    exam: ChoiceExam, tmp_path: Path, speaker: MakeSpeaker
) -> None:
    swapped = Template("user", "{{question}}\nA) {{B}}\nB) {{A}}\nC) {{C}}\nD) {{D}}")
    with pytest.raises(
        ExamError,
        match=r"item 'rec-invented-00' draw 0: template 'user' shows the right option under B, the key says A",
    ):
        _sit(msgspec.structs.replace(exam, template=swapped), speaker(str), tmp_path / "run")
    unlabelled = Template("user", "{{question}}\n{{A}}\n{{B}}\n{{C}}\n{{D}}")
    with pytest.raises(ExamError, match=r"under no letter"):
        msgspec.structs.replace(exam, template=unlabelled).check(1)
    assert not (tmp_path / "run").exists()


def test_rows_hold_no_text_unless_asked(exam: ChoiceExam, speaker: MakeSpeaker, tmp_path: Path) -> None:
    def quote(ask: Ask) -> str:
        return f"{ask.item.messages[0]['content']}\nAnswer: A"

    private = _sit(exam, speaker(quote), tmp_path / "private", draws=1)
    plain = b"".join(path.read_bytes() for path in sorted((tmp_path / "private").glob("*.json")))
    everything = plain + msgspec.json.encode([private.items, private.verdicts])
    assert exam.items[0].id.encode() in everything
    assert all(item.question.encode() not in everything for item in exam.items)
    assert {row.prompt + row.response for row in private.items} == {""}
    assert not any("publication" in note for note in private.manifest.notes)
    kept = _sit(with_options(exam, None, with_text=True), speaker(quote), tmp_path / "kept", draws=1)
    assert kept.items[0].response == quote(Ask(exam.shown(exam.items[0], 0)))
    assert exam.items[0].question in kept.items[0].prompt
    assert [row.score for row in kept.items] == [row.score for row in private.items]
    assert any("not for publication" in note for note in kept.manifest.notes)
    with pytest.raises(RunFolderError, match="stores_text"):
        _sit(exam, speaker(quote), tmp_path / "kept", draws=1)


def test_runs_read_in_other_ways_are_not_compared(
    exam: ChoiceExam,
    speaker: MakeSpeaker,
    reader_of_pages: Reply,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = _sit(exam, speaker(reader_of_pages), tmp_path / "now", draws=1)
    monkeypatch.setattr("rvpo.harness.gpqa.exam.EXTRACT", "gpqa-extract/2")
    later = _sit(exam, speaker(reader_of_pages), tmp_path / "later", draws=1)
    with pytest.raises(DifferentExams, match=r"exam.extractor is 'gpqa-extract/1' .* 'gpqa-extract/2'"):
        compare(now, later, seed=0)


def test_an_imported_run_of_the_same_name_has_no_health(tmp_path: Path) -> None:
    manifest = new_manifest("eval", "gpqa_diamond", {"model": "m"})
    with RunWriter.open(tmp_path / "run", manifest) as writer:
        writer.append(ItemRow(item_id="a", prompt_hash="p", score=1.0))
        writer.seal()
    assert summarise(open_run(tmp_path / "run")).health is None


def test_an_error_that_quotes_the_question_is_cut(exam: ChoiceExam) -> None:
    shown = exam.shown(exam.items[0], 0)
    quoting = failed_row(shown, Completion.failed(Ask(shown), f"bad_request: cannot read: {shown.question}"))
    plain = failed_row(shown, Completion.failed(Ask(shown), "timeout: 600 s"))
    assert exam.written(shown, quoting).meta["error"] == "bad_request"
    assert exam.written(shown, plain).meta["error"] == "timeout: 600 s"


def test_failed_draws_hold_no_text_and_no_score(
    exam: ChoiceExam, write_rows: Callable[..., Path], tmp_path: Path
) -> None:
    from rvpo.harness.replay_sampler import ReplaySampler

    some = write_rows("said.jsonl", [{"id": item.id, "response": "Answer: A"} for item in exam.items[:20]])
    run = _sit(exam, ReplaySampler(some), tmp_path / "run", draws=1)
    failed = [row for row in run.items if row.status == "failed"]
    assert len(failed) == 4
    assert {(row.score, row.low, row.high, row.prompt, str(row.tags)) for row in failed} == {
        (None, 0.0, 1.0, "", "{}")
    }


def test_domains_are_tags_that_runs_are_compared_by(
    exam: ChoiceExam, speaker: MakeSpeaker, reader_of_pages: Reply, tmp_path: Path
) -> None:
    right = _sit(exam, speaker(reader_of_pages), tmp_path / "right")
    wrong = _sit(exam, speaker(lambda _ask: "Answer: A"), tmp_path / "wrong")
    found = compare(wrong, right, seed=0)
    assert found.mean_b == 1.0
    assert found.n_items == 24
    assert {effect.name for effect in found.by_tag} >= {
        "domain:Physics",
        "domain:Chemistry",
        "domain:Biology",
    }
    assert found.by_criterion == ()
    other = msgspec.structs.replace(exam, template=Template("user", "{{question}}\n{{options}}"))
    different = _sit(other, speaker(reader_of_pages), tmp_path / "other")
    with pytest.raises(DifferentExams, match="shown differently"):
        compare(right, different, seed=0)


def test_a_stopped_run_goes_on(
    exam: ChoiceExam, speaker: MakeSpeaker, reader_of_pages: Reply, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        _sit(exam, speaker(reader_of_pages, stop_after=96), tmp_path / "run")
    before = {(row.item_id, row.draw) for row in open_run(tmp_path / "run").items}
    assert before
    again = speaker(reader_of_pages)
    run = _sit(exam, again, tmp_path / "run")
    assert len(run.items) == 192
    assert not before & set(again.asked)
    assert _score(run) == 1.0


def test_the_identity_names_all_that_decides(exam: ChoiceExam, edited: Callable[[str, str], Path]) -> None:
    named = exam.identity()
    assert (named["shuffle"], named["extractor"], named["template"]) == (
        "v1",
        "gpqa-extract/1",
        "gpqa-reasoned/1",
    )
    variants = [
        with_options(exam, None, likelihood=True),
        with_options(exam, None, with_text=True),
        load_gpqa(edited("total momentum", "Total momentum")),
        load_gpqa(edited("Relativity", "Special relativity")),
        exam.subset(limit=3),
    ]
    identities = [json.dumps(each.identity(), sort_keys=True) for each in (exam, *variants)]
    assert len(set(identities)) == len(identities)


def test_refusals(exam: ChoiceExam) -> None:
    with pytest.raises(ExamError, match=r"gpqa_diamond needs its data.*dataset.zip.*Idavidrein/gpqa"):
        load_exam("gpqa_diamond")
    with pytest.raises(ExamError, match="marked by its own key"):
        load_exam("gpqa_diamond", "x.csv", exam.items[0].rubric)


class _Restless(ChoiceExam, frozen=True, kw_only=True):
    """An exam whose orders change from call to call, as in harnesses that shuffle by a generator with a state."""

    def shown(self, item: ExamItem, draw: int) -> ChoiceItem:
        return super().shown(item, next(_CALLS))


_CALLS = itertools.count()


def test_replies_are_marked_against_the_page_that_was_shown(
    exam: ChoiceExam, speaker: MakeSpeaker, reader_of_pages: Reply, tmp_path: Path
) -> None:
    fields = {name: getattr(exam, name) for name in exam.__struct_fields__}
    restless = _Restless(**fields)
    assert restless.shown(exam.items[0], 0) != restless.shown(exam.items[0], 0)
    assert _score(_sit(restless, speaker(reader_of_pages), tmp_path / "run", draws=2)) == 1.0
