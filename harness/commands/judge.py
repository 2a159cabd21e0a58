"""``rvpo judge``: a file of responses against a rubric, into a run folder; the same command again goes on."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rvpo.harness.commands.out_folder import OutFolder

if TYPE_CHECKING:
    from rvpo.harness.responses import Form
    from rvpo.judges import JudgeConfig, JudgeRequest
    from rvpo.judges.prices import Prices
    from rvpo.rubrics import Rubric

FORMS = ("rows", "parquet", "lm-eval", "inspect", "openai-chat")

Usd = click.FloatRange(min=0)


@click.command("judge")
@click.argument("responses", type=click.Path(path_type=Path))
@click.option("--rubric", help="Rubric file or library name, for rows that bring no rubric.")
@click.option("--judge", required=True, help="Judge file, or 'embedded' or 'rules'.")
@click.option("--out", type=OutFolder(), help="Run folder.")
@click.option("--retry-failed", is_flag=True, help="Ask again about the holes of a finished run.")
@click.option("--format", "form", type=click.Choice(FORMS), help="Form of RESPONSES [default: look at it].")
@click.option("--limit", type=click.IntRange(min=1), help="Judge the first so many responses only.")
@click.option("--sample", type=click.IntRange(min=1), help="Of those, so many at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which ones --sample takes.")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Exit with 1 if less of the points was judged.",
)
@click.option("--budget-usd", type=Usd, help="Ask no more than this pays for.")
@click.option("--price-in", type=Usd, help="USD per million input tokens.")
@click.option("--price-cached", type=Usd, help="USD per million cached input tokens.")
@click.option("--price-out", type=Usd, help="USD per million output tokens.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost and ask nothing.")
@click.option("--parquet", is_flag=True, help="Write rewards.parquet and verdicts.parquet too.")
@click.option(
    "--batch-api", type=click.Choice(("submit", "collect")), help="Ask by the provider's batch lane."
)
@click.option(
    "--poll-s", type=click.FloatRange(0.1), default=30.0, show_default=True, help="Between looks at batches."
)
@click.option(
    "--ray",
    "address",
    is_flag=False,
    flag_value="local",
    metavar="[ADDRESS]",
    help="Judge on Ray Data, RESPONSES a file or folder of any size; starts a Ray here unless told where one is.",
)
@click.option("--actors", type=click.IntRange(min=1), help="Of --ray: judging at once [default: one a CPU].")
@click.option("--slice-rows", type=click.IntRange(min=1), help="Of --ray: rows of a part [default: 2000].")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    *,
    responses: Path,
    rubric: str | None,
    judge: str,
    out: Path | None,
    form: "Form | None",
    limit: int | None,
    sample: int | None,
    seed: int,
    price_in: float | None,
    price_cached: float | None,
    price_out: float | None,
    dry_run: bool,
    batch_api: str | None,
    poll_s: float,
    address: str | None,
    actors: int | None,
    slice_rows: int | None,
    retry_failed: bool,
    **settings: Any,
) -> int:
    """Judge RESPONSES: JSON lines {"id", "prompt", "response", "rubric"?}, the same as Parquet, sample files of lm-eval,
    logs of inspect, or OpenAI chats.

    Writes verdicts.jsonl, rewards.jsonl and manifest.json into --out. Stopped or incomplete, the same command goes on:
    replies that came in are kept in the judge's store and are not asked for again.

    Exit status: 0 done; 1 less judged than --min-coverage, or the budget used up; 2 bad input; 130 stopped.
    """
    from rvpo.harness.responses import read_responses
    from rvpo.harness.sources import find_judge
    from rvpo.judges.prices import prices_for
    from rvpo.rubrics import find_rubric

    if out is None and not dry_run:
        raise click.UsageError("name the run folder with --out (only --dry-run needs none)")
    if address is None and (actors or slice_rows):
        raise click.UsageError("--actors and --slice-rows are of --ray")
    if retry_failed and (dry_run or batch_api or address is not None):
        raise click.UsageError("--retry-failed goes with none of --dry-run, --batch-api, --ray")
    given = find_rubric(rubric) if rubric else None
    config = find_judge(judge)
    prices = prices_for(config, input=price_in, cached=price_cached, output=price_out)
    if address is not None:
        if out is None or dry_run or batch_api or sample or form:
            raise click.UsageError("--ray goes with none of --dry-run, --batch-api, --sample, --format")
        settings |= {"address": address, "actors": actors, "slice_rows": slice_rows or 2000, "limit": limit}
        return _judge_bulk(responses, given, config, prices, out, **settings)
    requests = read_responses(responses, given, limit, form=form, sample=sample, seed=seed)
    if out is None or dry_run:
        return _estimate(requests, config, prices, as_json=settings["as_json"])
    if batch_api == "submit":
        return _submit(requests, config, out)
    if batch_api == "collect":
        return _collect(requests, config, out, poll_s)
    return _judge(requests, config, prices, out, retry_failed=retry_failed, **settings)


def _judge(
    requests: "list[JudgeRequest]",
    config: "JudgeConfig",
    prices: "Prices",
    out: Path,
    *,
    min_coverage: float,
    budget_usd: float | None,
    parquet: bool,
    retry_failed: bool,
    as_json: bool,
) -> int:
    from rvpo.harness.judge_pages import run_page
    from rvpo.harness.judge_run import judge_responses
    from rvpo.harness.progress import progress_bar
    from rvpo.judges import JudgeStats

    with progress_bar(len(requests), "judging") as progress:

        def show(finished: int, stats: JudgeStats) -> None:
            progress.advance(finished, calls=stats.calls, failed=sum(stats.failures.values()), usd=stats.usd)

        run = asyncio.run(
            judge_responses(
                requests,
                config,
                out,
                min_coverage=min_coverage,
                prices=prices,
                budget_usd=budget_usd,
                tables=parquet,
                retry_failed=retry_failed,
                on_progress=show,
                on_resume=progress.skip,
            )
        )
    click.echo(_json(run) if as_json else run_page(run, min_coverage))
    return int(not run.complete)


def _judge_bulk(
    responses: Path,
    rubric: "Rubric | None",
    config: "JudgeConfig",
    prices: "Prices",
    out: Path,
    *,
    address: str,
    actors: int | None,
    slice_rows: int,
    limit: int | None,
    min_coverage: float,
    budget_usd: float | None,
    parquet: bool,  # noqa: ARG001 - tables are all that this writes
    as_json: bool,
) -> int:
    from rvpo.harness.bulk import find_slices, judge_bulk
    from rvpo.harness.judge_pages import run_page
    from rvpo.harness.progress import progress_bar
    from rvpo.judges import JudgeStats

    source = find_slices(responses, slice_rows, limit)
    with progress_bar(source.rows, "judging") as progress:

        def show(finished: int, stats: JudgeStats) -> None:
            progress.advance(finished, calls=stats.calls, failed=sum(stats.failures.values()), usd=stats.usd)

        run = judge_bulk(
            source,
            rubric,
            config,
            out,
            prices=prices,
            min_coverage=min_coverage,
            budget_usd=budget_usd,
            on_progress=show,
            on_resume=progress.skip,
            address=address,
            actors=actors,
        )
    click.echo(_json(run) if as_json else run_page(run, min_coverage))
    return int(not run.complete)


def _estimate(
    requests: "list[JudgeRequest]", config: "JudgeConfig", prices: "Prices", *, as_json: bool
) -> int:
    from rvpo.harness.estimate import estimate_run
    from rvpo.harness.judge_pages import estimate_page

    estimate = asyncio.run(estimate_run(requests, config, prices))
    click.echo(_json(estimate) if as_json else estimate_page(estimate))
    return 0


def _submit(requests: "list[JudgeRequest]", config: "JudgeConfig", out: Path) -> int:
    from rvpo.harness.batch_run import submit
    from rvpo.harness.judge_pages import submitted_page

    click.echo(submitted_page(asyncio.run(submit(requests, config, out))))
    return 0


def _collect(requests: "list[JudgeRequest]", config: "JudgeConfig", out: Path, poll_s: float) -> int:
    from rvpo.harness.batch_desk import BatchState
    from rvpo.harness.batch_run import collect
    from rvpo.harness.judge_pages import collected_page
    from rvpo.harness.progress import progress_bar

    with progress_bar(None, "waiting for batches") as progress:

        def show(state: BatchState, done: int) -> None:
            progress.advance(max(0, done - progress.done), open=len(state.open))

        collected = asyncio.run(collect(requests, config, out, poll_s=poll_s, on_look=show))
    click.echo(collected_page(collected))
    return int(bool(collected.holes))


def _json(record: object) -> str:
    import msgspec

    return msgspec.json.encode(record).decode()
