"""``rvpo rubric convert``: read one rubric format, write another. Writes OUT, whole or not at all."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from rvpo.rubrics.formats.contract import Note

SHOWN_NOTES = 8
FORMAT_NAMES = (
    "rvpo", "healthbench", "rar", "open_instruct", "autorubric", "rubric", "verifiers", "promptfoo", "prometheus",
    "rlla", "bfcl",
)  # fmt: skip
"""As in ``rvpo.rubrics.formats.registry``, which is imported only to convert."""

KINDS = {
    "note": "decided on the way",
    "lost": "not said by the result",
    "ambiguous": "may be meant either way",
}


@click.command("convert")
@click.argument("source", metavar="IN", type=click.Path())
@click.argument("target", metavar="[OUT]", type=click.Path(), default="-")
@click.option(
    "--from",
    "from_",
    type=click.Choice(FORMAT_NAMES),
    metavar="FORMAT",
    help="Of IN; told by its first record.",
)
@click.option(
    "--to",
    type=click.Choice(FORMAT_NAMES),
    metavar="FORMAT",
    default="rvpo",
    show_default=True,
    help="Of OUT.",
)
@click.option(
    "--ambiguous",
    type=click.Choice(("error", "met_is_bad", "met_is_good")),
    default="met_is_bad",
    show_default=True,
    help="What a pitfall is taken for that may be meant either way.",
)
@click.option("--strict", is_flag=True, help="On any note, write nothing and exit with 1.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, with every note.")
def command(
    source: str,
    target: str,
    *,
    from_: str | None,
    to: str,
    ambiguous: Any,
    strict: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Convert rubrics or prompts with rubrics from one format to another. IN is a file or a library rubric.

    Without OUT, or with "-", the result goes to the screen and the summary to standard error. Whatever the new
    format cannot say is listed; nothing is lost silently.

    Formats: rvpo, healthbench, rar (Rubrics as Rewards), open_instruct, autorubric, rubric, verifiers, promptfoo,
    prometheus, rlla (ToolRL), bfcl.
    """
    from rvpo.rubrics.formats.registry import read_rubrics, write_rubrics

    to_screen = target == "-"
    if not to_screen and Path(target).exists() and not force:
        raise click.ClickException(f"{target} is there already; --force overwrites it")
    found, imported = read_rubrics(source, from_, ambiguous)
    exported = write_rubrics(imported, to, "" if to_screen else Path(target).suffix)
    notes = (*imported.notes, *exported.notes)
    stopped = strict and bool(notes)
    report = {
        "in": source,
        "out": None if to_screen or stopped else target,
        "from": found.name,
        "to": to,
        "rows": len(imported.rows),
        "rubrics": len(imported.rubrics),
        "criteria": sum(len(rubric.criteria) for rubric in imported.rubrics),
        "notes": dict(Counter(note.severity for note in notes)),
    }
    if not stopped:
        _put(exported.text, None if to_screen else Path(target))
    if as_json:
        _echo_json(report, notes, to_screen=to_screen)
    else:
        _print_summary(report, notes, to_screen=to_screen, stopped=stopped)
    return int(stopped)


def _put(text: str, target: Path | None) -> None:
    from rvpo.results.journal import write_atomically

    if target is None:
        click.echo(text, nl=False)
    else:
        write_atomically(target, text.encode())


def _echo_json(report: dict[str, Any], notes: "tuple[Note, ...]", *, to_screen: bool) -> None:
    import json
    from dataclasses import asdict

    whole = {**report, "all_notes": [asdict(note) for note in notes]}
    click.echo(json.dumps(whole, indent=2, ensure_ascii=False), err=to_screen)


def _print_summary(
    report: dict[str, Any], notes: "tuple[Note, ...]", *, to_screen: bool, stopped: bool
) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=to_screen, highlight=False)
    ending = "nothing written (--strict)" if stopped else report["out"] or "standard output"
    for name, place in ((report["from"], report["in"]), (f"-> {report['to']}", ending)):
        console.print(Text.assemble((f"{name}  ", "dim"), (place, "bold")), soft_wrap=True)
    rows, criteria = report["rows"], report["criteria"]
    size = (
        f"{rows} {'row' if rows == 1 else 'rows'}   {criteria} {'criterion' if criteria == 1 else 'criteria'}"
    )
    console.print(Text(size))
    for kind, meaning in KINDS.items():
        if count := report["notes"].get(kind, 0):
            _print_notes(
                console, f"{count} {kind}: {meaning}", [note for note in notes if note.severity == kind]
            )


def _print_notes(console: "Console", title: str, notes: "list[Note]") -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"\n{title}", style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", max_width=28)
    table.add_column()
    for note in notes[:SHOWN_NOTES]:
        table.add_row(Text(note.place), Text(note.text))
    console.print(table)
    if len(notes) > SHOWN_NOTES:
        console.print(Text(f"and {len(notes) - SHOWN_NOTES} more; --json lists all", style="dim"))
