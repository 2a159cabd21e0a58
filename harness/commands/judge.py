"""``rvpo judge``: a file of responses against a rubric, into a run folder; the same command again goes on."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rvpo.harness.judge_run import JudgeRun


@click.command("judge")
@click.argument("responses", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--rubric", help="Rubric file or library name, for rows that bring no rubric.")
@click.option("--judge", required=True, help="Judge file, or 'embedded' or 'rules'.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Run folder.")
@click.option("--limit", type=click.IntRange(min=1), help="Judge the first so many responses only.")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Exit with 1 if less of the points was judged.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    *,
    responses: Path,
    rubric: str | None,
    judge: str,
    out: Path,
    limit: int | None,
    min_coverage: float,
    as_json: bool,
) -> int:
    """Judge RESPONSES.jsonl, rows {"id", "prompt", "response", "rubric"?}.

    Writes verdicts.jsonl, rewards.jsonl and manifest.json into --out. Stopped or incomplete, the same command goes on:
    replies that came in are kept in the judge's store and are not asked for again.
    """
    from rvpo.harness.judge_run import judge_responses, read_responses
    from rvpo.harness.progress import progress_bar
    from rvpo.harness.sources import find_judge
    from rvpo.judges import JudgeStats
    from rvpo.rubrics import find_rubric

    requests = read_responses(responses, find_rubric(rubric) if rubric else None, limit)
    config = find_judge(judge)
    with progress_bar(len(requests), "judging") as progress:

        def show(finished: int, stats: JudgeStats) -> None:
            progress.advance(finished, calls=stats.calls, failed=sum(stats.failures.values()), usd=stats.usd)

        run = asyncio.run(judge_responses(requests, config, out, min_coverage=min_coverage, on_progress=show))
    click.echo(_json(run) if as_json else _text(run, min_coverage))
    return int(not run.complete)


def _json(run: "JudgeRun") -> str:
    import msgspec

    return msgspec.json.encode(run).decode()


def _text(run: "JudgeRun", min_coverage: float) -> str:
    stats = run.stats
    tokens = stats.usage.prompt_tokens + stats.usage.completion_tokens
    score = "none" if run.score is None else f"{run.score:.4f}"
    lines = [
        f"{run.responses} responses in {run.folder}: mean score {score}, coverage {run.coverage:.4f}",
        f"{stats.calls} calls ({tokens} tokens), {stats.hits} verdicts from the store, {stats.rule_verdicts} by rules",
    ]
    if run.holes:
        lines.append(
            "not judged: " + ", ".join(f"{count} {status}" for status, count in sorted(run.holes.items()))
        )
    if not run.complete:
        lines.append(
            f"coverage is below {min_coverage:g}: the run stays open, the same command asks for what is missing"
        )
    return "\n".join(lines)
