"""The exam is the same however often it is made, and an oracle always scores 1."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.errors import ExamError
from rvpo.harness.lm_eval_task import load_task_exam, run_lm_eval
from rvpo.harness.lm_eval_task.contract import Reply


class Oracle:
    """A model that finds one of the continuations likeliest: knows the answer by its word, wherever it stands."""

    temperature, max_tokens, room, apart = None, None, 10_000, False

    def __init__(self, word: str = "fox") -> None:
        self.word = word

    def identity(self) -> Mapping[str, Any]:
        return {"sampler": "oracle", "model": self.word}

    def known(self) -> Mapping[str, Any]:
        return self.identity()

    def refuse(self, name: str, kinds: Sequence[str]) -> None:
        assert (name, set(kinds)) == ("fox", {"loglikelihood"})

    def likelihoods(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        return [(0.0 if self.word in request.args[1] else -1.0, False) for request in requests]

    def answer(self, kind: str, requests: Sequence[Any], *, name: str, draw: int) -> list[Reply]:
        assert (kind, draw) == ("loglikelihood", 0), name
        return [Reply(value=value) for value in self.likelihoods(requests)]

    def cuts(self, prompt: str, limit: int) -> bool:
        return len(prompt) + limit > self.room


def test_an_oracle_scores_one_on_a_task_that_shuffles(tasks: Path, tmp_path: Path) -> None:
    first = load_task_exam("fox", include=tasks)
    again = load_task_exam("fox", include=tasks)  # its generator has moved on; the exam has not
    assert first.identity() == again.identity()
    oracle = Oracle()
    for number, exam in enumerate((first, again)):
        run = run_lm_eval(exam, oracle, tmp_path / str(number))
        assert [row.score for row in run.items] == [1.0] * 24
        assert "fox shuffles its questions whenever they are read" in run.manifest.notes[0]
    # A constant letter: the first choice is right as often as the shuffle put it there.
    first_right = sum(question.doc["gold"] == 0 for question in first.questions)
    assert 0 < first_right < 24


def test_lm_eval_itself_scores_that_oracle_by_chance(tasks: Path) -> None:
    """The trap that is closed here, shown: the same task and oracle, the cache off, through ``simple_evaluate``."""
    import datasets
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    def likelihoods(_self: Any, requests: Any, disable_tqdm: bool = False) -> Any:
        return Oracle().likelihoods(requests)

    others = dict.fromkeys(("loglikelihood_rolling", "generate_until"), likelihoods)
    theirs: Any = type("Theirs", (LM,), {"loglikelihood": likelihoods, **others})
    manager = TaskManager(include_path=str(tasks), include_defaults=False)
    evaluate: Any = simple_evaluate  # its decorator hides its parameters
    datasets.disable_caching()
    try:
        found: Any = evaluate(theirs(), tasks=["fox"], task_manager=manager, bootstrap_iters=0)
    finally:
        datasets.enable_caching()
    assert found["results"]["fox"]["acc,none"] < 0.9


def test_limit_fewshot_and_groups(tasks: Path) -> None:
    both = load_task_exam("both", include=tasks, limit=3, fewshot=2)
    assert [each.id for each in both.questions] == [
        f"{task}/{n}" for task in ("fox", "say") for n in range(3)
    ]
    assert both.questions[0].prompt.count("Q:") == 3  # two examples, then the question
    assert {name: [each.name for each in measures] for name, measures in both.measures.items()} == {
        "fox": ["acc"],
        "say": ["exact_match[first]", "exact_match[whole]"],
    }
    bare = load_task_exam("both", include=tasks, limit=3)
    assert bare.identity()["data"] != both.identity()["data"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "fxo",
            "there is no task 'fxo' in .*tasks; they are: both, corpus, fox, say, unsafe; did you mean fox",
        ),
        ("unsafe", "lm-eval:unsafe: runs the model's own code"),
        ("corpus", r"lm-eval:corpus: none of its metrics \(bleu\) is a mean over questions"),
    ],
)
def test_refusals(name: str, said: str, tasks: Path) -> None:
    with pytest.raises(ExamError, match=said):
        load_task_exam(name, include=tasks)


def test_a_task_without_data_is_one_line(tasks: Path) -> None:
    (tasks / "rows.jsonl").unlink()
    with pytest.raises(ExamError, match="lm-eval:say: the task cannot be made: FileNotFoundError"):
        load_task_exam("say", include=tasks)
    with pytest.raises(ExamError, match="no such folder of lm-eval tasks"):
        load_task_exam("say", include=tasks / "nowhere")
