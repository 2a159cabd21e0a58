"""``rvpo rubric``: author a rubric. One module a command, imported when it is called."""

import click

from rvpo.harness.lazy import LazyGroup

COMMANDS = {
    "new": "Write a starter rubric to edit.",
    "lint": "Check rubric files: errors, and wording that judges stumble over.",
    "show": "Show one rubric as a page.",
    "diff": "Compare two rubrics: what must be judged again and what only added up again.",
    "cost": "Say what judging costs: calls, tokens, price, in each mode.",
    "try": "Judge a few answers and see each verdict with its reason.",
    "convert": "Read and write other people's rubric formats.",
    "schema": "Print the JSON Schema of rubric files, or the reference page.",
}


@click.group("rubric", cls=LazyGroup, table=COMMANDS, package=__name__)
def command() -> None:
    """Author a rubric: write it, check it, try it, convert it."""
