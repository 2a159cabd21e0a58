"""``rvpo verl export``: prompt rows -> verl's Parquet."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from rvpo.rubrics.views import ViewName


@click.command("export")
@click.argument("rows")
@click.option("--rubric", help="A rubric file or library name, for rows that carry none.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The Parquet file."
)
@click.option(
    "--view",
    type=click.Choice(("criteria", "components", "axes")),
    help="Entries of the reward vector, instead of what each rubric says.",
)
@click.option(
    "--source", help="Name under which verl logs a validation on these rows; that of the file by default."
)
@click.option("--split", default="train", show_default=True, help="Noted in each row.")
def command(
    *, rows: str, rubric: str | None, out: Path, view: str | None, source: str | None, split: str
) -> None:
    """Write prompt rows as the Parquet file that verl trains on.

    ROWS is what rvpo train takes as data. Each row carries its rubric along, so that no worker needs another file.
    """
    from rvpo.trainer.verl_plugin.export import export_rows

    count = export_rows(
        rows, out, rubric=rubric, view=cast("ViewName | None", view), source=source, split=split
    )
    click.echo(f"{out}: {count} rows")
