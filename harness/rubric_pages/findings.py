"""What lint found, for a terminal: a file at a time, one block a finding, a summary. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rvpo.harness.rubric_pages.words import count, said
from rvpo.rubrics.lint import CHECKS, Check, Finding, Severity
from rvpo.rubrics.wording import printable

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
FIRST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and where it is."""

    finding: Finding
    place: str
    """``file:line``, or the file alone where no line is known."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be said of one rubric file, or of one file of rows."""

    path: str
    extent: str = ""
    """How much was looked at, for instance ``12 criteria, 56 points``."""
    error: str | None = None
    """Why the file could not be read."""
    findings: tuple[Placed, ...] = ()
    by_code: bool = False
    """Whether to sum the findings up by code, as for a file of rows."""
    criteria: int | None = None
    points: float | None = field(default=None)
    """The points that a perfect reply earns."""
    complaints: tuple[str, ...] = ()
    """All that keeps it from being read, where more than one thing is known to."""

    def number(self, severity: Severity) -> int:
        """How many findings of a severity there are; a file that cannot be read is an error."""
        unread = self.error is not None and severity == "error"
        return unread * max(1, len(self.complaints)) + sum(
            each.finding.severity == severity for each in self.findings
        )


def report_page(report: Report) -> RenderableType:
    """One file's findings."""
    if report.error is not None:
        lines = report.complaints or (report.error,)
        return Group(*(Text.assemble(("error  ", _STYLES["error"]), said(line)) for line in lines))
    title = Text.assemble((printable(report.path), "bold"), (f": {report.extent}", "dim"))
    if not report.findings:
        return Text.assemble(("ok  ", "green"), title)
    rows = _sums(report) if report.by_code else _blocks(report)
    return Group(title, *rows)


def summary_line(reports: Sequence[Report]) -> Text:
    """How many of each severity, over all files."""
    numbers = [(name, sum(report.number(name) for report in reports)) for name in SEVERITIES]
    found = [Text(count(number, name), _STYLES[name]) for name, number in numbers if number]
    text = Text(f"{count(len(reports), 'file')}: ").append(
        Text(", ").join(found) if found else Text("no findings")
    )
    found_all = [each.finding for report in reports for each in report.findings]
    if not found_all:
        return text
    gravest = min(found_all, key=lambda finding: SEVERITIES.index(finding.severity))
    return text.append(f"\nwhy it matters: rvpo rubric lint --explain {gravest.code}", "dim")


def explanation(check: Check) -> RenderableType:
    """One check in full."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    table.add_row("finds", Text(check.finds))
    table.add_row("why", Text(check.why))
    table.add_row("advice", Text(check.advice))
    table.add_row("silence", Text(f'tags: ["lint:allow-{check.code}"], or --ignore {check.code}'))
    title = (
        Text(check.code, "bold").append("  ").append(check.severity, f"not bold {_STYLES[check.severity]}")
    )
    return Group(title, Padding(table, (0, 0, 0, 2)))


def _blocks(report: Report) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column()
    for placed in report.findings:
        finding, line = placed.finding, placed.place.removeprefix(f"{report.path}:")
        elsewhere = not line.isdigit()
        text = Text(finding.criterion_id or "rubric", "bold").append(f"  {finding.code}", "not bold dim")
        if elsewhere and placed.place != report.path:
            text.append(f"  {placed.place}", "not bold dim")
        text.append("\n").append(said(finding.message, "not bold")).append("\n")
        text.append(said(finding.advice, "not bold dim"))
        table.add_row("" if elsewhere else line, Text(finding.severity, _STYLES[finding.severity]), text)
    yield Padding(table, (0, 0, 0, 2))


def _sums(report: Report) -> Iterator[RenderableType]:
    """The checks that found something, gravest and most frequent first, each with its first places."""
    counts = Counter(each.finding.code for each in report.findings)
    found = [check for check in CHECKS if counts[check.code]]
    found.sort(key=lambda check: (SEVERITIES.index(check.severity), -counts[check.code]))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for check in found:
        text = Text(check.code, "bold").append(f"  {check.advice}", "not bold dim")
        those = [each for each in report.findings if each.finding.code == check.code]
        for each in those[:FIRST_PLACES]:
            place = each.place.removeprefix(f"{report.path}:")
            whose = f" {each.finding.criterion_id}" if each.finding.criterion_id else ""
            text.append(f"\n{place}{whose}: ", "not bold dim").append(said(each.finding.message, "not bold"))
        if len(those) > FIRST_PLACES:
            text.append(f"\nand {len(those) - FIRST_PLACES} more", "not bold dim")
        table.add_row(f"{counts[check.code]}", Text(check.severity, _STYLES[check.severity]), text)
    yield Padding(table, (0, 0, 0, 2))
