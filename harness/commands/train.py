"""``rvpo train``: one training run from its config, with a progress bar; the same command continues a run."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rvpo.trainer import TrainResult


@click.command("train")
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--out", help="The run's folder, instead of the config's.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(*, config: Path, out: str | None, as_json: bool) -> None:
    """Train a model with RVPO, GDPO or GRPO.

    CONFIG is a YAML file. A run that was cut off continues from its last complete checkpoint.
    """
    from rvpo.harness.training_bars import training_bars
    from rvpo.trainer import TrainConfig, load_train_config, train

    settings = load_train_config(config)
    if out is not None:
        settings = TrainConfig.model_validate({**settings.model_dump(exclude_unset=True), "out": out})
    with ExitStack() as bars:
        result = train(settings, on_progress=training_bars(bars))
    click.echo(_json(result) if as_json else _summary(result))


def _plain(result: "TrainResult") -> dict[str, Any]:
    from dataclasses import asdict

    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(result).items()}


def _json(result: "TrainResult") -> str:
    import json

    return json.dumps(_plain(result), indent=2)


def _summary(result: "TrainResult") -> str:
    lines = [f"{result.final}: trained for {result.steps} steps; log in {result.log}"]
    if result.continued_from is not None:
        lines.append(f"continued from step {result.continued_from}")
    if result.skipped_prompts:
        lines.append(f"{result.skipped_prompts} prompts were longer than max_prompt_tokens and skipped")
    if "reward" in result.figures:
        lines.append(f"reward of the last step: {result.figures['reward']:.3f}")
    return "\n".join(lines)
