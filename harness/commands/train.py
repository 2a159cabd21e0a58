"""``rvpo train``: one training run from its config, with a progress bar; the same command continues a run."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rvpo.harness.commands.out_folder import OutFolder

if TYPE_CHECKING:
    from rvpo.trainer import TrainConfig, TrainResult


@click.command("train")
@click.argument("config")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Over the config's; lora.rank=8.")
@click.option("--out", type=OutFolder(), help="The run's folder, instead of the config's.")
@click.option("--dry-run", is_flag=True, help="Say what the run does, costs and needs; spend nothing.")
@click.option("--watch", is_flag=True, help="Draw the curves on a local page meanwhile.")
@click.option("--json", "as_json", is_flag=True, help="Print the result, or the plan, as JSON.")
def command(
    *, config: str, settings: tuple[str, ...], out: Path | None, dry_run: bool, watch: bool, as_json: bool
) -> None:
    """Train a model with RVPO, GDPO or GRPO.

    CONFIG is a YAML file, or recipe:NAME ('rvpo recipes' lists them). A run that was cut off continues from its last
    complete checkpoint.
    """
    from rvpo.harness.training_bars import training_bars
    from rvpo.trainer import TrainConfig, load_train_config, train

    loaded = load_train_config(config, settings)
    if out is not None:
        loaded = TrainConfig.model_validate({**loaded.model_dump(exclude_unset=True), "out": str(out)})
    if dry_run:
        click.echo(_plan(loaded, as_json=as_json))
        return
    with ExitStack() as bars, ExitStack() as page:
        if watch:
            from rvpo.harness.watching import watched

            click.echo(page.enter_context(watched(Path(loaded.out))), err=True)
        result = train(loaded, on_progress=training_bars(bars))
    click.echo(_json(_plain(result)) if as_json else _summary(result))


def _plan(config: "TrainConfig", *, as_json: bool) -> str:
    from rvpo.harness.train_plan import make_plan, plain_plan, plan_page

    plan = make_plan(config)
    return _json(plain_plan(plan)) if as_json else plan_page(plan)


def _plain(result: "TrainResult") -> dict[str, Any]:
    from dataclasses import asdict

    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(result).items()}


def _json(value: Any) -> str:
    import json

    return json.dumps(value, indent=2)


def _summary(result: "TrainResult") -> str:
    lines = [f"{result.final}: trained for {result.steps} steps; log in {result.log}"]
    if result.continued_from is not None:
        lines.append(f"continued from step {result.continued_from}")
    if result.skipped_prompts:
        lines.append(f"{result.skipped_prompts} prompts were longer than max_prompt_tokens and skipped")
    if "reward" in result.figures:
        lines.append(f"reward of the last step: {result.figures['reward']:.3f}")
    return "\n".join(lines)
