"""``rvpo rubric``: show a rubric as a reader would want it, lint rubric files. Writes nothing but to the screen."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rvpo.rubrics import Criterion, Rubric


@click.group("rubric")
def command() -> None:
    """Author a rubric: show it, lint it."""


@command.command("show")
@click.argument("source", metavar="PATH_OR_LIBRARY_NAME")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(source: str, *, as_json: bool) -> None:
    """Show one rubric: a file, or one that ships with rvpo by its name."""
    from rvpo.harness.sources import find_rubric

    rubric = find_rubric(source)
    if as_json:
        _echo_json(_as_plain(rubric))
    else:
        _print_page(rubric)


@command.command("lint")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lint(paths: tuple[str, ...], *, as_json: bool) -> int:
    """Check rubric files; exit status 1 if any has an error."""
    reports = [_lint(path) for path in paths]
    if as_json:
        _echo_json(reports)
    else:
        for report in reports:
            click.echo(
                report["error"] or f"ok  {report['path']}: {_size(report['criteria'], report['points'])}"
            )
    return int(any(report["error"] for report in reports))


def _lint(path: str) -> dict[str, Any]:
    from rvpo.rubrics import RubricError, load_rubric

    try:
        rubric = load_rubric(path)
    except RubricError as error:
        return {"path": path, "criteria": None, "points": None, "error": str(error)}
    return {"path": path, "criteria": len(rubric.criteria), "points": _total(rubric), "error": None}


def _total(rubric: "Rubric") -> float:
    """The points that a perfect reply earns: HealthBench's denominator."""
    return sum(criterion.points for criterion in rubric.criteria if criterion.points > 0)


def _size(criteria: int, points: float) -> str:
    return f"{criteria} {'criterion' if criteria == 1 else 'criteria'}, {points:g} points"


def _as_plain(rubric: "Rubric") -> dict[str, Any]:
    from rvpo.rubrics import criterion_hash, rubric_hash

    plain = rubric.model_dump(mode="json")
    for entry, criterion in zip(plain["criteria"], rubric.criteria, strict=True):
        entry["criterion_hash"] = criterion_hash(rubric, criterion)
    return {**plain, "rubric_hash": rubric_hash(rubric)}


def _print_page(rubric: "Rubric") -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from rvpo.rubrics import rubric_hash

    console = Console()
    console.print(Text(rubric.title or rubric.id, style="bold"))
    origin = ", ".join(part for part in (rubric.provenance, rubric.licence) if part)
    size = _size(len(rubric.criteria), _total(rubric))
    console.print(
        Text(f"{rubric.id} v{rubric.version}: {size}{'; ' + origin if origin else ''}", style="dim")
    )
    if rubric.guidelines:
        console.print(Padding(Text(rubric.guidelines), (1, 0, 0, 2)))
    table = Table(box=None, pad_edge=False, padding=(1, 2, 0, 0))
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("criterion")
    for criterion in rubric.criteria:
        table.add_row(Text(f"{criterion.points:+g}"), _cell(criterion))
    console.print(table)
    console.print(Text(f"\nrubric hash {rubric_hash(rubric)[:12]}", style="dim"))


def _cell(criterion: "Criterion") -> Any:
    """Id and text; beneath, what is not the usual: a fault, a rule with its settings, tags."""
    from rich.text import Text

    notes = ["a fault when met"] if criterion.polarity == "met_is_bad" else []
    if criterion.rule is not None:
        settings = criterion.rule.model_dump(mode="json", exclude_unset=True, exclude={"kind"})
        notes.append(f"{criterion.kind}: " + ", ".join(f"{key} {value}" for key, value in settings.items()))
    notes.extend(criterion.tags)
    cell = Text.assemble((criterion.id, "bold"), "  ", criterion.criterion)
    return cell.append(f"\n{' · '.join(notes)}", style="dim") if notes else cell


def _echo_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
