"""Groups of commands that know names and first lines, and import a command only to run it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, each as ``command``."""

    def __init__(self, *args: Any, table: Mapping[str, str], package: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        """Name and first line of each command."""
        self.package = package
        """Where the modules are; a module has its command's name, with an underscore for a space and after a keyword."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command, or ``None`` if there is none of that name."""
        if cmd_name not in self.table:
            return None
        module = f"{cmd_name}_" if cmd_name == "try" else cmd_name.replace(" ", "_")
        command: click.Command = import_module(f"{self.package}.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, of two words before one, or name the nearest one."""
        two_words = " ".join(args[:2])
        if len(args) > 1 and two_words in self.table:
            return two_words, self.get_command(ctx, two_words), args[2:]
        if args[0] not in self.table and not args[0].startswith("-"):
            from rvpo.rubrics.wording import nearest

            guess = nearest(args[0], list(self.table))
            hint = f"did you mean {guess!r}?" if guess else f"commands are: {', '.join(self.table)}"
            raise click.UsageError(f"there is no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))
