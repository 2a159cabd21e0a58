"""``rvpo export``: a run as inspect's log or lm-eval's files, for their viewers and tables."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rvpo.harness.exports.writing import Form


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, type=click.Choice(["inspect", "lm-eval"]), help="Whose form.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="A folder; for inspect also a file .eval."
)
@click.option("--with-text", is_flag=True, help="Write prompts and answers too (not of closed exams).")
def command(*, run: Path, form: "Form", out: Path, with_text: bool) -> None:
    """Write the run in folder RUN in another program's form.

    Without --with-text the files hold ids, hashes and scores only.
    """
    from rvpo.harness.exports import export_run

    for path in export_run(run, form, out, with_text=with_text):
        click.echo(f"wrote {path}")
