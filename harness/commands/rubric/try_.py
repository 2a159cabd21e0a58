"""``rvpo rubric try``: judge a few answers and see each verdict with its reason. Writes nothing but to the screen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rvpo.harness.trying import Trial, Tried
    from rvpo.judges import JudgeConfig, JudgeStats
    from rvpo.rubrics import Rubric


@click.command("try")
@click.argument("source", metavar="RUBRIC")
@click.option(
    "--judge", help="Judge file, or 'embedded' or 'rules' [default: rules if they do, else embedded]."
)
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Rows with prompt, response and expected?.",
)
@click.option("--prompt", help="A prompt to try, with --response.")
@click.option("--response", help="A reply to it.")
@click.option("--limit", type=click.IntRange(min=1), help="Judge the first so many answers only.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 1), help="Exit with 1 if fewer verdicts are as expected."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(  # noqa: PLR0917 - click passes the options by name
    source: str,
    judge: str | None,
    answers: Path | None,
    prompt: str | None,
    response: str | None,
    limit: int | None,
    fail_under: float | None,
    *,
    as_json: bool,
) -> int:
    """Judge a few answers and see each verdict with its reason.

    RUBRIC is a rubric file or a library rubric. Without --answers or --prompt it is tried on the answers that ship
    with it, else on its criteria's own examples. Where answers say what is expected, agreement is counted.
    """
    from rvpo.harness.commands.rubric.show import echo_json
    from rvpo.harness.trying import agreement_of, pick_judge
    from rvpo.rubrics.load import find_rubric

    trials = _trials(source, find_rubric(source), answers, prompt, response)[:limit]
    if fail_under is not None and not any(trial.answer.expected for trial in trials):
        raise click.UsageError("--fail-under needs answers that say what is expected; none does")
    config = pick_judge(judge, trials)
    results, stats, who = _judge(trials, config)
    if as_json:
        echo_json(_plain(source, results, who))
    else:
        _print(source, results, stats, who)
    share = agreement_of(results).share
    return int(fail_under is not None and (share is None or share < fail_under))


def _trials(
    source: str, rubric: "Rubric", answers: Path | None, prompt: str | None, response: str | None
) -> "list[Trial]":
    from rvpo.harness.trying import Trial, file_trials, own_trials
    from rvpo.rubrics import PromptRow
    from rvpo.rubrics.answers import Answer

    if (prompt is None) != (response is None):
        raise click.UsageError("--prompt and --response go together")
    if prompt is not None and response is not None:
        if answers:
            raise click.UsageError("give --answers, or --prompt and --response, not both")
        row = PromptRow("your answer", ({"role": "user", "content": prompt},))
        return [Trial(Answer(row, response), rubric)]
    return file_trials(answers, rubric) if answers else own_trials(source, rubric)


def _judge(trials: "Sequence[Trial]", config: "JudgeConfig") -> "tuple[list[Tried], JudgeStats, str]":
    from rvpo.harness.judge_run import notes_on
    from rvpo.harness.progress import progress_bar
    from rvpo.harness.trying import tried
    from rvpo.judges import JudgeService

    requests = [trial.request() for trial in trials]
    with JudgeService.open_sync(config) as service, progress_bar(len(requests), "judging") as progress:
        vectors = service.judge_sync(requests, lambda _vector: progress.advance())
        who = service.identity()
        name = " ".join(filter(None, (who.kind, who.model.removeprefix(f"{who.kind} "), who.endpoint)))
        notes = notes_on(service.fingerprint())
        stats = service.stats()
    results = [tried(trial, vector) for trial, vector in zip(trials, vectors, strict=True)]
    return results, stats, " ".join([name, *(f"({note})" for note in notes)])


def _plain(source: str, results: "Sequence[Tried]", judge: str) -> dict[str, Any]:
    from rvpo.harness.trying import agreement_of

    agreement = agreement_of(results)
    counts = {"expected": agreement.expected, "judged": agreement.judged, "agreed": agreement.agreed}
    return {
        "rubric": source,
        "judge": judge,
        "agreement": {"share": agreement.share, **counts},
        "answers": [_plain_answer(result) for result in results],
    }


def _plain_answer(result: "Tried") -> dict[str, Any]:
    vector = result.vector
    verdicts = [
        {
            "criterion": mark.criterion.id,
            "status": mark.verdict.status,
            "met": mark.verdict.score,
            "answer": mark.verdict.answer,
            "earned": mark.earned,
            "expected": mark.expected,
            "agrees": mark.agrees,
            "explanation": mark.verdict.explanation,
            "evidence": mark.verdict.evidence,
        }
        for mark in result.marks
    ]
    return {
        "id": result.trial.answer.row.id,
        "score": vector.scalar,
        "coverage": vector.coverage,
        "verdicts": verdicts,
    }


def _print(source: str, results: "Sequence[Tried]", stats: "JudgeStats", judge: str) -> None:
    from rich.console import Console
    from rich.text import Text

    from rvpo.harness.rubric_pages.trial import summary_line, trial_pages
    from rvpo.harness.trying import agreement_of
    from rvpo.rubrics.wording import printable

    console = Console(highlight=False)
    console.print(Text.assemble((printable(source), "bold"), f", judged by {printable(judge)}"))
    console.print(trial_pages(results))
    console.print()
    console.print(summary_line(agreement_of(results), len(results)))
    counts = (
        (stats.calls, "calls"),
        (stats.hits, "verdicts from the store"),
        (stats.rule_verdicts, "by rules"),
    )
    console.print(Text(", ".join(f"{count} {what}" for count, what in counts if count), "dim"))
