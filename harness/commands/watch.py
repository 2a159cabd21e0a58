"""``rvpo watch``: the curves of training runs on a local page, while they grow."""

from pathlib import Path

import click


@click.command("watch")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--port", default=8765, show_default=True, help="Where to serve; 0 for any that is free.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the page as it is now, and end."
)
def command(*, runs: tuple[Path, ...], port: int, out: Path | None) -> None:
    """Draw the curves of training runs, several over one another.

    RUNS are run folders. The page is served on this machine only, until Ctrl-C.
    """
    from rvpo.harness.watching import find_logs, watch_server, write_page

    logs = find_logs(runs)
    if out is not None:
        write_page(logs, out)
        click.echo(out)
        return
    with watch_server(logs, port) as server:
        click.echo(f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()
