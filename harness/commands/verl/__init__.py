"""``rvpo verl``: what training with verl needs of us. One module a command, imported when it is called."""

import click

from rvpo.harness.lazy import LazyGroup

COMMANDS = {"export": "Write prompt rows as the Parquet file that verl trains on."}


@click.group("verl", cls=LazyGroup, table=COMMANDS, package=__name__)
def command() -> None:
    """Train with verl instead: write its data files."""
