"""The ``rvpo`` command: a table of commands, each loaded when it is called, and the one place that reports errors.

``rvpo --help`` needs nothing but click and the standard library: the table below is all it reads.

Exit status: what the command returns (0 when it returns nothing; 1 says that a declared gate was broken), 2 for bad
usage or bad input, 130 when stopped by Ctrl-C.
"""

import sys
from importlib import import_module
from typing import Any

import click

from rvpo import __version__

COMMANDS = {
    "demo": "The main job end to end on the embedded model: train, examine, compare, report.",
    "rubric": "Author a rubric: check it, look at it.",
    "judge": "Judge a file of responses against a rubric.",
    "train": "Train a model with RVPO, GDPO or GRPO.",
    "eval": "Examine a model: sample, judge, score.",
    "compare": "Compare finished runs: paired tests and a report.",
    "doctor": "Show what is installed and what this machine offers.",
}
"""Each command lives in ``rvpo.harness.commands.<name>`` as ``command``."""

EXTRAS = {
    "train": ("accelerate", "datasets", "gguf", "peft", "torch", "transformers", "trl"),
    "eval": ("lm_eval", "pyarrow"),
    "serve": ("starlette", "uvicorn", "prometheus_client"),
    "litellm": ("litellm",),
}
"""Modules that come with an extra and may be missing."""

DONE, BAD_INPUT, STOPPED = 0, 2, 130


class LazyGroup(click.Group):
    """A group that knows its commands' names and first lines, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command, or ``None`` if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rvpo.harness.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from rvpo.rubrics.source import nearest

            guess = nearest(args[0], list(COMMANDS))
            hint = f"did you mean {guess!r}?" if guess else f"commands are: {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rvpo")
@click.option("--debug", is_flag=True, help="On an error, show the traceback.")
@click.pass_context
def rvpo(ctx: click.Context, *, debug: bool) -> None:
    """Train and judge language models against rubrics."""
    ctx.obj["debug"] = debug


def main(args: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        args: The arguments; those of the process by default.
    """
    settings: dict[str, Any] = {"debug": False}
    try:
        status = rvpo.main(args, prog_name="rvpo", standalone_mode=False, obj=settings)
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except click.Abort:
        click.echo("stopped; run the same command again to go on", err=True)
        return STOPPED
    except Exception as error:
        line = one_line(error)
        if line is None or settings["debug"]:
            raise
        stopped = getattr(error, "exit_status", BAD_INPUT) == STOPPED
        click.echo(line if stopped else f"error: {line}", err=True)
        return STOPPED if stopped else BAD_INPUT
    return status if isinstance(status, int) else DONE


def one_line(error: Exception) -> str | None:
    """What to tell the user of an expected error; ``None`` for one that is a fault of the program.

    Expected are the trees in the rooms' ``errors.py`` (recognised by where a base class is defined, so that no room
    is imported for it), what the system refuses (no such file, disk full), and a module of an extra not installed.
    """
    if isinstance(error, ModuleNotFoundError):
        missing = (error.name or "").split(".")[0]
        for extra, modules in EXTRAS.items():
            if missing in modules:
                return f"this needs {missing}, which is not installed: pip install 'rvpo[{extra}]'"
        return None
    homes = {base.__module__ for base in type(error).__mro__}
    if isinstance(error, OSError) or any(
        home.startswith("rvpo.") and home.endswith(".errors") for home in homes
    ):
        return " ".join(str(error).split())
    return None


if __name__ == "__main__":
    sys.exit(main())
