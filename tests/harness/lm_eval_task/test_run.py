"""A real tiny model on local tasks: the same figures as lm-eval's own, resumed, paired."""

from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.errors import ExamError
from rvpo.harness.lm_eval_task import load_task_exam, run, run_lm_eval
from rvpo.harness.lm_eval_task.model import HarnessModel
from rvpo.results import DifferentExams, compare, open_run


def arguments(task: str, tasks: Path, model: Path, out: Path, *more: str) -> list[str]:
    return ["eval", f"lm-eval:{task}", "--data", str(tasks), "--model", str(model), "--out", str(out), *more]


def test_figures_are_lm_evals_own(tasks: Path, tiny_model: Path, tmp_path: Path) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    model = HarnessModel(str(tiny_model), batch_size=8)
    exam = load_task_exam("say", include=tasks, fewshot=0)
    ours = run_lm_eval(exam, model, tmp_path / "run")
    manager = TaskManager(include_path=str(tasks), include_defaults=False)
    evaluate: Any = simple_evaluate  # its decorator hides its parameters
    theirs: Any = evaluate(model.lm, tasks=["say"], task_manager=manager, bootstrap_iters=0)
    samples = [each for each in theirs["samples"]["say"] if each["filter"] == "whole"]
    assert [row.response for row in ours.items] == [each["resps"][0][0] for each in samples]
    assert [row.values["exact_match[whole]"] for row in ours.items] == [
        each["exact_match"] for each in samples
    ]
    assert [row.prompt for row in ours.items] == [each["arguments"][0][0] for each in samples]
    assert ours.manifest.identity["limits"] == [6]
    assert "answers are cut at 6 tokens, as the task has it (--max-tokens)" in ours.manifest.notes
    assert len(ours.manifest.identity["model"]["weights"]["sha256"]) == 64


def test_a_limit_that_the_task_does_not_say_is_lm_evals(
    tasks: Path, tiny_model: Path, tmp_path: Path
) -> None:
    task = tasks / "say.yaml"
    task.write_text(task.read_text().replace(", max_gen_toks: 6", ""))
    exam = load_task_exam("say", include=tasks, limit=1)
    (note,) = run_lm_eval(exam, HarnessModel(str(tiny_model)), tmp_path / "run").manifest.notes
    assert note == "answers are cut at lm-eval's own 256 tokens, for the task says none (--max-tokens)"
    said = HarnessModel(str(tiny_model), max_tokens=8)
    assert run_lm_eval(exam, said, tmp_path / "said").manifest.notes == ()


def test_a_run_cut_short_goes_on_and_comes_out_the_same(
    tasks: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PIECE", 8)
    exam = load_task_exam("say", include=tasks)
    model = HarnessModel(str(tiny_model), temperature=1.0, seed=3)
    whole = run_lm_eval(exam, model, tmp_path / "whole", draws=2)
    by_item = [{row.response for row in whole.items if row.item_id == each.id} for each in exam.questions]
    assert sum(len(said) == 2 for said in by_item) > 20  # the draws are not one and the same
    asked: list[str] = []
    answer = model.answer

    def dying(kind: str, requests: Any, *, name: str, draw: int) -> list[Any]:
        asked.append(name)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return answer(kind, requests, name=name, draw=draw)

    monkeypatch.setattr(model, "answer", dying)
    with pytest.raises(KeyboardInterrupt):
        run_lm_eval(exam, model, tmp_path / "cut", draws=2)
    journal = tmp_path / "cut" / "items.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 32
    journal.write_bytes(b"".join(lines[:29]) + lines[29][:40])  # killed amid a row of the fourth piece
    done = run_lm_eval(exam, model, tmp_path / "cut", draws=2)
    assert sorted(done.items, key=str) == sorted(whole.items, key=str)
    assert len(asked) == 5 + 3  # the torn piece and the two after it


def test_two_checkpoints_are_paired_and_two_exams_are_not(
    tasks: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments("fox", tasks, tiny_model, tmp_path / "a")) == 0
    assert "lm-eval fox" in capsys.readouterr().out
    assert main(arguments("fox", tasks, tiny_model, tmp_path / "b", "--seed", "1")) == 0
    assert main(arguments("fox", tasks, tiny_model, tmp_path / "c", "--fewshot", "1")) == 0
    a, b, c = (open_run(tmp_path / name) for name in "abc")
    assert compare(a, b).n_items == 24
    with pytest.raises(DifferentExams, match="24 of 24 common items were shown differently"):
        compare(a, c)
    assert main(arguments("fox", tasks, tiny_model, tmp_path / "a", "--chat-template")) == 2
    assert "holds another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "no-model: no such model folder"),
        (["--likelihood"], "--likelihood means nothing to lm-eval:say"),
        (["--sample", "2"], "--sample means nothing to lm-eval:say"),
        (["--judge", "judge.yaml"], "--judge means nothing to lm-eval:say"),
        (["--base-url", "http://127.0.0.1:1", "--chat-template"], "an endpoint puts its own around"),
    ],
)
def test_refusals(
    more: list[str], said: str, tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "no-model"
    assert main(arguments("say", tasks, model, tmp_path / "run", *more)) == 2
    assert said in capsys.readouterr().err


def test_prompts_that_do_not_fit_are_marked(tasks: Path, tiny_model: Path, tmp_path: Path) -> None:
    exam = load_task_exam("say", include=tasks, limit=2)
    with pytest.raises(
        ExamError, match="answers of 1024 tokens leave no room for a prompt: the model takes 1024"
    ):
        run_lm_eval(exam, HarnessModel(str(tiny_model), max_tokens=1024), tmp_path / "none")
    model = HarnessModel(str(tiny_model))
    assert "prompt_cut" not in run_lm_eval(exam, model, tmp_path / "run").items[0].meta
    vars(model.lm)["_max_length"] = 12  # 6 are the answer's
    rows = run_lm_eval(exam, model, tmp_path / "few").items
    assert [row.meta["prompt_cut"] for row in rows] == [True, True]


def test_draws_by_likelihood_are_refused(tasks: Path, tiny_model: Path, tmp_path: Path) -> None:
    exam = load_task_exam("fox", include=tasks, limit=2)
    with pytest.raises(ExamError, match="2 draws would be the same answer"):
        run_lm_eval(exam, HarnessModel(str(tiny_model), temperature=1.0), tmp_path / "run", draws=2)
