"""``rvpo rubric schema``: the JSON Schema of rubric files for editors, or the reference page for readers."""

from pathlib import Path

import click


@click.command("schema")
@click.option("--page", is_flag=True, help="The reference page in Markdown instead.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write to a file.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(*, page: bool, out: Path | None, force: bool) -> None:
    """Print the JSON Schema of rubric files, or the reference page.

    An editor that knows YAML schemas completes and checks a rubric whose first line is

        # yaml-language-server: $schema=rubric.schema.json
    """
    from rvpo.rubrics.reference.json_schema import schema_text
    from rvpo.rubrics.reference.page import reference_page

    text = reference_page() if page else schema_text()
    if out is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"wrote {out}" if put(out, text, force=force) else f"{out} is up to date")


def put(path: Path, text: str, *, force: bool) -> bool:
    """Write a file whole, unless it holds that text already.

    Returns:
        Whether it was written.

    Raises:
        HarnessError: It is there and holds something else, and ``force`` is off; or its folder is not there.
    """
    from rvpo.harness.errors import HarnessError
    from rvpo.results.journal import write_atomically
    from rvpo.rubrics.wording import printable

    if path.exists():
        if path.is_file() and path.read_bytes() == text.encode():
            return False
        if path.is_dir() or not force:
            advice = "a folder, should be a file" if path.is_dir() else "there already; --force replaces it"
            raise HarnessError(printable(f"{path}: is {advice}"))
    if not path.parent.is_dir():
        raise HarnessError(printable(f"{path}: there is no folder {path.parent}"))
    write_atomically(path, text.encode())
    return True
