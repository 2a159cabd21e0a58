"""What a training run shows: on a terminal a live table, elsewhere a plain line now and then; alarms at once in both."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import click

from rvpo.harness.progress import Progress as Bar
from rvpo.harness.progress import progress_bar
from rvpo.trainer.progress import OnProgress, Progress

SHOWN: Final = {"reward": "reward", "loss": "loss", "rvpo/k": "k", "rvpo/coverage": "coverage"}


def training_bars(bars: ExitStack) -> OnProgress:
    """Return a listener for ``train`` that keeps one display for the stage at hand.

    Args:
        bars: Closes the last display; each new stage closes the one before it.
    """
    opened: dict[str, Bar] = {}
    table: list[Callable[[Progress], None]] = []

    def show(now: Progress) -> None:
        for line in (now.message, *(alarm.line() for alarm in now.alarms)):
            if line:
                click.echo(line, err=True)
        if not now.total:
            return
        if now.stage == "train" and sys.stderr.isatty():
            if not table:
                bars.close()
                table.append(_live_table(bars))
            table[0](now)
            return
        if now.stage not in opened:
            bars.close()
            opened[now.stage] = bars.enter_context(progress_bar(now.total, now.stage.replace("_", " ")))
        bar = opened[now.stage]
        figures = {label: now.figures[name] for name, label in SHOWN.items() if name in now.figures}
        bar.advance(now.done - bar.done, **figures)

    return show


def _live_table(bars: ExitStack) -> Callable[[Progress], None]:
    from rich.console import Console
    from rich.live import Live

    from rvpo.harness.training_table import training_table

    # Live puts what is written to standard error meanwhile above the table.
    live: Any = bars.enter_context(Live(console=Console(stderr=True), auto_refresh=False))

    def show(now: Progress) -> None:
        if "reward" in now.figures:
            live.update(training_table(now), refresh=True)

    return show
