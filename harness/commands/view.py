"""``rvpo view``: runs, items and transcripts on a local page."""

from pathlib import Path

import click


@click.command("view")
@click.argument("runs", nargs=-1, required=True, metavar="RUNS...", type=click.Path(path_type=Path))
@click.option("--port", default=8766, show_default=True, help="Where to serve; 0 for any that is free.")
@click.option(
    "--with-text", is_flag=True, help="Show prompts, replies, criteria and reasons (not for closed exams)."
)
def command(*, runs: tuple[Path, ...], port: int, with_text: bool) -> None:
    """Look through runs: their items, transcripts and verdicts, two runs side by side.

    RUNS are run folders, or folders that hold some. The page is served on this machine only, until Ctrl-C.
    """
    from rvpo.harness.viewer import Shelf, view_server

    with view_server(Shelf(runs), port, with_text=with_text) as server:
        click.echo(f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()
