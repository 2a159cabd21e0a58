"""``rvpo report``: the HTML report of runs and of their checkpoints' curves, in one file; and its figures in other forms."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from rvpo.harness.commands.compare import content_of, gate_option
from rvpo.harness.commands.forms import (
    Files,
    Forms,
    Targets,
    check_figures,
    deliver,
    file_options,
    gate_status,
)
from rvpo.harness.commands.resampling import cluster_option, confidence_option, seed_option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rvpo.results import Comparison, ReportContent
    from rvpo.results.curve_study import CurveStudy


@click.command("report")
@click.argument(
    "runs", nargs=-1, required=True, metavar="BASELINE RUN [RUN ...]", type=click.Path(path_type=Path)
)
@click.option(
    "--out", default="report.html", show_default=True, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="[NAME=]PLACE",
    help="Checkpoints of a training run, as for rvpo curve.",
)
@click.option("--title", help="Above the verdict; the task by default.")
@click.option("--lead", multiple=True, help="A paragraph under the verdict: what was done.")
@seed_option
@confidence_option
@cluster_option
@click.option(
    "--with-text", is_flag=True, help="Embed prompts and answers in the report (not for closed exams)."
)
@file_options
@gate_option
def command(
    *,
    runs: tuple[Path, ...],
    out: Path,
    arms: tuple[str, ...],
    title: str | None,
    lead: tuple[str, ...],
    seed: int,
    confidence: float,
    cluster_by: str | None,
    with_text: bool,
    gate: str | None,
    **files: Unpack[Files],
) -> int:
    """Write the report of a comparison, one file that opens from disk and asks nobody.

    The verdict is about the first run after the baseline. With --arm, given for each training run, the curves of their
    checkpoints stand in the report. --csv, --figure and --gate are the comparison's; rvpo curve has those of the curves.
    """
    import msgspec

    from rvpo.results import open_run
    from rvpo.results.against_first import compare_with_first
    from rvpo.results.arms import open_arm
    from rvpo.results.curve_study import study_curves
    from rvpo.results.gate import figures_of, parse_gate
    from rvpo.results.manifest import command_line
    from rvpo.results.naming import told_apart

    if len(runs) < 2:
        raise click.UsageError(
            f"report needs a baseline and at least one other run; got {' '.join(map(str, runs))}"
        )
    criterion = None if gate is None else parse_gate(gate)
    check_figures(files["figures"])
    opened = told_apart([open_run(folder) for folder in runs])
    found = compare_with_first(opened, seed=seed, confidence=confidence, cluster_by=cluster_by)
    content = msgspec.structs.replace(content_of(opened, found), lead=lead, command=command_line(sys.argv))
    if title:
        content = msgspec.structs.replace(content, title=title)
    study = None
    if arms:
        study = study_curves([open_arm(spec) for spec in arms], seed=seed, confidence=confidence)
    targets = Targets(**files, html=out)
    comparisons = (content.primary, *content.further)
    deliver(targets, _forms(comparisons, study, content, with_text=with_text))
    if not files["as_json"]:
        click.echo(out)
    return gate_status(criterion, [(c.b, figures_of(c)) for c in comparisons]) if criterion else 0


def _forms(
    comparisons: "Sequence[Comparison]",
    study: "CurveStudy | None",
    content: "ReportContent",
    *,
    with_text: bool,
) -> Forms:
    """The comparisons in every form, and the curves after them."""
    from rvpo.results.report import curve_forms, to_csv, to_latex, to_markdown
    from rvpo.results.report.curve_forms import with_curves
    from rvpo.results.report.figures import forest_figure
    from rvpo.results.report.html import to_html
    from rvpo.results.report.terminal import comparison_screen

    def screen(width: int, color: bool) -> str:
        curves = "" if study is None else "\n" + curve_forms.curve_screen(study, width, color)
        return comparison_screen(comparisons, width, color) + curves

    def after(told: str, curves: "Callable[[CurveStudy], str]") -> str:
        return told if study is None else f"{told}\n{curves(study)}"

    return Forms(
        screen=screen,
        record={"comparisons": comparisons, "curves": study},
        markdown=lambda: after(to_markdown(comparisons), curve_forms.curve_markdown),
        latex=lambda: after(to_latex(comparisons), curve_forms.curve_latex),
        csv=lambda: to_csv(comparisons),
        figure=lambda: forest_figure(comparisons),
        html=lambda: to_html(content if study is None else with_curves(content, study), with_text=with_text),
    )
