"""A HealthBench run in lines, as ``rvpo eval`` prints it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from rvpo.harness.healthbench.figures import VARIANTS, HealthBenchFigures, TagFigures

COMMON: Final = 0.05
"""Clusters that a smaller share of the items has are left to ``--json``."""
WIDEST_NAME: Final = 21
"""That of an axis; with the figures a line then has 80 characters."""


def healthbench_lines(figures: HealthBenchFigures, items: int) -> Iterator[str]:
    """Every named score, overall and by axis, theme and cluster; ``items``: how many have a score."""
    groups = (("axis", figures.axes), ("theme", figures.themes), ("cluster", figures.clusters))
    names = ["overall", *(name for _, tags in groups for name in tags)]
    width = max(len(name) for name in names if len(name) <= WIDEST_NAME)
    yield f"{'':{width}} items " + " ".join(VARIANTS)
    yield from _row("overall", items, figures.variants, width)
    for kind, tags in groups:
        shown = {name: each for name, each in tags.items() if kind != "cluster" or each.n >= COMMON * items}
        yield from _group(kind, shown, width)
        if len(shown) < len(tags):
            yield f"and {len(tags) - len(shown)} clusters that fewer than {COMMON:.0%} of the items have (--json)"
    if figures.worst_at_k:
        worst = ", ".join(f"{k}: {score:.3f}" for k, score in enumerate(figures.worst_at_k, start=1))
        yield f"worst of k answers  {worst}  ({figures.worst_n} items with a score in every draw)"


def _group(kind: str, tags: Mapping[str, TagFigures], width: int) -> Iterator[str]:
    if tags:
        yield kind
        for name, each in tags.items():
            yield from _row(name, each.n, each.variants, width)


def _row(name: str, n: int, variants: Mapping[str, float | None], width: int) -> Iterator[str]:
    """The line of a name; a long one has its figures on the next."""
    if len(name) > width:
        yield name
        name = ""
    cells = (
        f"{'none' if variants[each] is None else format(variants[each], '.3f'):>{len(each)}}"
        for each in VARIANTS
    )
    yield f"{name:{width}} {n:5} " + " ".join(cells)
