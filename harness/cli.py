"""The ``rvpo`` command: a table of commands, each loaded when it is called, and the one place that reports errors.

``rvpo --help`` needs nothing but click and the standard library: the table below is all it reads.

Exit status: what the command returns (0 when it returns nothing; 1 says that a declared gate was broken), 2 for bad
usage or bad input, 130 when stopped by Ctrl-C.
"""

import sys
from typing import Any

import click

from rvpo import __version__
from rvpo.harness.lazy import LazyGroup

COMMANDS = {
    "demo": "The main job end to end on the embedded model: train, examine, compare, report.",
    "rubric": "Author a rubric: write it, check it, try it, convert it.",
    "judge": "Judge a file of responses against a rubric.",
    "judge cache": "Look after the store of replies: stats, verify, prune, export, merge.",
    "judge meta": "Examine a judge against physicians' labels.",
    "judge calibrate": "Fit a judge's probabilities to people's labels.",
    "serve": "Serve a judge over HTTP: one store and one set of limits for all who ask.",
    "train": "Train a model with RVPO, GDPO or GRPO.",
    "recipes": "Show the training configs that ship with the package.",
    "verl": "Train with verl instead: write its data files.",
    "watch": "Draw the curves of training runs while they grow.",
    "eval": "Examine a model: sample, judge, score.",
    "view": "Look through runs: items, transcripts, verdicts, side by side.",
    "verify": "Hash and score finished runs again, and say what differs.",
    "compare": "Compare finished runs: paired tests and a report.",
    "curve": "Follow checkpoints over training: bands, best, late falls.",
    "power": "Plan an exam: what difference it would find, and what to buy next.",
    "export": "Write a run as inspect's log or lm-eval's files.",
    "report": "Write the HTML report of runs and their checkpoints' curves.",
    "doctor": "Show what is installed and what this machine offers.",
}
"""Each command lives in ``rvpo.harness.commands.<name>`` (``judge_cache``) as ``command``."""

EXTRAS = {
    "train": ("accelerate", "datasets", "gguf", "peft", "torch", "transformers", "trl"),
    "eval": ("lm_eval", "pyarrow"),
    "serve": ("starlette", "uvicorn", "prometheus_client"),
    "litellm": ("litellm",),
    "vllm": ("vllm",),
    "redis": ("redis",),
    "ray": ("ray",),
    "figures": ("vl_convert",),
}
"""Modules that come with an extra and may be missing."""

DONE, BAD_INPUT, STOPPED = 0, 2, 130


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    package="rvpo.harness.commands",
    context_settings={"help_option_names": ["-h", "--help"]},
)
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
