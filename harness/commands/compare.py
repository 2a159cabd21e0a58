"""``rvpo compare``: paired statistics of runs against a baseline: table, JSON, files, figures, report, gate."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvpo.results import Comparison, ReportContent, Run
    from rvpo.results.gate import Gate

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
@click.option("--latex", type=TargetFile, help="Also write a LaTeX table (booktabs) to this file.")
@click.option("--csv", "as_csv", type=TargetFile, help="Also write every figure to this file.")
@click.option(
    "--figure",
    "figures",
    type=TargetFile,
    multiple=True,
    help="Also draw the forest plot: .svg, .png or .pdf.",
)
@click.option("--html", type=TargetFile, help="Also write the single-file report to this file.")
@click.option(
    "--with-text", is_flag=True, help="Embed prompts and answers in the report (not for closed exams)."
)
@click.option(
    "--gate",
    metavar="CRITERION",
    help="End with status 1 unless every comparison meets it: 'difference > 0 and low > -0.01'.",
)
def command(
    *,
    runs: tuple[Path, ...],
    seed: int,
    confidence: float,
    as_json: bool,
    markdown: Path | None,
    latex: Path | None,
    as_csv: Path | None,
    figures: tuple[Path, ...],
    html: Path | None,
    with_text: bool,
    gate: str | None,
) -> int:
    """Compare runs with a baseline, item by item.

    The first run is the baseline; differences are "run minus baseline" on the items that both answered. Of several runs
    the p-values are adjusted over all of them (Holm).
    """
    from rvpo.harness.healthbench.scorings import scoring_lines, with_scorings
    from rvpo.results import open_run, write_report
    from rvpo.results.against_first import compare_with_first
    from rvpo.results.gate import parse_gate
    from rvpo.results.report import to_csv, to_latex, to_markdown
    from rvpo.results.report.figures import checked_figure, forest_figure, write_figure

    if len(runs) < 2:
        raise click.UsageError(
            f"compare needs a baseline and at least one other run; got {', '.join(map(str, runs))}"
        )
    criterion = parse_gate(gate) if gate is not None else None
    for path in figures:
        checked_figure(path)
    opened = [open_run(folder) for folder in runs]
    comparisons = with_scorings(opened, compare_with_first(opened, seed=seed, confidence=confidence))
    for target, form in ((markdown, to_markdown), (latex, to_latex), (as_csv, to_csv)):
        if target:
            write_text(target, form(comparisons))
    for path in figures:
        write_figure(path, forest_figure(comparisons))
    if html:
        write_report(html, content_of(opened, comparisons), with_text=with_text)
    click.echo(_json(comparisons) if as_json else _table(comparisons), nl=False)
    for line in [] if as_json else [line for each in comparisons for line in scoring_lines(each)]:
        click.echo(line)
    return _status(criterion, comparisons) if criterion else 0


def _status(criterion: "Gate", comparisons: "Sequence[Comparison]") -> int:
    """0 if every comparison meets the criterion; else 1, and what broke it on standard error."""
    broken = [comparison for comparison in comparisons if not criterion.holds(comparison)]
    for comparison in broken:
        click.echo(f"gate broken by {comparison.b}: {'; '.join(criterion.broken(comparison))}", err=True)
    return 1 if broken else 0


def content_of(runs: "Sequence[Run]", comparisons: "Sequence[Comparison]") -> "ReportContent":
    """The report's content: the verdict is about the first run named after the baseline."""
    from rvpo.results import ReportContent
    from rvpo.results.manifest import command_line

    return ReportContent(
        title=f"rvpo · {runs[0].manifest.task}",
        primary=comparisons[0],
        pair=(runs[0], runs[1]),
        further=tuple(comparisons[1:]),
        runs=tuple(runs),
        command=command_line(sys.argv),
    )


def _json(comparisons: "Sequence[Comparison]") -> str:
    import msgspec

    shown = comparisons[0] if len(comparisons) == 1 else comparisons
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n"


def _table(comparisons: "Sequence[Comparison]") -> str:
    import shutil

    from rvpo.results.report import to_text

    width = shutil.get_terminal_size((100, 24)).columns
    return to_text(comparisons, width=max(80, width), color=sys.stdout.isatty())


def write_text(path: Path, text: str) -> None:
    """Write a file whole, or say why not."""
    from rvpo.results import ResultsError
    from rvpo.results.journal import write_atomically

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error
