"""Run health, the manifests side by side and the command that makes the report again. Pure."""

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

from rvpo.results.identity import flatten
from rvpo.results.reader import Run
from rvpo.results.report import words
from rvpo.results.report.sections import section


def health(runs: Sequence[Run]) -> str:
    """What was judged, cut, failed and not judged, run by run."""
    holes = [Counter(row.status for row in run.verdicts if row.hole) for run in runs]
    rows = [
        ("Item rows (items × draws)", [_rows_of(run) for run in runs]),
        ("Items", [f"{len({row.item_id for row in run.items}):,}" for run in runs]),
        ("Rubric weight judged", [_coverage(run) for run in runs]),
        ("Items shown as to the first run", [_shown_alike(runs[0], run) for run in runs]),
        ("Answers cut at the token limit", [_with_status(run, "truncated") for run in runs]),
        ("No answer", [_with_status(run, "failed") for run in runs]),
        ("Answers that repeat another draw of their item", [_repeats(run) for run in runs]),
        ("Judgements", [f"{len(run.verdicts):,}" for run in runs]),
        ("Holes: the judge failed", [f"{sum(hole.values()):,}" for hole in holes]),
    ]
    rows += [
        (f"{words.DASH} {status}", [f"{hole[status]:,}" for hole in holes])
        for status in sorted({status for hole in holes for status in hole})
    ]
    usd = [sum(row.usd or 0.0 for row in run.verdicts) for run in runs]
    if any(usd):
        rows.append(("Spent on judging", [f"${spent:.2f}" for spent in usd]))
    rows.append(("Finished", [_time(run.manifest.sealed) if run.sealed else "no" for run in runs]))
    note = "A judge failure is never a score: it is a hole here, and it widens the bounds."
    return section("Run health", _table([run.name for run in runs], rows), note)


def provenance(runs: Sequence[Run], command: str) -> str:
    """Identity of every run, field by field, fields that differ in bold; then machine and command."""
    flat = [flatten(run.manifest.identity) for run in runs]
    names = list(dict.fromkeys(name for fields in flat for name in fields))
    rows = [("run id", [run.manifest.run_id for run in runs]), ("task", [run.manifest.task for run in runs])]
    rows += [(name, [_value(fields.get(name)) for fields in flat]) for name in names]
    machine = [
        ("created", [_time(run.manifest.created) for run in runs]),
        ("platform", [run.manifest.platform for run in runs]),
        ("command", [run.manifest.command for run in runs]),
    ]
    packages = list(dict.fromkeys(name for run in runs for name in run.manifest.versions))
    machine += [(name, [run.manifest.versions.get(name, words.DASH) for run in runs]) for name in packages]
    machine += [
        (f"sha256 of {name}", [run.manifest.files.get(name, words.DASH)[:16] for run in runs])
        for name in sorted({name for run in runs for name in run.manifest.files})
    ]
    heads = [run.name for run in runs]
    body = _table(heads, rows, mark=True)
    body += f'<details class="more"><summary>Machine, versions and files</summary>{_table(heads, machine)}</details>'
    if command:
        body += f'<h3 class="apart">This report again</h3><pre>{escape(command)}</pre>'
    return section("What was run", body, "All that decides the rows; bold where the runs differ.")


def _table(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], *, mark: bool = False) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = []
    for name, values in rows:
        differs = mark and len(set(values)) > 1
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        lines.append(
            f'<tr{" class=differs" if differs else ""}><th scope="row">{escape(name)}</th>{cells}</tr>'
        )
    return f'<div class="scroll"><table class="runs"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _rows_of(run: Run) -> str:
    planned = run.manifest.planned
    return f"{len(run.items):,} of {planned:,}" if planned else f"{len(run.items):,}"


def _shown_alike(first: Run, run: Run) -> str:
    """Items of both whose every common draw has the same prompt hash, of the items of both."""
    shown = {(row.item_id, row.draw): row.prompt_hash for row in first.items}
    both = {row.item_id for row in run.items} & {item for item, _ in shown}
    other = {
        row.item_id
        for row in run.items
        if shown.get((row.item_id, row.draw), row.prompt_hash) != row.prompt_hash
    }
    return f"{len(both - other):,} of {len(both):,}"


def _repeats(run: Run) -> str:
    """Draws after the first with the same reply; a dash where items were drawn once or no reply was kept."""
    said = Counter((row.item_id, row.meta.get("reply_sha256") or row.response) for row in run.items)
    told = {key: count for key, count in said.items() if key[1]}
    if len(run.items) == len({row.item_id for row in run.items}) or not told:
        return words.DASH
    return f"{sum(count - 1 for count in told.values()):,}"


def _coverage(run: Run) -> str:
    return words.DASH if run.coverage is None else words.percent(run.coverage)


def _with_status(run: Run, status: str) -> str:
    return f"{sum(row.status == status for row in run.items):,}"


def _time(stamp: str | None) -> str:
    """An ISO time as a person writes it."""
    return (stamp or "").replace("T", " ").replace("+00:00", " UTC")


def _value(value: Any) -> str:
    if value is None:
        return words.DASH
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
