"""``rvpo curve``: the checkpoints of arms over training, with bands, the best one and tests of a late fall."""

import sys
from functools import partial
from typing import Unpack

import click

from rvpo.harness.commands.forms import Forms, Targets, check_figures, deliver, form_options, gate_status
from rvpo.harness.commands.resampling import confidence_option, seed_option


@click.command("curve")
@click.argument("arms", nargs=-1, required=True, metavar="ARM...")
@click.option("--early", metavar="FROM-TO", help="Steps to fall from, declared before looking.")
@click.option("--late", metavar="FROM-TO", help="Steps to fall to; both windows or neither.")
@seed_option
@confidence_option
@form_options
@click.option(
    "--gate",
    metavar="CRITERION",
    help="End with status 1 unless every arm after the first (or the only one) meets it: 'fall_high < 0.02'.",
)
def command(
    *,
    arms: tuple[str, ...],
    early: str | None,
    late: str | None,
    seed: int,
    confidence: float,
    gate: str | None,
    **targets: Unpack[Targets],
) -> int:
    """Follow the checkpoints of training runs.

    An ARM is NAME=PLACE or PLACE: a folder that holds the examinations of a training run's checkpoints, or a quoted
    pattern ('runs/rvpo/checkpoint-*'). The last number of a folder's name is its step. Later arms are compared with
    the first.
    """
    from rvpo.results.arms import open_arm
    from rvpo.results.curve_study import study_curves
    from rvpo.results.gate import parse_gate
    from rvpo.results.gate_subjects import CURVE_FIGURES, curve_subjects
    from rvpo.results.manifest import command_line
    from rvpo.results.report import curve_forms

    criterion = None if gate is None else parse_gate(gate, CURVE_FIGURES, ())
    check_figures(targets["figures"])
    opened = [open_arm(spec) for spec in arms]
    study = study_curves(
        opened,
        early=_window(early, "--early"),
        late=_window(late, "--late"),
        seed=seed,
        confidence=confidence,
    )
    forms = Forms(
        screen=partial(curve_forms.curve_screen, study),
        record=study,
        markdown=partial(curve_forms.curve_markdown, study),
        latex=partial(curve_forms.curve_latex, study),
        csv=partial(curve_forms.curve_csv, study),
        figure=partial(curve_forms.curve_figure, study),
        html=partial(curve_forms.curve_page, study, [arm.runs[-1] for arm in opened], command_line(sys.argv)),
    )
    deliver(targets, forms)
    return gate_status(criterion, curve_subjects(study)) if criterion else 0


def _window(text: str | None, option: str) -> tuple[float, float] | None:
    """``400-600`` as two steps."""
    if text is None:
        return None
    start, _, stop = text.partition("-")
    try:
        return float(start), float(stop)
    except ValueError:
        raise click.UsageError(f"{option} {text!r}: two steps are needed, as in 400-600") from None
