"""The live table of a training run on a terminal: one row a criterion, the step's figures above, alarms below. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from rvpo.trainer.progress import Progress

MOST_ROWS: Final = 12
_MEAN: Final = re.compile(r"rewards/(.+)/mean")
_COLUMNS: Final = ("mean", "gain", "pass_rate", "attention", "all_met", "all_failed")
_HEAD: Final = {
    "reward": "reward",
    "loss": "loss",
    "rvpo/k": "k",
    "rvpo/neglect": "neglect",
    "rvpo/coverage": "coverage",
    "rvpo/judge_wait_s": "judge s",
    "judge/usd_total": "USD",
}


def training_table(now: Progress) -> Group:
    """Lay out one step; criteria that the SoftMin attends to most come first."""
    figures = now.figures
    head = Text(f"step {now.done}/{now.total}", style="bold")
    for name, label in _HEAD.items():
        if figures.get(name):
            head.append(f"  {label} ", style="dim").append(f"{figures[name]:.3g}")
    labels = [found[1] for name in figures if (found := _MEAN.fullmatch(name))]
    labels.sort(key=lambda label: -figures.get(f"rewards/{label}/attention", 0.0))
    table = Table(box=None, pad_edge=False)
    table.add_column("criterion", overflow="ellipsis", no_wrap=True, max_width=36)
    for name in _COLUMNS:
        table.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    for label in labels[:MOST_ROWS]:
        table.add_row(label, *(_cell(figures, label, name) for name in _COLUMNS))
    rest = [Text(f"and {len(labels) - MOST_ROWS} more", style="dim")] if len(labels) > MOST_ROWS else []
    return Group(head, table, *rest)


def _cell(figures: Mapping[str, float], label: str, name: str) -> str:
    value = figures.get(f"rewards/{label}/{name}")
    return "" if value is None else f"{value:+.2f}" if name == "gain" else f"{value:.2f}"
