"""What a report of GPQA runs fills from the runs: exam health, and subdomains as clusters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rvpo.harness.cli import main
from rvpo.harness.gpqa.exam import ChoiceExam
from rvpo.harness.gpqa.page import health_panel
from rvpo.harness.run import run_exam
from rvpo.harness.samplers import Ask
from rvpo.harness.verifying import verify_run
from rvpo.judges import JudgeConfig
from rvpo.results import Run, open_run


def always_b(_: Ask) -> str:
    return "Answer: B"


def sit(exam: ChoiceExam, sampler: Any, folder: Path) -> Run:
    return run_exam(exam, sampler, JudgeConfig(judge="rules"), folder, draws=4)


def test_the_panel_holds_both_runs(
    exam: ChoiceExam, speaker: Callable[..., Any], reader_of_pages: Any, tmp_path: Path
) -> None:
    a = sit(exam, speaker(always_b), tmp_path / "a")
    b = sit(exam, speaker(reader_of_pages), tmp_path / "b")
    panel = health_panel((a, b))
    assert panel is not None
    rows = {row[0]: row[1:] for row in panel.rows}
    assert rows["Score of an oracle"] == ("1.000", "1.000")
    assert rows["Letters chosen"][0] == "A 0, B 96, C 0, D 0, none 0"
    assert rows["Replies without an option"] == ("0 of 96", "0 of 96")
    assert "100% of its answers are B" in panel.note


def test_a_run_verifies(exam: ChoiceExam, speaker: Callable[..., Any], tmp_path: Path) -> None:
    sit(exam, speaker(always_b), tmp_path / "a")
    found = verify_run(tmp_path / "a")
    assert (found.differences, found.recomputed) == ((), 96)


def test_other_exams_have_no_panel(exam: ChoiceExam, speaker: Callable[..., Any], tmp_path: Path) -> None:
    import msgspec

    run = sit(exam, speaker(always_b), tmp_path / "a")
    other = msgspec.structs.replace(run, manifest=msgspec.structs.replace(run.manifest, identity={}))
    assert health_panel((other,)) is None


def test_a_report_shows_health_and_clusters(
    exam: ChoiceExam, speaker: Callable[..., Any], reader_of_pages: Any, tmp_path: Path
) -> None:
    for name, reply in (("a", always_b), ("b", reader_of_pages)):
        sit(exam, speaker(reply), tmp_path / name)
    page = tmp_path / "r.html"
    runs = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert main(["compare", *runs, "--cluster-by", "subdomain", "--html", str(page)]) == 0
    told = page.read_text()
    subdomains = {tag for row in open_run(tmp_path / "b").items for tag in row.tags if "subdomain:" in tag}
    assert f"{len(subdomains)} clusters of items (by subdomain)" in told
    assert "Exam health" in told
    assert "Answers that repeat another draw of their item" in told
