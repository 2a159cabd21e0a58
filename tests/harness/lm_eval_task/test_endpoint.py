"""A chat model behind a real HTTP server on local tasks: cut at stop sequences, resumed, its failures no scores."""

from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.errors import ExamError, SamplerError
from rvpo.harness.lm_eval_task import load_task_exam, run, run_lm_eval
from rvpo.harness.lm_eval_task.endpoint import EndpointModel
from rvpo.harness.verifying import verify_run
from rvpo.results import open_run


def test_the_command_asks_an_endpoint(
    tasks: Path, tmp_path: Path, scripted_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted_server.script(chat="fox\nQ: what jumps next?", faults=[["400", 1]])
    model = ["--base-url", scripted_server.url, "--model", "policy", "--out", str(tmp_path / "run")]
    assert main(["eval", "lm-eval:say", "--data", str(tasks), *model]) == 0
    said = capsys.readouterr().out
    # The task stops at a line's end: "fox" is right under filter "whole"; the question that was refused has no score.
    assert "draws     24 of 24, 1 failed, 0 truncated" in said
    # Filter "first" gives the score, and "f" is no right answer: 0 for 23, and for the one without an answer 0 to 1.
    assert "bounds     0.000 to  0.042  had what is missing come out worst or best" in said
    assert ["exact_match[whole]", "1.000", "23"] in [line.split() for line in said.splitlines()]
    asked = scripted_server.counts()["last"]
    assert (asked["temperature"], asked["max_tokens"]) == (0.0, 6)
    assert [turn["role"] for turn in asked["messages"]] == ["user"]
    assert asked["messages"][0]["content"].endswith("\nA:")
    verified = verify_run(tmp_path / "run")
    assert (verified.differences, verified.draws, verified.recomputed) == ((), 24, 0)
    assert (tmp_path / "run" / "items.parquet").exists()
    scripted_server.script(chat="fox")
    again = ["eval", "lm-eval:say", "--data", str(tasks), *model, "--retry-failed"]
    assert main(again) == 0
    assert "draws     24 of 24, 0 failed, 0 truncated" in capsys.readouterr().out
    assert main(again) == 0
    assert scripted_server.counts()["requests"] == 1
    assert verify_run(tmp_path / "run").differences == ()


def test_of_a_piece_cut_short_only_what_lacks_is_asked(
    tasks: Path, tmp_path: Path, scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PIECE", 8)
    scripted_server.script(chat="seed {seed}")
    exam = load_task_exam("say", include=tasks)
    model = EndpointModel(scripted_server.url, "policy", temperature=1.0, max_tokens=9, seed=3)
    whole = run_lm_eval(exam, model, tmp_path / "whole", draws=2)
    assert len({row.response for row in whole.items}) == 48  # every draw has a seed of its own
    answer, asked = model.answer, list[str]()

    def dying(kind: str, requests: Any, *, name: str, draw: int) -> Any:
        asked.append(name)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return answer(kind, requests, name=name, draw=draw)

    monkeypatch.setattr(model, "answer", dying)
    with pytest.raises(KeyboardInterrupt):
        run_lm_eval(exam, model, tmp_path / "cut", draws=2)
    journal = tmp_path / "cut" / "items.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:13]) + lines[13][:30])  # killed amid a row of the second piece
    done = run_lm_eval(exam, model, tmp_path / "cut", draws=2)
    assert asked[3:] == ["say/13+3", "say/16+8", "say/0+8", "say/8+8", "say/16+8"]
    assert sorted(done.items, key=str) == sorted(whole.items, key=str)


def test_a_model_that_answers_nothing_leaves_no_run(
    tasks: Path, tmp_path: Path, scripted_server: Any
) -> None:
    scripted_server.script(faults=[["400", 24]])
    exam = load_task_exam("say", include=tasks)
    with pytest.raises(SamplerError, match="all of the first 24 questions failed, 'say/0' with"):
        run_lm_eval(exam, EndpointModel(scripted_server.url, "policy"), tmp_path / "run")
    assert not open_run(tmp_path / "run").items


def test_an_answer_at_the_limit_is_cut(tasks: Path, tmp_path: Path, scripted_server: Any) -> None:
    scripted_server.script(faults=[["length", 2]])
    exam = load_task_exam("say", include=tasks, limit=2)
    done = run_lm_eval(exam, EndpointModel(scripted_server.url, "policy"), tmp_path / "run")
    assert [row.status for row in done.items] == ["truncated", "truncated"]


def test_likelihoods_are_not_asked_of_an_endpoint(tasks: Path, tmp_path: Path) -> None:
    model = EndpointModel("http://127.0.0.1:1", "policy")
    with pytest.raises(ExamError, match="lm-eval:both: is scored by likelihoods, which a chat endpoint"):
        run_lm_eval(load_task_exam("both", include=tasks, limit=2), model, tmp_path / "run")
    assert not (tmp_path / "run").exists()
