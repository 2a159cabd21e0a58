"""``rvpo serve``: one judge service for all processes and machines."""

from pathlib import Path

import click

MIB = 1 << 20


@click.command("serve")
@click.option("--judge", required=True, help="Judge file, or 'embedded' or 'rules'.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address; another needs --token-file.")
@click.option("--port", type=click.IntRange(0, 65535), default=8900, show_default=True, help="0: a free one.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File whose line every caller must send as bearer token.",
)
@click.option("--upstream", default="", help="Address behind the caching proxy; left out, the judge's.")
@click.option(
    "--max-body-mib", type=click.IntRange(min=1), default=64, show_default=True, help="Of one request."
)
@click.option(
    "--max-responses",
    type=click.IntRange(min=1),
    default=1 << 16,
    show_default=True,
    help="Responses at work at once, of all callers together.",
)
def command(
    *,
    judge: str,
    host: str,
    port: int,
    token_file: Path | None,
    upstream: str,
    max_body_mib: int,
    max_responses: int,
) -> None:
    """Serve a judge over HTTP: ranks, machines and other programs share its limits, its store and its calls.

    Ctrl-C or SIGTERM finishes what is at work first. Its address, opened in a browser, shows what it does.
    """
    from rvpo.harness.sources import find_judge
    from rvpo.judges.serve.desk import ServeSettings
    from rvpo.judges.serve.run import read_token, serve

    settings = ServeSettings(
        host=host,
        port=port,
        token=None if token_file is None else read_token(token_file),
        most_body_bytes=max_body_mib * MIB,
        most_responses=max_responses,
        upstream=upstream.rstrip("/"),
    )
    serve(find_judge(judge), settings, lambda url: click.echo(f"serving {judge} at {url}"))
