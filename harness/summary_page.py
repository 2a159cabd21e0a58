"""The figures of a run as lines for the screen. Pure."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import Final

from rvpo.harness.summary import Mean, Summary

SHOWN_REASONS: Final = 2
REASON_CHARS: Final = 160
TAG_SHARE: Final = 0.05
"""Tags that a smaller share of the items has are left to ``--json``."""


def summary_lines(summary: Summary, out: Path) -> Iterator[str]:
    """What a run came to.

    Args:
        summary: Its figures.
        out: Its folder.
    """
    yield f"{summary.title}  (run {summary.run_id} in {out})"
    yield f"score     {figure(summary.score)}  mean of {summary.scored} items"
    one_rule = summary.score, summary.score
    if summary.healthbench is None and (summary.clipped_after_mean, summary.clipped_per_item) != one_rule:
        yield f"          {figure(summary.clipped_after_mean)}  clipped to [0, 1] after the mean"
        yield f"          {figure(summary.clipped_per_item)}  clipped per item"
    if summary.holes or summary.failed:
        yield f"bounds    {figure(summary.low)} to {figure(summary.high)}  had what is missing come out worst or best"
        unanswered = f", {summary.failed} draws without an answer" if summary.failed else ""
        yield f"coverage  {figure(summary.coverage)}  {summary.holes} criteria without a verdict{unanswered}"
    yield f"draws     {summary.draws} of {summary.planned}, {summary.failed} failed, {summary.truncated} truncated"
    yield from _failure_lines(summary)
    if summary.health is not None:
        from rvpo.harness.gpqa.page import health_lines

        yield from health_lines(summary.health)
    if summary.healthbench is not None:
        from rvpo.harness.healthbench.page import healthbench_lines

        yield from healthbench_lines(summary.healthbench, summary.scored)
    yield from _table("criterion", summary.by_criterion)
    tags = {} if summary.healthbench is not None else summary.by_tag
    common = {tag: each for tag, each in sorted(tags.items()) if each.n >= TAG_SHARE * summary.scored}
    yield from _table("tag", common)
    if hidden := len(tags) - len(common):
        yield f"and {hidden} tags that fewer than {TAG_SHARE:.0%} of the items have (--json)"
    if summary.task.startswith("bfcl:"):
        from rvpo.harness.bfcl import bfcl_accuracies

        yield from _table("as BFCL sums up", bfcl_accuracies(summary.by_tag))
    yield from (f"note      {note}" for note in summary.notes)


def _failure_lines(summary: Summary) -> Iterator[str]:
    """The commonest reasons for which draws failed."""
    for reason, count in islice(summary.failures.items(), SHOWN_REASONS):
        yield f"          {count} failed: {shorten(reason, REASON_CHARS, placeholder=' ...')}"
    if more := summary.failed - sum(islice(summary.failures.values(), SHOWN_REASONS)):
        yield f"          {more} failed for other reasons (--json)"


def _table(head: str, means: Mapping[str, Mean]) -> Iterator[str]:
    if means:
        width = max(map(len, [head, *means]))
        yield f"{head:{width}}    mean  items"
        yield from (f"{name:{width}}  {figure(each.mean)}  {each.n:5}" for name, each in means.items())


def figure(value: float | None) -> str:
    """A figure of six characters; ``none`` where there is none.

    >>> figure(0.5), figure(None)
    (' 0.500', '  none')
    """
    return "  none" if value is None else f"{value:6.3f}"
