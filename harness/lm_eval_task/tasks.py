"""lm-eval's tasks as an exam that is the same every time: each document read once, each request built once.

lm-eval (0.4.13) runs a task's ``process_docs`` anew each time it asks for the documents, once to make the prompts and once
to score, and counts on the cache of ``datasets`` to get the same ones back; a task that shuffles in there is then scored
against other questions than it asked (its GPQA scores an oracle .27 on a cold cache), and which exam it is depends on who
filled the cache. Here that cache is off, random numbers are seeded before each task is made, modules that a task's YAML
names are loaded afresh so that their generators start where they start, and the documents that the task's constructor
read are kept and asked for never again. A task that gives others when asked again is named in the run's notes.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.harness.errors import ExamError
from rvpo.harness.items import content_hash
from rvpo.harness.lm_eval_task.metrics import Measure, measures_of
from rvpo.judges.quiet import quiet_libraries
from rvpo.rubrics.wording import hint, printable

PREFIX: Final = "lm-eval:"
FEWSHOT_SEED: Final = 1234
"""lm-eval's own, so that its few-shot examples are ours."""
_SEED: Final = 0
"""Of whatever a task shuffles while it is made; lm-eval's own."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a task, with the requests that it is put to the model by."""

    id: str
    task: Any
    """lm-eval's task."""
    doc: Any
    requests: tuple[Any, ...]
    """lm-eval's ``Instance``s, in order; one, or one a choice. They are asked as copies, never filled in."""

    @property
    def asked(self) -> list[list[Any]]:
        """What the model is shown: the arguments of each request, as JSON holds them."""
        return [[_plain(argument) for argument in request.args] for request in self.requests]

    @property
    def prompt(self) -> str:
        """The prompt, for reading."""
        return str(self.requests[0].args[0])


