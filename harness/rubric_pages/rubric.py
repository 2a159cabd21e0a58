"""A rubric as a page: what it is, what it weighs, every criterion, how it is added up. Pure.

Fits 60 columns and more; says all it says without colour.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rvpo.harness.rubric_pages.criterion import criterion_text
from rvpo.harness.rubric_pages.settings import settings_lines
from rvpo.harness.rubric_pages.words import count, criteria, said, signed
from rvpo.rubrics.hashing import rubric_hash
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.wording import printable

BAR = 24
AXIS = "axis:"


class Section(NamedTuple):
    """Criteria that belong together."""

    name: str
    """What a reader calls it; empty where a rubric has no sections."""
    tag: str
    """The tag that all of them have, where it is by one."""
    members: tuple[Criterion, ...]


def rubric_page(rubric: Rubric) -> RenderableType:
    """The whole page."""
    parts = sections(rubric)
    blocks: list[RenderableType] = [*_head(rubric)]
    if len(parts) > 1:
        blocks += [Text(), _weights(parts)]
    for part in parts:
        blocks += [Text(), *_section(rubric, part)]
    if settings := list(settings_lines(rubric)):
        blocks += [Text(), *(Padding(Text(line), (0, 0, 0, 2)) for line in settings)]
    blocks += [Text(), Text(f"rubric hash {rubric_hash(rubric)[:12]}", "dim")]
    return Group(*blocks)


def to_earn(rubric: Rubric) -> float:
    """The points that a perfect reply earns: HealthBench's denominator."""
    return sum(criterion.points for criterion in rubric.criteria if criterion.points > 0)


def size(rubric: Rubric) -> str:
    """How large a rubric is, for instance ``12 criteria, 56 points``."""
    points = to_earn(rubric)
    return f"{criteria(len(rubric.criteria))}, {points:g} {'point' if points == 1 else 'points'}"


def sections(rubric: Rubric) -> tuple[Section, ...]:
    """The criteria by component or axis, in the order in which these first occur; by neither: in one section."""
    by_axis = any(tag.startswith(AXIS) for criterion in rubric.criteria for tag in criterion.tags)
    by_component = any(criterion.component for criterion in rubric.criteria)
    if not (by_axis or by_component):
        return (Section("", "", rubric.criteria),)
    use_component = by_component and not (rubric.aggregate.view == "axes" and by_axis)
    weights = {each.id: f", weight {each.weight:g}" for each in rubric.components if each.weight is not None}
    titles = {each.id: f"{each.title or each.id}{weights.get(each.id, '')}" for each in rubric.components}
    members: dict[str, list[Criterion]] = {}
    for criterion in rubric.criteria:
        key = (
            criterion.component
            if use_component
            else next((t for t in criterion.tags if t.startswith(AXIS)), None)
        )
        members.setdefault(key or "", []).append(criterion)
    return tuple(
        Section(titles.get(key) or _axis_name(key), "" if use_component else key, tuple(found))
        for key, found in members.items()
    )


def _head(rubric: Rubric) -> Iterator[RenderableType]:
    faults = [criterion for criterion in rubric.criteria if criterion.points < 0]
    extent = [f"{rubric.id} v{rubric.version}", size(rubric)]
    if faults:
        extent.append(f"{count(len(faults), 'fault')}, {signed(sum(each.points for each in faults))}")
    yield said(rubric.title or rubric.id, "bold")
    yield Text(" · ".join(extent), "dim")
    if origin := [part for part in (rubric.provenance, rubric.licence) if part]:
        yield said("; ".join(origin), "dim")
    if rubric.fields:
        yield Text("fields of the row: ", "dim").append(", ".join(rubric.fields), "bold cyan")
    if rubric.tags:
        yield Text(f"tags: {printable(', '.join(rubric.tags))}", "dim")
    if rubric.guidelines:
        yield Padding(said(rubric.guidelines, fields=rubric.fields), (1, 2, 0, 2))


def _weights(parts: tuple[Section, ...]) -> Table:
    """A bar for the points to earn in each section; faults in words."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="red")
    earned = [sum(each.points for each in part.members if each.points > 0) for part in parts]
    most = max(earned, default=0) or 1
    for part, points in zip(parts, earned, strict=True):
        lost = sum(each.points for each in part.members if each.points < 0)
        bar = "━" * max(round(BAR * points / most), 1 if points else 0)
        table.add_row(
            said(part.name), Text(bar, "cyan"), Text(signed(points)), Text(signed(lost) if lost else "")
        )
    return table


def _section(rubric: Rubric, part: Section) -> Iterator[RenderableType]:
    if part.name:
        yield Rule(said(part.name, "bold"), align="left", style="dim", characters="─")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=4)
    table.add_column()
    for criterion in part.members:
        style = "red" if criterion.points < 0 else "dim" if criterion.points == 0 else "green"
        cell = criterion_text(rubric, criterion, grouped_by=part.tag)
        table.add_row(Text(signed(criterion.points), style), cell)
    yield table


def _axis_name(tag: str) -> str:
    return tag.removeprefix(AXIS).replace("_", " ").capitalize() if tag else "Others"
