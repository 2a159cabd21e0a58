"""The figures of a sweep, as a table for the screen and as JSON. Pure."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from rvpo.harness.summary import Summary, summarise
from rvpo.harness.summary_page import figure
from rvpo.harness.sweep import Swept

ENOUGH_FOR_A_CURVE = 2


class SweptFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One checkpoint."""

    step: float
    folder: str
    """Of its run."""
    same_as: str
    """The checkpoint whose weights, and so whose answers, these are; mostly empty."""
    summary: Summary


class SweepFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep, as ``--json`` prints it."""

    checkpoints: tuple[SweptFigures, ...]
    curve: str
    """The command that draws the curve; empty of a single checkpoint."""


def sweep_figures(swept: Sequence[Swept], out: Path) -> SweepFigures:
    """Sum up the runs of a sweep."""
    return SweepFigures(
        checkpoints=tuple(
            SweptFigures(
                step=each.step,
                folder=str(each.run.folder),
                same_as=each.same_as,
                summary=summarise(each.run),
            )
            for each in swept
        ),
        curve=shlex.join(["rvpo", "curve", str(out)]) if len(swept) >= ENOUGH_FOR_A_CURVE else "",
    )


def sweep_lines(figures: SweepFigures) -> Iterator[str]:
    """A line a checkpoint, the notes, with the steps of those that have them, and what to do next."""
    yield "    step   score  bounds            items  failed  cut  run"
    for each in figures.checkpoints:
        summary = each.summary
        remark = f"  (weights of {each.same_as})" if each.same_as else ""
        yield (
            f"{each.step:8g}  {figure(summary.score)}  {figure(summary.low)} to {figure(summary.high)}"
            f"  {summary.scored:5}  {summary.failed:6}  {summary.truncated:3}  {each.folder}{remark}"
        )
    noted: dict[str, list[float]] = {}
    for each in figures.checkpoints:
        for note in each.summary.notes:
            noted.setdefault(note, []).append(each.step)
    for note, steps in noted.items():
        of = "" if len(steps) == len(figures.checkpoints) else f"{', '.join(f'{step:g}' for step in steps)}: "
        yield f"note      {of}{note}"
    if figures.curve:
        yield f"with bands, the best checkpoint and a test of a late fall: {figures.curve}"
