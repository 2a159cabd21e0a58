"""``rvpo eval``: examine a model on a task and print what it came to."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rvpo.harness.exam import Exam
    from rvpo.harness.healthbench.completions import CompletionsSampler
    from rvpo.harness.progress import Progress
    from rvpo.harness.run import ExamProgress, OnProgress
    from rvpo.harness.samplers import Sampler
    from rvpo.harness.summary import Mean, Summary
    from rvpo.results import Run

FILE = click.Path(path_type=Path)
COUNT = click.IntRange(1)
TAG_SHARE = 0.05
"""Tags that a smaller share of the items has are left to ``--json``."""


@click.command("eval")
@click.argument("task")
@click.option(
    "--model", help="'embedded', a checkpoint folder, a hub name; with --base-url the endpoint's name."
)
@click.option("--base-url", help="An OpenAI-compatible endpoint, e.g. http://127.0.0.1:8000/v1.")
@click.option("--api-key-env", help="Environment variable that holds the endpoint's key.")
@click.option("--responses", type=FILE, help="Judge stored answers (JSON lines) instead of sampling.")
@click.option("--data", help="Items: JSON lines, or what the task's page names; tool_calls ships with some.")
@click.option("--rubric", help="A rubric file or library name, for items that bring none.")
@click.option("--judge", default="rules", show_default=True, help="A judge file, 'embedded' or 'rules'.")
@click.option("--out", required=True, type=FILE, help="The run's folder; a stopped run goes on.")
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
    as_json: bool,
    **model_options: Any,
) -> None:
    """Examine a model: sample answers to the items of TASK, have them judged, print the score.

    TASK is tool_calls, healthbench, gpqa_diamond, bfcl:CATEGORY or lm-eval:TASK. Stopped at any moment, the same
    command goes on where it was.
    """
    if task.startswith("lm-eval:"):
        from rvpo.harness.lm_eval_task.options import TaskOptions, examine

        theirs = TaskOptions(task, data, out, title, draws, limit, seed, model_options)
        theirs.refuse({"--sample": sample, "--rubric": rubric, "--prompt": prompt, "--with-text": with_text})
        with _shown_progress() as on_progress:
            _show(examine(theirs, on_progress), as_json=as_json)
        return
    if model_options["fewshot"] is not None or model_options["chat_template"]:
        raise click.UsageError(f"--fewshot and --chat-template are for lm-eval tasks, not {task}")

    from rvpo.harness.exam import TASKS, load_exam
    from rvpo.harness.run import run_exam
    from rvpo.harness.sources import find_judge
    from rvpo.rubrics import find_rubric

    exam = load_exam(task, data, find_rubric(rubric) if rubric else None)
    exam = exam.subset(limit=limit, sample=sample, seed=seed)
    exam = _with_choices(exam, prompt, likelihood=model_options["likelihood"], with_text=with_text)
    config = find_judge(judge)
    known = TASKS[task.partition(":")[0]]
    for name, usual in (("temperature", known.temperature), ("max_tokens", known.max_tokens)):
        model_options[name] = usual if model_options[name] is None else model_options[name]
    sampler: Sampler
    if completions is not None:
        exam, sampler = _with_completions(exam, completions, model_options)
        draws = draws or sampler.draws
    else:
        sampler = _open_sampler(model_options, seed)
    with _shown_progress() as on_progress:
        run = run_exam(
            exam, sampler, config, out, draws=draws or known.draws, title=title, on_progress=on_progress
        )
    _show(run, as_json=as_json)


def _show(run: "Run", *, as_json: bool) -> None:
    import msgspec

    from rvpo.harness.summary import summarise

    summary = summarise(run)
    if as_json:
        click.echo(msgspec.json.encode(summary))
    else:
        click.echo("\n".join(_lines(summary, run.folder)))


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


def _with_completions(
    exam: "Exam", which: str, options: Mapping[str, Any]
) -> "tuple[Exam, CompletionsSampler]":
    """The items whose rows bring answers, and those answers in place of a model's."""
    from rvpo.harness.healthbench.completions import with_completions

    if any(options[name] is not None for name in ("model", "base_url", "responses")):
        raise click.UsageError("--completions judges what the rows bring: leave the model out")
    return with_completions(exam, which)


