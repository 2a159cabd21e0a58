"""A comparison as a table for the terminal."""

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rvpo.results.records import Comparison, Effect
from rvpo.results.report import words
from rvpo.results.report.content import Cell, TablePanel
from rvpo.results.report.inference_words import inference_sentences
from rvpo.results.report.scorings import scoring_panel

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def to_text(comparisons: Sequence[Comparison], *, width: int = 100, color: bool = False) -> str:
    """Verdict, table and method of each comparison.

    Args:
        comparisons: in the order to show them.
        width: columns of the terminal.
        color: emit ANSI styles.
    """
    from rich.console import Console

    console = Console(file=StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False)
    with console.capture() as captured:
        for index, comparison in enumerate(comparisons):
            if index:
                console.print()
            _print(console, comparison)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _print(console: "Console", c: Comparison) -> None:
    from rich.markup import escape
    from rich.table import Table

    told = words.verdict(c)
    console.print(f"[bold]{escape(told.headline)}[/bold]")
    console.print(escape(told.detail))
    console.print()
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("points of 100", overflow="fold")
    for name in ("A", "B", "B - A", f"{words.level(c.confidence)} interval", "p", "p (Holm)", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(*table_cells("score", c), style="bold")
    for effect in (*c.by_criterion, *c.by_tag):
        table.add_row(*(escape(cell) for cell in table_cells(effect.name, effect)))
    console.print(table)
    if (scorings := scoring_panel(c)) is not None:
        console.print()
        console.print(scorings.title)
        console.print(_cells(scorings))
        console.print(f"[dim]{escape(scorings.note)}[/dim]")
        console.print()
    console.print(f"[dim]A: {escape(c.a)}   B: {escape(c.b)}   {escape(c.method)}; seed {c.seed}[/dim]")
    for line in inference_sentences(c):
        console.print(f"[dim]{escape(line)}[/dim]")
    for line in (*words.limits(c)[2:], *c.notes):
        console.print(f"[dim]note: {escape(line)}[/dim]")


def table_cells(name: str, effect: Comparison | Effect) -> tuple[str, ...]:
    """A row of the table of figures, as text."""
    return (
        name,
        words.points(effect.mean_a),
        words.points(effect.mean_b),
        words.signed(effect.difference),
        words.interval(effect.low, effect.high),
        words.p_of(effect).removeprefix("= "),
        words.DASH if effect.p_holm is None else words.p_text(effect.p_holm).removeprefix("= "),
        f"{effect.n_items:,}",
    )


def panel_text(panel: TablePanel, sentences: Sequence[str], *, width: int = 100, color: bool = False) -> str:
    """Sentences and a table of text cells, for the terminal."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(file=StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False)
    with console.capture() as captured:
        for sentence in sentences:
            console.print(escape(sentence))
        console.print()
        console.print(_cells(panel))
        if panel.note:
            console.print(f"[dim]{escape(panel.note)}[/dim]")
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _cells(panel: TablePanel) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for index, name in enumerate(panel.columns):
        table.add_column(escape(name), justify="left" if index == 0 else "right")
    for row in panel.rows:
        table.add_row(*(escape(shown_cell(cell)) for cell in row))
    return table


def shown_cell(cell: Cell) -> str:
    """A cell of a table as text: floats with three digits, nothing as a dash."""
    if cell is None:
        return words.DASH
    if isinstance(cell, str):
        return cell
    return (f"{cell:,}" if isinstance(cell, int) else f"{cell:.3g}").replace("-", words.MINUS)
