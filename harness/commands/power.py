"""``rvpo power``: from two finished runs, what difference an exam finds and what to buy next."""

from pathlib import Path

import click


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
@click.option(
    "--confidence",
    default=0.95,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Level of the test.",
)
@click.option(
    "--run-sd",
    type=click.FloatRange(min=0),
    help="Points by which training runs of one method differ (their sd).",
)
@click.option(
    "--runs", default=1, show_default=True, type=click.IntRange(min=1), help="Training runs an arm."
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
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
    as_json: bool,
) -> None:
    """Plan an exam from two runs that sat it.

    The runs give the variance of items and draws; the plan says what true difference would be found, how many items
    another one needs, and whether to buy items, draws or training runs next.
    """
    import msgspec

    from rvpo.results import open_run
    from rvpo.results.planning import plan_exam
    from rvpo.results.report.plan_words import plan_sentences, plan_table
    from rvpo.results.report.text import panel_text

    plan = plan_exam(
        open_run(baseline),
        open_run(run),
        items=items,
        draws=draws,
        runs=runs,
        run_sd=None if run_sd is None else run_sd / 100,
        difference=None if difference is None else difference / 100,
        power=wanted,
        confidence=confidence,
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(plan), indent=2).decode())
    else:
        click.echo(panel_text(plan_table(plan), plan_sentences(plan)), nl=False)