def _open_sampler(options: Mapping[str, Any], seed: int) -> "Sampler":
    model, base_url, responses = options["model"], options["base_url"], options["responses"]
    if options["likelihood"] and (model is None or base_url is not None or responses is not None):
        raise click.UsageError("--likelihood needs the weights: --model embedded or a checkpoint folder")
    if responses is not None and model is None and base_url is None:
        from rvpo.harness.replay_sampler import ReplaySampler

        return ReplaySampler(responses)
    if model is None or responses is not None:
        raise click.UsageError(
            "say which model: --model M, or --base-url URL --model NAME, or --responses FILE alone"
        )
    sampling = {
        "max_new_tokens": options["max_tokens"],
        "temperature": options["temperature"],
        "seed": seed,
    }
    if base_url is not None:
        from rvpo.harness.endpoint_sampler import EndpointSampler

        return EndpointSampler(
            base_url,
            model,
            api_key_env=options["api_key_env"],
            concurrency=options["concurrency"],
            **sampling,
        )
    if options["likelihood"]:
        from rvpo.harness.gpqa.likelihood import LikelihoodSampler

        return LikelihoodSampler(model, batch_size=options["batch_size"])
    from rvpo.harness.transformers_sampler import TransformersSampler

    return TransformersSampler(model, batch_size=options["batch_size"], **sampling)


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


def _lines(summary: "Summary", out: Path) -> Iterator[str]:
    yield f"{summary.title}  (run {summary.run_id} in {out})"
    yield f"score     {_figure(summary.score)}  mean of {summary.scored} items"
    one_rule = summary.score, summary.score
    if summary.healthbench is None and (summary.clipped_after_mean, summary.clipped_per_item) != one_rule:
        yield f"          {_figure(summary.clipped_after_mean)}  clipped to [0, 1] after the mean"
        yield f"          {_figure(summary.clipped_per_item)}  clipped per item"
    if summary.holes or summary.failed:
        yield f"bounds    {_figure(summary.low)} to {_figure(summary.high)}  had what is missing come out worst or best"
        yield f"coverage  {_figure(summary.coverage)}  {summary.holes} criteria without a verdict"
    yield f"draws     {summary.draws} of {summary.planned}, {summary.failed} failed, {summary.truncated} truncated"
    if summary.health is not None:
        from rvpo.harness.gpqa.page import health_lines

        yield from health_lines(summary.health)
    if summary.healthbench is not None:
        from rvpo.harness.healthbench.page import healthbench_lines

        yield from healthbench_lines(summary.healthbench, summary.scored)
    yield from _table("criterion", summary.by_criterion)
    tags = {} if summary.healthbench is not None else summary.by_tag
    common = {tag: each for tag, each in sorted(tags.items()) if each.n >= TAG_SHARE * summary.scored}
    yield from _table("tag", common)
    if hidden := len(tags) - len(common):
        yield f"and {hidden} tags that fewer than {TAG_SHARE:.0%} of the items have (--json)"
    if summary.task.startswith("bfcl:"):
        from rvpo.harness.bfcl import bfcl_accuracies

        yield from _table("as BFCL sums up", bfcl_accuracies(summary.by_tag))
    yield from (f"note      {note}" for note in summary.notes)


def _table(head: str, means: "Mapping[str, Mean]") -> Iterator[str]:
    if means:
        width = max(map(len, [head, *means]))
        yield f"{head:{width}}    mean  items"
        yield from (f"{name:{width}}  {_figure(each.mean)}  {each.n:5}" for name, each in means.items())


def _figure(value: float | None) -> str:
    return "  none" if value is None else f"{value:6.3f}"