class TaskExam(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of a task, or of a group of tasks, in lm-eval's order."""

    name: str
    """``arc_easy``, ``mmlu``..."""
    questions: tuple[Question, ...]
    measures: Mapping[str, tuple[Measure, ...]]
    """Of each task, the first being the score."""
    fewshot: Mapping[str, int]
    chat_template: bool
    notes: tuple[str, ...] = ()

    def identity(self) -> dict[str, Any]:
        """What decides the exam; JSON values only."""
        return {
            "task": f"{PREFIX}{self.name}",
            "lm_eval": version("lm-eval"),
            "items": len(self.questions),
            "data": content_hash([[each.id, each.asked, _plain(each.doc)] for each in self.questions]),
            "versions": {each.task.task_name: _plain(each.task.VERSION) for each in self.questions},
            "measures": {name: [each.name for each in measures] for name, measures in self.measures.items()},
            "fewshot": dict(self.fewshot),
            "fewshot_seed": FEWSHOT_SEED,
            "chat_template": self.chat_template,
        }


def load_task_exam(
    name: str,
    *,
    include: Path | None = None,
    fewshot: int | None = None,
    limit: int | None = None,
    lm: Any = None,
) -> TaskExam:
    """Make the questions of a task.

    Args:
        name: A task, group or tag of lm-eval; with ``include`` one of that folder.
        include: A folder with tasks' YAML; lm-eval's own are then left out.
        fewshot: Worked examples before each question, where the task does not forbid them.
        limit: Only the first so many questions of each task.
        lm: The model, if its chat template is to be used.

    Raises:
        ExamError: There is no such task, its data cannot be had, or it is not scored question by question.
    """
    with quiet_libraries(), _pure():
        tasks = _load(name, include)
        for task in tasks.values():
            _prepare(task, fewshot)
        notes = tuple(note for task in tasks.values() for note in _warnings_of(task))
        questions = tuple(each for task in tasks.values() for each in _questions(task, limit, lm))
    if not questions:
        raise ExamError(f"{PREFIX}{name}: the task has no documents")
    return TaskExam(
        name=name,
        questions=questions,
        measures={key: measures_of(task) for key, task in tasks.items()},
        fewshot={key: task.config.num_fewshot or 0 for key, task in tasks.items()},
        chat_template=lm is not None,
        notes=notes,
    )


@contextmanager
def _pure() -> Iterator[None]:
    """No cached transforms, no modules left from another load, and random numbers from one seed."""
    import datasets
    import numpy as np

    cached = datasets.is_caching_enabled()
    for module in [name for name, each in [*sys.modules.items()] if hasattr(each, "__mtime__")]:
        del sys.modules[module]  # lm-eval's mark on what a YAML's !function loaded
    state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 - the state that tasks shuffle by
    datasets.disable_caching()
    bars = not datasets.utils.logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        random.seed(_SEED)
        np.random.seed(_SEED)  # noqa: NPY002
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        if cached:
            datasets.enable_caching()
        if not bars:
            datasets.enable_progress_bars()


def _load(name: str, include: Path | None) -> dict[str, Any]:
    from lm_eval.tasks import TaskManager

    if include is not None and not include.is_dir():
        raise ExamError(f"{include}: no such folder of lm-eval tasks")
    manager = TaskManager(include_path=str(include) if include else None, include_defaults=include is None)
    if name not in manager.all_tasks:
        where = str(include) if include else f"lm-eval {version('lm-eval')}"
        known = manager.all_tasks
        shown = f"; they are: {', '.join(known)}" if len(known) <= 20 else ""
        raise ExamError(f"there is no task {name!r} in {where}{shown}{hint(name, known)}")
    try:
        return dict(manager.load(name)["tasks"])
    except Exception as error:  # a task is a program, and its data come from anywhere
        reason = printable(str(error)).strip() or type(error).__name__
        raise ExamError(
            f"{PREFIX}{name}: the task cannot be made: {type(error).__name__}: {reason[:300]}"
        ) from error


def _prepare(task: Any, fewshot: int | None) -> None:
    name = task.task_name
    if getattr(task, "UNSAFE_CODE", False):
        raise ExamError(f"{PREFIX}{name}: runs the model's own code, which is not done here")
    if getattr(task, "MULTIMODAL", False):
        raise ExamError(f"{PREFIX}{name}: shows pictures or sound; only text is examined here")
    if fewshot is not None and task.get_config("num_fewshot") != 0:  # 0 is a task's own word: none, ever
        task.set_config("num_fewshot", fewshot)
    task.set_fewshot_seed(FEWSHOT_SEED)
    measures_of(task)


def _questions(task: Any, limit: int | None, lm: Any) -> Iterator[Question]:
    name = task.task_name
    chat = {"apply_chat_template": lm is not None, "chat_template": getattr(lm, "apply_chat_template", None)}
    for number, doc in enumerate(islice(_documents(task), limit)):
        prefix = task.doc_to_prefix(doc)
        context = task.fewshot_context(
            doc, num_fewshot=task.config.num_fewshot or 0, gen_prefix=prefix, **chat
        )
        made = task.construct_requests(doc=doc, ctx=context, metadata=(name, number, 1), **chat)
        requests = tuple(made) if isinstance(made, list) else (made,)
        yield Question(id=f"{name}/{number}", task=task, doc=doc, requests=requests)


def _documents(task: Any) -> Sequence[Any]:
    kept: Sequence[Any] = task.task_docs if hasattr(task, "task_docs") else task.eval_docs
    return kept


def _warnings_of(task: Any) -> Iterator[str]:
    if getattr(task.config, "process_docs", None) is not None:
        first, again = _documents(task), task.eval_docs
        if any(_plain(one) != _plain(other) for one, other in zip(first, again, strict=True)):
            yield f"{task.task_name} shuffles its questions whenever they are read; this run reads them once, from seed {_SEED}"
    worse = [name for name, better in task.higher_is_better().items() if better is False]
    if worse:
        yield f"{task.task_name}: of {', '.join(worse)} less is better"


def _plain(value: Any) -> Any:
    """A document or an argument as JSON holds it; what JSON does not know as its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
