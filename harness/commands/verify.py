"""``rvpo verify``: whether run folders are as they were sealed and their figures follow from their verdicts."""

from pathlib import Path

import click


@click.command("verify")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON, a list.")
def command(*, runs: tuple[Path, ...], as_json: bool) -> int:
    """Hash the files of each RUN again, score its draws again from their verdicts, and say what differs.

    Exit status: 0 nothing differs; 1 something does, or a run is not finished; 2 no run there.
    """
    from rvpo.harness.verifying import verify_run

    found = [verify_run(folder) for folder in runs]
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        for each in found:
            for line in each.differences:
                click.echo(line)
            if not each.differences:
                old = (
                    ""
                    if each.recomputed == each.draws
                    else "; the others have no verdicts of ours to score by"
                )
                click.echo(
                    f"{each.folder}: as sealed: {each.files} files, {each.draws} draws, {each.recomputed} of them "
                    f"scored again from {each.verdicts} verdicts{old}"
                )
    return int(any(each.differences for each in found))
