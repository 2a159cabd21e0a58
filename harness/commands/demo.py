"""``rvpo demo``: the main job end to end on the embedded model."""

from pathlib import Path

import click


@click.command("demo")
@click.option(
    "--out",
    default="runs/demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for everything; the same command goes on with what it finds there.",
)
@click.option(
    "--model", default="embedded", show_default=True, help="Another chat model's folder, to try it on."
)
@click.option("--arms", default="rvpo", show_default=True, help="Of rvpo, gdpo, grpo; the first is reported.")
@click.option(
    "--seeds", default=1, show_default=True, type=click.IntRange(1), help="Training runs of each arm."
)
@click.option("--steps", type=click.IntRange(1), help="Steps of each training run.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def command(*, out: Path, model: str, arms: str, seeds: int, steps: int | None, as_json: bool) -> None:
    """Train, examine, compare and report, on the embedded model.

    Teaches a 135-million-parameter model to call tools, with rewards from six rules, and shows on held-out items what
    RVPO added to a supervised warm start. `--arms rvpo,gdpo,grpo --seeds 3` is the fair comparison of methods.
    """
    import msgspec

    from rvpo.harness.demo.plan import make_plan
    from rvpo.harness.demo.stages import run_demo
    from rvpo.results.report.words import verdict

    result = run_demo(make_plan(out, model, arms, seeds, steps), lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result.comparison), indent=2))
        return
    told = verdict(result.comparison)
    click.echo(f"{told.headline}\n{told.detail}")
    click.echo(f"report: {result.report.resolve()}  ({result.seconds / 60:.1f} minutes)")
