"""``rvpo compare``: paired statistics of runs against a baseline, as a table, JSON, Markdown or an HTML report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rvpo.results import Comparison, ReportContent, Run

TargetFile = click.Path(dir_okay=False, path_type=Path)


@click.command(name="compare")
@click.argument(
    "runs", nargs=-1, required=True, metavar="BASELINE RUN [RUN ...]", type=click.Path(path_type=Path)
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the resampling."
)
@click.option(
    "--confidence",
    default=0.95,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Level of the intervals.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the comparison as JSON (a list if there are several)."
)
@click.option("--markdown", type=TargetFile, help="Also write Markdown to this file.")
@click.option("--html", type=TargetFile, help="Also write the single-file report to this file.")
@click.option(
    "--with-text", is_flag=True, help="Embed prompts and answers in the report (not for closed exams)."
)
def command(
    *,
    runs: tuple[Path, ...],
    seed: int,
    confidence: float,
    as_json: bool,
    markdown: Path | None,
    html: Path | None,
    with_text: bool,
) -> None:
    """Compare runs with a baseline, item by item.

    The first run is the baseline; differences are "run minus baseline" on the items that both answered.
    """
    from rvpo.results import compare, open_run, write_report
    from rvpo.results.report import to_markdown

    if len(runs) < 2:
        raise click.UsageError(
            f"compare needs a baseline and at least one other run; got {', '.join(map(str, runs))}"
        )
    baseline, *others = [open_run(folder) for folder in runs]
    comparisons = [compare(baseline, other, seed=seed, confidence=confidence) for other in others]
    if markdown:
        _write_text(markdown, to_markdown(comparisons))
    if html:
        write_report(html, _content(baseline, others, comparisons), with_text=with_text)
    click.echo(_json(comparisons) if as_json else _table(comparisons), nl=False)


def _content(baseline: "Run", others: "list[Run]", comparisons: "list[Comparison]") -> "ReportContent":
    """The report's content: the verdict is about the first run named after the baseline."""
    from rvpo.results import ReportContent
    from rvpo.results.manifest import command_line

    return ReportContent(
        title=f"rvpo compare · {baseline.manifest.task}",
        primary=comparisons[0],
        pair=(baseline, others[0]),
        further=tuple(comparisons[1:]),
        runs=(baseline, *others),
        command=command_line(sys.argv),
    )


def _json(comparisons: "list[Comparison]") -> str:
    import msgspec

    shown = comparisons[0] if len(comparisons) == 1 else comparisons
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n"


def _table(comparisons: "list[Comparison]") -> str:
    import shutil

    from rvpo.results.report import to_text

    width = shutil.get_terminal_size((100, 24)).columns
    return to_text(comparisons, width=max(80, width), color=sys.stdout.isatty())


def _write_text(path: Path, text: str) -> None:
    from rvpo.results import ResultsError
    from rvpo.results.journal import write_atomically

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error
