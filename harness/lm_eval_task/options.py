"""What ``rvpo eval lm-eval:TASK`` takes of the command's options, and a word where one means nothing there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rvpo.harness.errors import ExamError
from rvpo.harness.lm_eval_task.endpoint import EndpointModel
from rvpo.harness.lm_eval_task.model import HarnessModel
from rvpo.harness.lm_eval_task.run import run_lm_eval
from rvpo.harness.lm_eval_task.tasks import PREFIX, load_task_exam
from rvpo.harness.run import OnProgress
from rvpo.results import Run


class TaskOptions(NamedTuple):
    """The options of one sitting."""

    task: str
    data: str | None
    """A folder of tasks in YAML, used in place of lm-eval's own."""
    out: Path
    title: str
    draws: int | None
    limit: int | None
    seed: int
    retry_failed: bool
    model: Mapping[str, Any]
    """The options on the model: ``model``, ``batch_size``, ``temperature``, ``max_tokens``, ``fewshot``..."""

    def refuse(self, given: Mapping[str, object]) -> None:
        """Refuse options that an lm-eval task knows nothing of.

        Raises:
            ExamError: One was given.
        """
        theirs = {
            "--responses": self.model["responses"],
            "--likelihood": self.model.get("likelihood"),
        }
        for name, value in {**given, **theirs}.items():
            if value is not None and value is not False:
                raise ExamError(f"{name} means nothing to {self.task}: it asks a model (--model)")
        if self.model["model"] is None:
            raise ExamError(f"{self.task}: say which model: --model M, or --base-url URL --model NAME")
        if self.model["base_url"] is not None and self.model["chat_template"]:
            raise ExamError(
                "--chat-template: an endpoint puts its own around what it is sent; leave one of the two out"
            )


def examine(options: TaskOptions, on_progress: OnProgress) -> Run:
    """Load the model, make the task, sit the model through it.

    Raises:
        ExamError: There is no such task, or it cannot be examined.
        SamplerError: There is no such model.
        ResultsError: The run's folder cannot be written.
    """
    asked = options.model
    model = _endpoint(options) if asked["base_url"] is not None else _checkpoint(options)
    exam = load_task_exam(
        options.task.removeprefix(PREFIX),
        include=Path(options.data) if options.data else None,
        fewshot=asked["fewshot"],
        limit=options.limit,
        lm=model.lm if asked["chat_template"] and isinstance(model, HarnessModel) else None,
    )
    return run_lm_eval(
        exam,
        model,
        options.out,
        draws=options.draws or 1,
        title=options.title,
        retry_failed=options.retry_failed,
        on_progress=on_progress,
    )


def _checkpoint(options: TaskOptions) -> HarnessModel:
    asked = options.model
    return HarnessModel(
        asked["model"],
        batch_size=asked["batch_size"],
        temperature=asked["temperature"],
        max_tokens=asked["max_tokens"],
        seed=options.seed,
    )


def _endpoint(options: TaskOptions) -> EndpointModel:
    asked = options.model
    return EndpointModel(
        asked["base_url"],
        asked["model"],
        api_key_env=asked["api_key_env"],
        temperature=asked["temperature"],
        max_tokens=asked["max_tokens"],
        seed=options.seed,
        concurrency=asked["concurrency"],
    )
