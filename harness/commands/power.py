"""``rvpo power``: from two finished runs, what difference an exam finds and what to buy next."""

import sys
from functools import partial
from pathlib import Path
from typing import Unpack

import click

from rvpo.harness.commands.forms import Forms, Targets, check_figures, deliver, form_options, gate_status
from rvpo.harness.commands.resampling import cluster_option, confidence_option


@click.command("power")
@click.argument("baseline", type=click.Path(path_type=Path))
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--items", type=click.IntRange(min=2), help="Items of the exam to plan; as many as here by default."
)
@click.option("--draws", type=click.IntRange(min=1), help="Draws of every item; as many as here by default.")
@click.option("--difference", type=float, help="A true difference in points of 100, to ask the power for.")
@click.option(
    "--power",
    "wanted",
    default=0.8,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="How often the difference is to be found.",
)
@confidence_option
@click.option(
    "--run-sd",
    type=click.FloatRange(min=0),
    help="Points by which training runs of one method differ (their sd).",
)
@click.option(
    "--runs", default=1, show_default=True, type=click.IntRange(min=1), help="Training runs an arm."
)
@cluster_option
@form_options
@click.option(
    "--gate",
    metavar="CRITERION",
    help="End with status 1 unless the plan meets it: 'detectable <= 0.02' (in the score's own unit).",
)
def command(
    *,
    baseline: Path,
    run: Path,
    items: int | None,
    draws: int | None,
    difference: float | None,
    wanted: float,
    confidence: float,
    run_sd: float | None,
    runs: int,
    cluster_by: str | None,
    gate: str | None,
    **targets: Unpack[Targets],
) -> int:
    """Plan an exam from two runs that sat it.

    The runs give the variance of items and draws; the plan says what true difference would be found, how many items
    another one needs, and whether to buy items, draws or training runs next.
    """
    from rvpo.results import open_run
    from rvpo.results.gate import parse_gate
    from rvpo.results.gate_subjects import PLAN_FIGURES, plan_figures
    from rvpo.results.manifest import command_line
    from rvpo.results.naming import told_apart
    from rvpo.results.planning import plan_exam
    from rvpo.results.report import plan_forms

    criterion = None if gate is None else parse_gate(gate, PLAN_FIGURES, ())
    check_figures(targets["figures"])

    plan = plan_exam(
        *told_apart([open_run(baseline), open_run(run)]),
        items=items,
        draws=draws,
        runs=runs,
        run_sd=None if run_sd is None else run_sd / 100,
        difference=None if difference is None else difference / 100,
        power=wanted,
        confidence=confidence,
        cluster_by=cluster_by,
    )
    forms = Forms(
        screen=partial(plan_forms.plan_screen, plan),
        record=plan,
        markdown=partial(plan_forms.plan_markdown, plan),
        latex=partial(plan_forms.plan_latex, plan),
        csv=partial(plan_forms.plan_csv, plan),
        figure=partial(plan_forms.plan_figure, plan),
        html=partial(plan_forms.plan_page, plan, command_line(sys.argv)),
    )
    deliver(targets, forms)
    return gate_status(criterion, [("the plan", plan_figures(plan))]) if criterion else 0
