"""``rvpo rubric lint``: what an author should look at before a rubric is judged. Writes nothing but to the screen."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rvpo.harness.commands.rubric.show import echo_json

if TYPE_CHECKING:
    from rvpo.harness.rubric_pages.findings import Report

ROW_FILES = (".jsonl", ".ndjson")


@click.command("lint")
@click.argument("sources", metavar="PATH_OR_NAME...", nargs=-1)
@click.option("--strict", is_flag=True, help="Exit with status 1 on a warning, too.")
@click.option("--ignore", "ignored", metavar="CODE[,CODE]", multiple=True, help="Leave these checks out.")
@click.option(
    "--explain", "explained", metavar="CODE", help="Say what a check finds and why; 'all': every one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    sources: tuple[str, ...], *, strict: bool, ignored: tuple[str, ...], explained: str | None, as_json: bool
) -> int:
    """Check rubrics: files, library names, or JSONL rows with rubrics of their own.

    Exit status 1 if there is an error; with --strict, a warning is enough. To silence a check on one criterion, give
    it the tag "lint:allow-CODE"; among the tags of the rubric it holds for all.
    """
    if explained is not None:
        _explain(explained)
        return 0
    if not sources:
        raise click.UsageError("name a rubric file, a library rubric, or a file of rows")
    codes = {code.strip() for listed in ignored for code in listed.split(",") if code.strip()}
    for code in codes:
        _known(code)
    reports = [_report(source, codes) for source in sources]
    if as_json:
        echo_json([_as_plain(report) for report in reports])
    else:
        _print(reports)
    failing = sum(report.number("error") + (report.number("warning") if strict else 0) for report in reports)
    return int(failing > 0)


def _report(source: str, ignored: Collection[str]) -> "Report":
    from rvpo.harness.rubric_pages.findings import Report
    from rvpo.rubrics import RubricError

    try:
        is_rows = Path(source).suffix.casefold() in ROW_FILES
        return _of_rows(source, ignored) if is_rows else _of_rubric(source, ignored)
    except RubricError as error:
        return Report(source, error=str(error), complaints=getattr(error, "complaints", ()))


def _of_rubric(source: str, ignored: Collection[str]) -> "Report":
    from rvpo.harness.rubric_pages.findings import Placed, Report
    from rvpo.harness.rubric_pages.rubric import size, to_earn
    from rvpo.rubrics.lint import lint_rubric
    from rvpo.rubrics.lint.places import criterion_places
    from rvpo.rubrics.load import find_rubric

    rubric = find_rubric(source)
    places = criterion_places(source)
    findings = []
    for finding in lint_rubric(rubric):
        if finding.code not in ignored:
            name, line = places.get(finding.criterion_id or "", (source, None))
            findings.append(Placed(finding, name if line is None else f"{name}:{line}"))
    return Report(
        source, size(rubric), None, tuple(findings), criteria=len(rubric.criteria), points=to_earn(rubric)
    )


def _of_rows(source: str, ignored: Collection[str]) -> "Report":
    from rvpo.harness.rubric_pages.findings import Placed, Report
    from rvpo.harness.rubric_pages.rubric import to_earn
    from rvpo.harness.rubric_pages.words import count, criteria
    from rvpo.rubrics import read_prompt_rows
    from rvpo.rubrics.lint import lint_rubric

    rows = [(row.id, row.rubric) for row in read_prompt_rows(source) if row.rubric is not None]
    findings = tuple(
        Placed(finding, f"{source}:{name}")
        for name, rubric in rows
        for finding in lint_rubric(rubric)
        if finding.code not in ignored
    )
    number = sum(len(rubric.criteria) for _, rubric in rows)
    extent = f"{count(len(rows), 'row')} with rubrics, {criteria(number)}"
    points = sum(to_earn(rubric) for _, rubric in rows)
    return Report(source, extent, None, findings, by_code=True, criteria=number, points=points)


def _print(reports: "list[Report]") -> None:
    from rich.console import Console

    from rvpo.harness.rubric_pages.findings import report_page, summary_line

    console = Console(highlight=False)
    for number, report in enumerate(reports):
        if number and report.findings:
            console.print()
        console.print(report_page(report), soft_wrap=report.error is not None)
    if len(reports) > 1 or any(report.findings for report in reports):
        console.print()
        console.print(summary_line(reports))


def _as_plain(report: "Report") -> dict[str, Any]:
    from dataclasses import asdict

    findings = [{**asdict(each.finding), "place": each.place} for each in report.findings]
    return {
        "path": report.path,
        "criteria": report.criteria,
        "points": report.points,
        "error": report.error,
        "complaints": report.complaints,
        "findings": findings,
    }


def _explain(code: str) -> None:
    from rich.console import Console

    from rvpo.harness.rubric_pages.findings import explanation
    from rvpo.rubrics.lint import CHECKS

    checks = [check for check in CHECKS if code in {"all", check.code}]
    if not checks:
        _known(code)
    console = Console(highlight=False)
    for check in checks:
        console.print(explanation(check))


def _known(code: str) -> None:
    from rvpo.rubrics.lint import CODES
    from rvpo.rubrics.wording import hint

    if code not in CODES:
        raise click.BadParameter(
            f"no check {code!r}{hint(code, CODES) or '; checks are: ' + ', '.join(CODES)}"
        )
