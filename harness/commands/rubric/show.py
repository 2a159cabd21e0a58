"""``rvpo rubric show``: one rubric as a reader would want it. Writes nothing but to the screen."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rvpo.rubrics import Rubric


@click.command("show")
@click.argument("source", metavar="PATH_OR_LIBRARY_NAME")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(source: str, *, as_json: bool) -> None:
    """Show one rubric: a file, or one that ships with rvpo by its name."""
    from rvpo.rubrics.load import find_rubric

    rubric = find_rubric(source)
    if as_json:
        echo_json(_as_plain(rubric))
        return
    from rich.console import Console

    from rvpo.harness.rubric_pages.rubric import rubric_page

    Console(highlight=False).print(rubric_page(rubric))


def _as_plain(rubric: "Rubric") -> dict[str, Any]:
    from rvpo.rubrics import criterion_hash, rubric_hash

    plain = rubric.model_dump(mode="json")
    for entry, criterion in zip(plain["criteria"], rubric.criteria, strict=True):
        entry["criterion_hash"] = criterion_hash(rubric, criterion)
    return {**plain, "rubric_hash": rubric_hash(rubric)}


def echo_json(value: object) -> None:
    """Print plain data as indented JSON."""
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
