"""``rvpo eval``: examine a model on a task and print what it came to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rvpo.harness.commands.out_folder import OutFolder

if TYPE_CHECKING:
    from rvpo.harness.exam import Exam
    from rvpo.harness.lm_eval_task.options import TaskOptions
    from rvpo.harness.model_choice import ModelChoice
    from rvpo.harness.progress import Progress
    from rvpo.harness.run import ExamProgress, OnProgress
    from rvpo.harness.summary import Summary
    from rvpo.harness.sweep_page import SweepFigures
    from rvpo.judges import JudgeConfig
    from rvpo.results import Run

    Sit = Callable[[ModelChoice, Path, str], Run]
    """Examines a model into a folder, under a title."""

FILE = click.Path(path_type=Path)
COUNT = click.IntRange(1)
RULES = "rules"
"""The judge of exams that need no model."""


@click.command("eval")
@click.argument("task")
@click.option(
    "--model",
    help="'embedded', a checkpoint folder, a hub name, vllm:FOLDER, litellm:PROVIDER/NAME; 'runs/x/checkpoint-*' or "
    "runs/x for all of a training run; with --base-url the endpoint's name.",
)
@click.option("--base-url", help="An OpenAI-compatible endpoint, e.g. http://127.0.0.1:8000/v1.")
@click.option("--api-key-env", help="Environment variable that holds the endpoint's key.")
@click.option("--responses", type=FILE, help="Judge stored answers (JSON lines) instead of sampling.")
@click.option("--data", help="Items: JSON lines, or what the task's page names; tool_calls ships with some.")
@click.option("--rubric", help="A rubric file or library name, for items that bring none.")
@click.option("--judge", default=RULES, show_default=True, help="A judge file, 'embedded' or 'rules'.")
@click.option("--out", required=True, type=OutFolder(), help="The run's folder; a stopped run goes on.")
@click.option("--title", default="", help="What a reader calls this run.")
@click.option("--draws", type=COUNT, help="Answers for each item.  [default: 1; gpqa_diamond: 8]")
@click.option("--limit", type=COUNT, help="Only the first so many items.")
@click.option("--sample", type=COUNT, help="Only so many items, drawn by --seed.")
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    help="0 is greedy.  [default: 0; gpqa_diamond: 0.7]",
)
@click.option("--max-tokens", type=COUNT, help="Limit of an answer.  [default: 1024; gpqa_diamond: 4096]")
@click.option("--batch-size", default=32, type=COUNT, show_default=True, help="Of a local model.")
@click.option(
    "--concurrency", default=64, type=COUNT, show_default=True, help="Requests to an endpoint at once."
)
@click.option(
    "--completions",
    help="healthbench: judge what the rows bring, 'ideal' (physicians') or 'reference' (models'); ':2' for one group.",
)
@click.option(
    "--prompt", type=FILE, help="gpqa_diamond: a template of your own, with {{question}} and {{options}}."
)
@click.option("--likelihood", is_flag=True, help="gpqa_diamond, local models: choose the likeliest letter.")
@click.option(
    "--with-text", is_flag=True, help="gpqa_diamond: keep prompts and replies, which must not be published."
)
@click.option("--fewshot", type=click.IntRange(0), help="lm-eval tasks: worked examples before a question.")
@click.option("--chat-template", is_flag=True, help="lm-eval tasks: ask in the model's chat template.")
@click.option("--seed", default=0, show_default=True, help="Of the answers and of --sample.")
@click.option(
    "--retry-failed", is_flag=True, help="Ask draws again that brought no answer, in a finished run too."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(
    *,
    task: str,
    data: str | None,
    rubric: str | None,
    judge: str,
    out: Path,
    title: str,
    draws: int | None,
    limit: int | None,
    sample: int | None,
    completions: str | None,
    prompt: Path | None,
    with_text: bool,
    seed: int,
    retry_failed: bool,
    as_json: bool,
    **model_options: Any,
) -> None:
    """Examine a model: sample answers to the items of TASK, have them judged, print the score.

    TASK is tool_calls, healthbench, gpqa_diamond, bfcl:CATEGORY or lm-eval:TASK. Stopped at any moment, the same
    command goes on where it was. A quoted pattern for --model examines each checkpoint into a folder of its own under
    --out, which `rvpo curve` reads.
    """
    if task.startswith("lm-eval:"):
        from rvpo.harness.lm_eval_task.options import TaskOptions

        theirs = TaskOptions(task, data, out, title, draws, limit, seed, retry_failed, model_options)
        theirs.refuse({"--sample": sample, "--rubric": rubric, "--prompt": prompt, "--with-text": with_text})
        theirs.refuse({"--judge": judge != RULES and judge, "--completions": completions})
        _sit_lm_eval(theirs, as_json=as_json)
        return
    if model_options.pop("fewshot") is not None or model_options.pop("chat_template"):
        raise click.UsageError(f"--fewshot and --chat-template are for lm-eval tasks, not {task}")

    from rvpo.harness.exam import TASKS, load_exam
    from rvpo.harness.model_choice import ModelChoice
    from rvpo.harness.sources import find_judge
    from rvpo.rubrics import find_rubric

    exam = load_exam(task, data, find_rubric(rubric) if rubric else None)
    exam = exam.subset(limit=limit, sample=sample, seed=seed)
    exam = _with_choices(exam, prompt, likelihood=model_options["likelihood"], with_text=with_text)
    config = find_judge(judge)
    known = TASKS[task.partition(":")[0]]
    for name, usual in (("temperature", known.temperature), ("max_tokens", known.max_tokens)):
        model_options[name] = usual if model_options[name] is None else model_options[name]
    settings = {"draws": draws, "retry_failed": retry_failed, "title": title}
    if completions is not None:
        run = _judge_completions(exam, completions, model_options, config, out, settings=settings)
        _show(run, as_json=as_json)
        return
    choice = ModelChoice(seed=seed, **model_options)
    settings["draws"] = draws or known.draws
    _sit_exam(exam, choice, config, out, settings, as_json=as_json)


def _sit_exam(
    exam: "Exam",
    choice: "ModelChoice",
    config: "JudgeConfig",
    out: Path,
    settings: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """One of our own exams; all checkpoints of a sweep come before one judge, opened once a model is known to be good."""
    from rvpo.harness.model_choice import open_sampler
    from rvpo.harness.run import opened_judge, run_exam

    with ExitStack() as stack:
        service = cache(lambda: stack.enter_context(opened_judge(exam, config)))

        def sit(chosen: "ModelChoice", place: Path, name: str) -> "Run":
            sampler = open_sampler(chosen)
            with _shown_progress() as on_progress:
                given = {**settings, "title": name, "on_progress": on_progress}
                return run_exam(exam, sampler, service(), place, **given)

        _sit_all(choice, sit, out, settings["title"], as_json=as_json)


def _sit_lm_eval(options: "TaskOptions", *, as_json: bool) -> None:
    from rvpo.harness.lm_eval_task.options import examine
    from rvpo.harness.model_choice import ModelChoice

    def sit(chosen: "ModelChoice", place: Path, name: str) -> "Run":
        asked = options._replace(out=place, title=name, model={**options.model, "model": chosen.model})
        with _shown_progress() as on_progress:
            return examine(asked, on_progress)

    _sit_all(
        ModelChoice(model=options.model["model"], base_url=options.model["base_url"]),
        sit,
        options.out,
        options.title,
        as_json=as_json,
    )


def _sit_all(choice: "ModelChoice", sit: "Sit", out: Path, title: str, *, as_json: bool) -> None:
    """The one model, or every checkpoint that its name stands for."""
    from rvpo.harness.checkpoints import find_checkpoints, is_sweep

    if not choice.folder or not is_sweep(choice.folder):
        _show(sit(choice, out, title), as_json=as_json)
        return
    from rvpo.harness.sweep import sweep
    from rvpo.harness.sweep_page import sweep_figures, sweep_lines

    checkpoints = find_checkpoints(choice.folder)
    folders = [checkpoint.folder for checkpoint in checkpoints]

    def examine(folder: Path, place: Path) -> "Run":
        click.echo(f"{folder.name}  ({folders.index(folder) + 1} of {len(folders)})", err=True)
        return sit(choice.at(folder), place, f"{title} {folder.name}" if title else "")

    figures = sweep_figures(list(sweep(checkpoints, examine, out)), out)
    click.echo(_json(figures) if as_json else "\n".join(sweep_lines(figures)))


def _show(run: "Run", *, as_json: bool) -> None:
    from rvpo.harness.summary import summarise
    from rvpo.harness.summary_page import summary_lines

    summary = summarise(run)
    click.echo(_json(summary) if as_json else "\n".join(summary_lines(summary, run.folder)))


def _json(figures: "Summary | SweepFigures") -> bytes:
    import msgspec

    return msgspec.json.encode(figures)


def _with_choices(exam: "Exam", prompt: Path | None, *, likelihood: bool, with_text: bool) -> "Exam":
    """The exam as the options of ``gpqa_diamond`` ask for it."""
    from rvpo.harness.gpqa.exam import ChoiceExam, with_options

    if isinstance(exam, ChoiceExam):
        return with_options(exam, prompt, likelihood=likelihood, with_text=with_text)
    if prompt is not None or likelihood or with_text:
        raise click.UsageError(
            f"--prompt, --likelihood and --with-text are for gpqa_diamond, not {exam.task}"
        )
    return exam


def _judge_completions(
    exam: "Exam",
    which: str,
    options: Mapping[str, Any],
    config: "JudgeConfig",
    out: Path,
    *,
    settings: Mapping[str, Any],
) -> "Run":
    """The items whose rows bring answers, and those answers in place of a model's."""
    from rvpo.harness.healthbench.completions import with_completions
    from rvpo.harness.run import run_exam

    if any(options[name] is not None for name in ("model", "base_url", "responses")):
        raise click.UsageError("--completions judges what the rows bring: leave the model out")
    answered, sampler = with_completions(exam, which)
    with _shown_progress() as on_progress:
        given = {**settings, "draws": settings["draws"] or sampler.draws, "on_progress": on_progress}
        return run_exam(answered, sampler, config, out, **given)


@contextmanager
def _shown_progress() -> Iterator["OnProgress"]:
    """A bar that starts with the run's first report, so that its rate leaves out what was done before."""
    from rvpo.harness.progress import progress_bar

    bar: Progress | None = None
    settled = 0
    with ExitStack() as stack:

        def show(now: "ExamProgress") -> None:
            nonlocal bar, settled
            if bar is None:
                settled = now.done
                bar = stack.enter_context(progress_bar(now.planned - now.done, "draws"))
            bar.advance(now.done + now.failed - settled, failed=now.failed, holes=now.holes)
            settled = now.done + now.failed

        yield show
