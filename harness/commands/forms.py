"""The forms that a reading command writes its answer in, declared once: screen, JSON, Markdown, LaTeX, CSV, figure, HTML."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar

import click

if TYPE_CHECKING:
    from rvpo.results.gate import Figures, Gate

TargetFile = click.Path(dir_okay=False, path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])
_NARROW = 80
"""Columns below which no table is laid out."""


class Files(TypedDict):
    """What the user asked for; the keyword arguments that ``file_options`` adds to a command."""

    as_json: bool
    markdown: Path | None
    latex: Path | None
    as_csv: Path | None
    figures: tuple[Path, ...]


class Targets(Files):
    """Those of ``form_options``."""

    html: Path | None


class Forms(NamedTuple):
    """An answer in every form; each is made only when it is asked for."""

    screen: Callable[[int, bool], str]
    """From the columns of the terminal and whether it shows colour."""
    record: Any
    """What ``--json`` prints."""
    markdown: Callable[[], str]
    latex: Callable[[], str]
    csv: Callable[[], str]
    figure: Callable[[], str]
    html: Callable[[], str]


def form_options(command: Command) -> Command:
    """Adds ``--json``, ``--markdown``, ``--latex``, ``--csv``, ``--figure`` and ``--html``."""
    page = click.option("--html", type=TargetFile, help="Also write a single-file page.")
    return file_options(page(command))


def file_options(command: Command) -> Command:
    """Those of ``form_options`` but for the page, for a command whose main output is one."""
    for option in (
        click.option(
            "--figure", "figures", type=TargetFile, multiple=True, help="Also draw it: .svg, .png or .pdf."
        ),
        click.option(
            "--csv", "as_csv", type=TargetFile, help="Also write every figure, unrounded, to this file."
        ),
        click.option("--latex", type=TargetFile, help="Also write a LaTeX table (booktabs) to this file."),
        click.option("--markdown", type=TargetFile, help="Also write Markdown to this file."),
        click.option("--json", "as_json", is_flag=True, help="Print everything as JSON."),
    ):
        command = option(command)
    return command


def check_figures(figures: Sequence[Path]) -> None:
    """Refuses a figure that could not be written, before any work is done."""
    from rvpo.results.report.figures import checked_figure

    for path in figures:
        checked_figure(path)


def deliver(targets: Targets, forms: Forms) -> None:
    """Writes every file that was asked for, then prints the answer."""
    from rvpo.results.report.figures import write_figure

    for target, form in (
        (targets["markdown"], forms.markdown),
        (targets["latex"], forms.latex),
        (targets["as_csv"], forms.csv),
        (targets["html"], forms.html),
    ):
        if target:
            write_text(target, form())
    for path in targets["figures"]:
        write_figure(path, forms.figure())
    click.echo(as_json(forms.record) if targets["as_json"] else on_screen(forms.screen), nl=False)


def on_screen(screen: Callable[[int, bool], str]) -> str:
    """The answer as wide as the terminal is, coloured if it is one."""
    import shutil

    return screen(max(_NARROW, shutil.get_terminal_size((100, 24)).columns), sys.stdout.isatty())


def as_json(record: Any) -> str:
    """A record as JSON that a person can read."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n"


def gate_status(gate: "Gate", subjects: "Sequence[tuple[str, Figures]]") -> int:
    """0 if every subject meets the criterion; else 1, and what broke it on standard error."""
    broken = [(name, figures) for name, figures in subjects if not gate.holds(figures)]
    for name, figures in broken:
        click.echo(f"gate broken by {name}: {'; '.join(gate.broken(figures))}", err=True)
    return 1 if broken else 0


def write_text(path: Path, text: str) -> None:
    """Write a file whole, or say why not.

    Raises:
        ResultsError: it cannot be written.
    """
    from rvpo.results import ResultsError
    from rvpo.results.journal import write_atomically

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error
