"""``rvpo verify``: what it passes, and that each kind of damage is one line and status 1."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rvpo.harness.cli import main
from rvpo.harness.exam import Exam
from rvpo.harness.replay_sampler import ReplaySampler
from rvpo.harness.rescoring import rescored
from rvpo.harness.run import run_exam
from rvpo.harness.verifying import verify_run
from rvpo.judges import JudgeConfig, ScriptedReply
from rvpo.results import Run, RunWriter, open_run
from rvpo.results.reader import file_hash
from rvpo.results.tables import seal_rows
from rvpo.rubrics import Rubric, parse_rubric

WriteRows = Callable[[str, Sequence[dict[str, Any]]], Path]

GATED = """
id: gated
tags: [theme:t]
criteria:
  - {id: fox, criterion: Mentions the fox., points: 5, tags: [axis:a, level:l]}
  - {id: safe, criterion: Is safe., points: 3, gate: required, tags: [axis:b]}
  - {id: rude, criterion: Is rude., points: -4, polarity: met_is_bad, tags: [axis:a]}
"""


@pytest.fixture
def rubric() -> Rubric:
    return parse_rubric(GATED)


@pytest.fixture
def sealed(make_exam: Callable[..., Exam], rubric: Rubric, write_rows: WriteRows, tmp_path: Path) -> Run:
    """Four items judged by a script: a gate that fails, a hole, a fault; one item without an answer."""
    said = [{"id": f"item-{number}", "response": f"answer {number}"} for number in range(3)]
    judge = JudgeConfig(
        judge="scripted",
        store=":memory:",
        replies=(
            ScriptedReply(criterion="safe", contains="answer 1", say=(False,)),
            ScriptedReply(criterion="rude", contains="answer 2", fail="timeout"),
            ScriptedReply(criterion="rude", say=(False,)),
            ScriptedReply(say=(True,)),
        ),
    )
    sampler = ReplaySampler(write_rows("said.jsonl", said))
    return run_exam(make_exam(4, rubric), sampler, judge, tmp_path / "run")


def replaced(run: Run, **files: Any) -> None:
    """Writes tables anew and seals them, as somebody would who wants them to pass."""
    manifest = run.manifest
    hashes = dict(manifest.files)
    for name, rows in files.items():
        path = seal_rows(run.folder / f"{name}.jsonl", rows, type(rows[0]))
        hashes[path.name] = file_hash(path)
    data = msgspec.json.encode(msgspec.structs.replace(manifest, files=hashes))
    (run.folder / "manifest.json").write_bytes(data)


def test_a_sealed_run_passes(sealed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(sealed.folder)]) == 0
    said = f"{sealed.folder}: as sealed: 3 files, 4 draws, 4 of them scored again from 9 verdicts\n"
    assert capsys.readouterr().out == said


def test_scores_come_back_from_the_verdicts_alone(sealed: Run) -> None:
    by_id = {stored.item_id: (stored, again) for stored, again in rescored(sealed)}
    for stored, again in by_id.values():
        assert again == stored
    # Item 1: 5 of 8 points, but its gate failed; item 2: 8 of 8 judged, the fault a hole that may cost 4 of 8.
    assert by_id["item-1"][0].score == 0.0
    assert (by_id["item-2"][0].score, by_id["item-2"][0].low) == (1.0, 0.5)
    assert by_id["item-0"][0].tags == {"theme:t": 1.0, "axis:a": 1.0, "level:l": 1.0, "axis:b": 1.0}


def test_a_changed_file_is_named(sealed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    path = sealed.folder / "summary.json"
    path.write_text(path.read_text().replace('"scored": 3', '"scored": 4'))
    assert main(["verify", str(sealed.folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}: changed since it was sealed")
    assert lines[1] == f"{path}: scored is 4, by the verdicts 3"
    assert len(lines) == 2


def test_a_score_that_its_verdicts_do_not_give(sealed: Run) -> None:
    items = [msgspec.structs.replace(row, score=0.9) if row.score == 1.0 else row for row in sealed.items]
    replaced(sealed, items=items)
    found = verify_run(sealed.folder).differences
    assert found == (
        f"{sealed.folder}: item 'item-0' draw 0: score is 0.9, by its verdicts 1",
        f"{sealed.folder}: item 'item-2' draw 0: score is 0.9, by its verdicts 1",
    )


def test_a_verdict_turned_changes_scores_and_summary(sealed: Run) -> None:
    verdicts = list(sealed.verdicts)
    place = next(n for n, row in enumerate(verdicts) if (row.item_id, row.criterion_id) == ("item-0", "fox"))
    verdicts[place] = msgspec.structs.replace(verdicts[place], score=0.0)
    replaced(sealed, verdicts=verdicts)
    found = verify_run(sealed.folder).differences
    # Item 0 loses 5 of 8 points: 1 -> 0.375; the mean of three items 2/3 -> 0.458333.
    assert f"{sealed.folder}: item 'item-0' draw 0: high is 1, by its verdicts 0.375" in found
    assert f"{sealed.folder / 'summary.json'}: score is 0.666667, by the verdicts 0.458333" in found


def test_a_summary_that_left_failed_draws_out_of_the_coverage(sealed: Run) -> None:
    """As summaries were before they told both; the same figures by another name."""
    path = sealed.folder / "summary.json"
    told = json.loads(path.read_text())
    # Judged: 12, 12 and 8 of 12 points; then the draw that failed.
    assert (told["coverage"], told["answered_coverage"]) == pytest.approx(
        ((1 + 1 + 8 / 12) / 4, (1 + 1 + 8 / 12) / 3)
    )
    for coverage, said in ((told.pop("answered_coverage"), ()), (0.5, "answered_coverage is 0.5")):
        path.write_text(json.dumps(told | {"coverage": coverage}))
        files = {**sealed.manifest.files, path.name: file_hash(path)}
        data = msgspec.json.encode(msgspec.structs.replace(sealed.manifest, files=files))
        (sealed.folder / "manifest.json").write_bytes(data)
        found = verify_run(sealed.folder).differences
        assert found == said or (said and said in found[0])


def test_rows_that_are_gone_or_there_twice(sealed: Run) -> None:
    replaced(sealed, items=[sealed.items[0], sealed.items[0]])
    found = verify_run(sealed.folder).differences
    assert f"{sealed.folder}: 2 rows, 4 were planned" in found
    assert f"{sealed.folder}: item {sealed.items[0].item_id!r} draw 0 is there 2 times" in found


def test_a_file_that_is_gone_or_broken(sealed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    table = sealed.folder / "verdicts.parquet"
    data = table.read_bytes()
    table.write_bytes(data[:100])
    broken = verify_run(sealed.folder).differences
    assert len(broken) == 2
    assert "cannot be read as a table of VerdictRow" in broken[1]
    table.unlink()
    assert verify_run(sealed.folder).differences == (f"{table}: cannot be read: No such file or directory",)
    assert main(["verify", str(sealed.folder / "no")]) == 2
    assert "not a run folder" in capsys.readouterr().err


def test_an_unfinished_run_is_said_to_be_one(sealed: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    manifest = msgspec.structs.replace(sealed.manifest, sealed=None, files={}, counts={})
    with RunWriter.open(other, manifest) as writer:
        writer.append(sealed.items[0], sealed.verdicts_of.get((sealed.items[0].item_id, 0), ()))
    found = verify_run(other)
    assert found.differences == (f"{other}: not finished: 1 of 4 rows; the same command goes on with it",)
    with (other / "items.jsonl").open("ab") as file:
        file.write(b'{"item_id": "item-9", "dr')
    assert verify_run(other) == found
    with RunWriter.open(other, manifest) as writer:
        assert len(writer.done) == 1
    assert (other / "items.jsonl").read_bytes().endswith(b"}\n")


def test_rows_of_the_first_version_pass_unscored(sealed: Run) -> None:
    old = [msgspec.structs.replace(row, earns=None, polarity="", tags=()) for row in sealed.verdicts]
    replaced(sealed, verdicts=old)
    found = verify_run(sealed.folder)
    # The draw that failed needs no verdict.
    assert (found.draws, found.recomputed) == (4, 1)
    assert found.differences == ()


def test_as_json(sealed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--json", str(sealed.folder), str(sealed.folder)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [each["verdicts"] for each in printed] == [9, 9]
    assert open_run(sealed.folder).items == sealed.items
