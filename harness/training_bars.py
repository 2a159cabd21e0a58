"""Progress bars of a training run: one for each stage, with the figures that say whether it learns."""

from contextlib import ExitStack
from typing import Final

import click

from rvpo.harness.progress import Progress as Bar
from rvpo.harness.progress import progress_bar
from rvpo.trainer.progress import OnProgress, Progress

SHOWN: Final = {"reward": "reward", "loss": "loss", "rvpo/k": "k", "rvpo/coverage": "coverage"}


def training_bars(bars: ExitStack) -> OnProgress:
    """Return a listener for ``train`` that keeps one bar for the stage at hand.

    Args:
        bars: Closes the last bar; each new stage closes the one before it.
    """
    opened: dict[str, Bar] = {}

    def show(now: Progress) -> None:
        if now.message:
            click.echo(now.message, err=True)
        if not now.total:
            return
        if now.stage not in opened:
            bars.close()
            opened[now.stage] = bars.enter_context(progress_bar(now.total, now.stage.replace("_", " ")))
        bar = opened[now.stage]
        figures = {label: now.figures[name] for name, label in SHOWN.items() if name in now.figures}
        bar.advance(now.done - bar.done, **figures)

    return show
