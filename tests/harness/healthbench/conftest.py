"""Small HealthBench runs whose figures can be worked out by hand, and the published sample judged as the golden says."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rvpo.harness.exam import Exam, load_exam
from rvpo.harness.items import ExamItem
from rvpo.harness.judging import failed_row, judged_rows
from rvpo.harness.samplers import Completion
from rvpo.judges import JudgeRequest, Verdict
from rvpo.judges.records import JudgeIdentity
from rvpo.judges.vectors import RubricPlan, build_vector
from rvpo.results import ItemRow, Run, RunWriter, VerdictRow, new_manifest, open_run
from rvpo.rubrics import Rubric, rubric_from_healthbench
from rvpo.rubrics.score import Met

ROW: dict[str, Any] = {
    "prompt_id": "p",
    "prompt": [{"role": "user", "content": "hi"}],
    "example_tags": ["theme:hedging"],
    "rubrics": [
        {"criterion": "Is kind.", "points": 5, "tags": ["axis:accuracy", "cluster:kind"]},
        {"criterion": "Is short.", "points": 3, "tags": ["axis:completeness"]},
        {"criterion": "Is rude.", "points": -4, "tags": ["axis:accuracy"]},
    ],
}


def rows_as_judged(item: ExamItem, met: Sequence[Met], draw: int = 0) -> tuple[ItemRow, list[VerdictRow]]:
    """The rows that a run writes when the judge says this of an answer; ``None`` is a timeout."""
    identity = JudgeIdentity(kind="scripted")
    verdicts = [
        Verdict(
            criterion_id=criterion.id,
            score=None if each is None else float(each),  # type: ignore[arg-type]
            status="timeout" if each is None else "ok",
            judge=identity,
            criterion_hash="h",
        )
        for criterion, each in zip(item.rubric.criteria, met, strict=True)
    ]
    completion = Completion(item_id=item.id, draw=draw, text="hello")
    request = JudgeRequest(rubric=item.rubric, prompt=item.messages, response="hello", id=item.id)
    return judged_rows(item, completion, build_vector(request, RubricPlan(item.rubric), verdicts))


@pytest.fixture
def small_rubric() -> Rubric:
    """5 points for kind, 3 for short, -4 for rude."""
    return rubric_from_healthbench(ROW)


@pytest.fixture
def health_run(tmp_path: Path, small_rubric: Rubric) -> Callable[..., Run]:
    """``health_run("a", [[(True, False, False)], [None]])``: answers' verdicts by item and draw; ``None`` failed."""

    def make(name: str, items: Sequence[Sequence[Sequence[Met] | None]], *, seal: bool = True) -> Run:
        planned = sum(map(len, items))
        manifest = new_manifest("eval", "healthbench", {"model": name}, title=name, planned=planned)
        with RunWriter.open(tmp_path / name, manifest) as writer:
            for number, draws in enumerate(items):
                item = ExamItem(
                    id=f"i{number}",
                    messages=({"role": "user", "content": f"q{number}"},),
                    rubric=small_rubric,
                )
                for draw, met in enumerate(draws):
                    if met is None:
                        ask = Completion(item_id=item.id, draw=draw, finish_reason="failed", error="refused")
                        writer.append(failed_row(item, ask))
                    else:
                        writer.append(*rows_as_judged(item, met, draw))
            if seal:
                writer.seal(tables=True)
        return open_run(tmp_path / name)

    return make


@pytest.fixture(scope="session")
def golden(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (shared / "golden/healthbench_sample.json").read_text(encoding="utf-8")
    )
    return found


@pytest.fixture(scope="session")
def sample_exam(shared: Path) -> Exam:
    return load_exam("healthbench", shared / "data/healthbench_sample.jsonl")


@pytest.fixture(scope="session")
def golden_run(sample_exam: Exam, golden: dict[str, Any]) -> Run:
    """The published sample with the golden's verdicts, as a run in memory."""
    judged = [
        rows_as_judged(item, met) for item, met in zip(sample_exam.items, golden["verdicts"], strict=True)
    ]
    manifest = msgspec.structs.replace(
        new_manifest("eval", "healthbench", {"model": "golden"}, planned=len(judged)), sealed="then"
    )
    return Run(
        folder=Path("golden"),
        manifest=manifest,
        items=tuple(row for row, _ in judged),
        verdicts=tuple(verdict for _, verdicts in judged for verdict in verdicts),
    )
