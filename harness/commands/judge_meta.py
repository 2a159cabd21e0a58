"""``rvpo judge meta``: examine a judge against physicians' labels (HealthBench's meta-evaluation)."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvpo.harness.healthbench.meta_rows import MetaRow
    from rvpo.judges import JudgeConfig


@click.command("judge meta")
@click.argument("file")
@click.option("--judge", required=True, help="Judge file, or 'embedded'.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Run folder.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows.")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Exit with 1 if a smaller share of the rows was judged.",
)
@click.option(
    "--resamples", default=2_000, show_default=True, type=click.IntRange(100), help="Of the intervals."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
def command(
    *,
    file: str,
    judge: str,
    out: Path,
    limit: int | None,
    min_coverage: float,
    resamples: int,
    seed: int,
    as_json: bool,
) -> int:
    """Compare a judge's verdicts with physicians' labels. FILE holds HealthBench's meta-evaluation rows: a path, an https
    address, hf:owner/name/file or openai:meta.

    Stopped or incomplete, the same command goes on. Exit status: 0 done; 1 less judged than --min-coverage; 2 bad input.
    """
    from rvpo.harness.healthbench.meta import meta_evaluation
    from rvpo.harness.healthbench.meta_page import meta_lines
    from rvpo.harness.healthbench.meta_rows import read_meta_rows
    from rvpo.harness.healthbench.source import healthbench_file
    from rvpo.harness.sources import find_judge
    from rvpo.results import open_run

    rows = read_meta_rows(healthbench_file(file))[:limit]
    complete = _judge(rows, find_judge(judge), out, min_coverage)
    run = open_run(out)
    scores = {verdict.item_id: verdict.score for verdict in run.verdicts}
    found = meta_evaluation(
        rows,
        [scores.get(row.request.id) for row in rows],
        resamples=resamples,
        seed=seed,
        notes=run.manifest.notes,
    )
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        click.echo("\n".join(meta_lines(found)))
    return int(not complete)


def _judge(rows: "Sequence[MetaRow]", config: "JudgeConfig", out: Path, min_coverage: float) -> bool:
    """Have every row judged; whether enough of them were."""
    from rvpo.harness.judge_run import judge_responses
    from rvpo.harness.progress import progress_bar
    from rvpo.judges import JudgeStats

    with progress_bar(len(rows), "judging") as progress:

        def show(finished: int, stats: JudgeStats) -> None:
            progress.advance(finished, calls=stats.calls, failed=sum(stats.failures.values()))

        requests = [row.request for row in rows]
        judged = judge_responses(
            requests, config, out, min_coverage=min_coverage, on_progress=show, on_resume=progress.skip
        )
        return asyncio.run(judged).complete
