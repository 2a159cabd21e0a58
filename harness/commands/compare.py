"""``rvpo compare``: paired statistics of runs, or of methods, against a baseline; every form, and a gate."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from rvpo.harness.commands.forms import Forms, Targets, check_figures, deliver, form_options, gate_status
from rvpo.harness.commands.resampling import cluster_option, confidence_option, seed_option

if TYPE_CHECKING:
    from rvpo.results import Comparison, ReportContent, Run
    from rvpo.results.methods import Method

gate_option = click.option(
    "--gate",
    metavar="CRITERION",
    help="End with status 1 unless every comparison meets it: 'difference > 0 and low > -0.01'.",
)
"""Of the commands that end in comparisons: this one and ``rvpo report``."""


@click.command(name="compare")
@click.argument("runs", nargs=-1, metavar="[BASELINE RUN [RUN ...]]", type=click.Path(path_type=Path))
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="NAME=PLACE[,PLACE...]",
    help="Instead of runs: the examined training runs of a method; the first --arm is the baseline. "
    "A PLACE is a run folder, a folder of them, or a quoted pattern ('exams/rvpo-seed*').",
)
@click.option(
    "--paired-runs", is_flag=True, help="The runs of all arms share seeds and data order, in the order given."
)
@cluster_option
@seed_option
@confidence_option
@form_options
@click.option(
    "--with-text", is_flag=True, help="Embed prompts and answers in the report (not for closed exams)."
)
@gate_option
def command(
    *,
    runs: tuple[Path, ...],
    arms: tuple[str, ...],
    paired_runs: bool,
    cluster_by: str | None,
    seed: int,
    confidence: float,
    with_text: bool,
    gate: str | None,
    **targets: Unpack[Targets],
) -> int:
    """Compare runs with a baseline, item by item.

    The first run is the baseline; differences are "run minus baseline" on the items that both answered. With --arm, given
    for each method, the training run is the unit. Of several runs or arms the p-values are adjusted over all of them (Holm).
    """
    from rvpo.results.gate import figures_of, parse_gate
    from rvpo.results.report import forest_figure, to_csv, to_latex, to_markdown
    from rvpo.results.report.html import to_html
    from rvpo.results.report.terminal import comparison_screen

    _check_arguments(runs, arms, paired_runs=paired_runs)
    criterion = parse_gate(gate) if gate is not None else None
    check_figures(targets["figures"])
    content = (
        _content_of_arms(arms, seed, confidence, cluster_by, paired_runs=paired_runs)
        if arms
        else _content_of_runs(runs, seed, confidence, cluster_by)
    )
    comparisons = (content.primary, *content.further)
    deliver(
        targets,
        Forms(
            screen=lambda width, color: comparison_screen(comparisons, width, color),
            record=comparisons[0] if len(comparisons) == 1 else comparisons,
            markdown=lambda: to_markdown(comparisons),
            latex=lambda: to_latex(comparisons),
            csv=lambda: to_csv(comparisons),
            figure=lambda: forest_figure(comparisons),
            html=lambda: to_html(content, with_text=with_text),
        ),
    )
    return gate_status(criterion, [(c.b, figures_of(c)) for c in comparisons]) if criterion else 0


def _check_arguments(runs: Sequence[Path], arms: Sequence[str], *, paired_runs: bool) -> None:
    if runs and arms:
        raise click.UsageError(f"compare takes runs or --arm, not both; got {runs[0]} and --arm {arms[0]}")
    if paired_runs and not arms:
        raise click.UsageError("--paired-runs is about training runs of arms: give each as --arm NAME=PLACE")
    if arms and len(arms) < 2:
        raise click.UsageError(f"compare needs a baseline and at least one other --arm; got --arm {arms[0]}")
    if not arms and len(runs) < 2:
        raise click.UsageError(
            f"compare needs a baseline and at least one other run; got {', '.join(map(str, runs)) or 'none'}"
        )


def _content_of_runs(
    folders: Sequence[Path], seed: int, confidence: float, cluster_by: str | None
) -> "ReportContent":
    from rvpo.results import open_run
    from rvpo.results.against_first import compare_with_first
    from rvpo.results.naming import told_apart

    opened = told_apart([open_run(folder) for folder in folders])
    found = compare_with_first(opened, seed=seed, confidence=confidence, cluster_by=cluster_by)
    return content_of(opened, found)


def _content_of_arms(
    specs: Sequence[str], seed: int, confidence: float, cluster_by: str | None, *, paired_runs: bool
) -> "ReportContent":
    """The arms pooled stand for the pair; every training run is shown by itself."""
    import msgspec

    from rvpo.results.against_first import compare_methods_with_first
    from rvpo.results.methods import draws_of, open_method, pooled, single_runs

    methods: list[Method] = [open_method(spec) for spec in specs]
    found = compare_methods_with_first(
        methods, seed=seed, confidence=confidence, cluster_by=cluster_by, paired_runs=paired_runs
    )
    draws = draws_of(methods)
    single = [run for method in methods for run in single_runs(method)]
    content = content_of([pooled(method, draws) for method in methods], found, single)
    return msgspec.structs.replace(content, arms=(methods[0], methods[1]))


def content_of(
    runs: "Sequence[Run]", comparisons: "Sequence[Comparison]", shown: "Sequence[Run] | None" = None
) -> "ReportContent":
    """The report's content: the verdict is about the first run named after the baseline.

    Args:
        runs: that were compared.
        comparisons: of every later one with the first.
        shown: all runs to show by themselves, where others stand behind those that were compared.
    """
    from rvpo.harness.gpqa.page import health_panel
    from rvpo.harness.healthbench.scorings import with_scorings
    from rvpo.results import ReportContent
    from rvpo.results.manifest import command_line

    scored, health = with_scorings(runs, comparisons), health_panel(shown or runs)
    return ReportContent(
        title=f"rvpo · {runs[0].manifest.task}",
        primary=scored[0],
        pair=(runs[0], runs[1]),
        further=tuple(scored[1:]),
        runs=tuple(shown or runs),
        tables=(health,) if health else (),
        command=command_line(sys.argv),
    )
