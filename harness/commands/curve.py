"""``rvpo curve``: the checkpoints of arms over training, with bands, the best one and tests of a late fall."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rvpo.results.curve_study import CurveStudy

TargetFile = click.Path(dir_okay=False, path_type=Path)


@click.command("curve")
@click.argument("arms", nargs=-1, required=True, metavar="ARM...")
@click.option("--early", metavar="FROM-TO", help="Steps to fall from, declared before looking.")
@click.option("--late", metavar="FROM-TO", help="Steps to fall to; both windows or neither.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the resampling."
)
@click.option(
    "--confidence",
    default=0.95,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Level of bands and intervals.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--markdown", type=TargetFile, help="Also write Markdown to this file.")
@click.option("--csv", "as_csv", type=TargetFile, help="Also write every checkpoint's figures to this file.")
@click.option("--figure", "figures", type=TargetFile, multiple=True, help="Also draw it: .svg, .png or .pdf.")
def command(
    *,
    arms: tuple[str, ...],
    early: str | None,
    late: str | None,
    seed: int,
    confidence: float,
    as_json: bool,
    markdown: Path | None,
    as_csv: Path | None,
    figures: tuple[Path, ...],
) -> None:
    """Follow the checkpoints of training runs.

    An ARM is NAME=PLACE or PLACE: a folder that holds the examinations of a training run's checkpoints, or a quoted
    pattern ('runs/rvpo/checkpoint-*'). The last number of a folder's name is its step. Later arms are compared with
    the first.
    """
    from rvpo.harness.commands.compare import write_text
    from rvpo.results.arms import open_arm
    from rvpo.results.curve_study import study_curves
    from rvpo.results.report import curve_words
    from rvpo.results.report.figures import checked_figure, write_figure

    for path in figures:
        checked_figure(path)
    study = study_curves(
        [open_arm(spec) for spec in arms],
        early=_window(early, "--early"),
        late=_window(late, "--late"),
        seed=seed,
        confidence=confidence,
    )
    if markdown:
        write_text(markdown, curve_words.curve_markdown(study))
    if as_csv:
        write_text(as_csv, curve_words.curve_csv(study))
    for path in figures:
        write_figure(path, curve_words.curve_figure(study))
    click.echo(_json(study) if as_json else _screen(study), nl=False)


def _window(text: str | None, option: str) -> tuple[float, float] | None:
    """``400-600`` as two steps."""
    if text is None:
        return None
    start, _, stop = text.partition("-")
    try:
        return float(start), float(stop)
    except ValueError:
        raise click.UsageError(f"{option} {text!r}: two steps are needed, as in 400-600") from None


def _json(study: "CurveStudy") -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(study), indent=2).decode() + "\n"


def _screen(study: "CurveStudy") -> str:
    import shutil

    from rvpo.results.report.curve_words import curve_sentences, curve_table
    from rvpo.results.report.text import panel_text

    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    return panel_text(curve_table(study), curve_sentences(study), width=width, color=sys.stdout.isatty())
