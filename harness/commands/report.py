"""``rvpo report``: the HTML report of runs and of their checkpoints' curves, in one file."""

import sys
from pathlib import Path

import click


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
    "--with-text", is_flag=True, help="Embed prompts and answers in the report (not for closed exams)."
)
def command(
    *,
    runs: tuple[Path, ...],
    out: Path,
    arms: tuple[str, ...],
    title: str | None,
    lead: tuple[str, ...],
    seed: int,
    confidence: float,
    with_text: bool,
) -> None:
    """Write the report of a comparison, one file that opens from disk and asks nobody.

    The verdict is about the first run after the baseline. With --arm, given for each training run, the curves of their
    checkpoints stand in the report.
    """
    import msgspec

    from rvpo.harness.commands.compare import content_of
    from rvpo.results import open_run, write_report
    from rvpo.results.against_first import compare_with_first
    from rvpo.results.arms import open_arm
    from rvpo.results.curve_study import study_curves
    from rvpo.results.manifest import command_line
    from rvpo.results.report.curve_words import curve_panels, curve_sentences, curve_table

    if len(runs) < 2:
        raise click.UsageError(
            f"report needs a baseline and at least one other run; got {' '.join(map(str, runs))}"
        )
    opened = [open_run(folder) for folder in runs]
    content = content_of(opened, compare_with_first(opened, seed=seed, confidence=confidence))
    content = msgspec.structs.replace(
        content, title=title or content.title, lead=lead, command=command_line(sys.argv)
    )
    if arms:
        study = study_curves([open_arm(spec) for spec in arms], seed=seed, confidence=confidence)
        content = msgspec.structs.replace(
            content,
            curves=curve_panels(study),
            curve_words=tuple(curve_sentences(study)),
            tables=(curve_table(study),),
        )
    click.echo(write_report(out, content, with_text=with_text))
