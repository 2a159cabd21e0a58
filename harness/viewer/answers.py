"""What the viewer's page is told: a run's figures, its items as a table, one item whole. Pure: runs in, JSON types out.

Share-safe unless asked otherwise: without ``with_text`` no prompt, reply, criterion or reason leaves, only ids, hashes
and figures, because a closed exam's questions may not be shown around.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from rvpo.harness.items import turns_of
from rvpo.results import ItemRow, ResultsError, Run, VerdictRow
from rvpo.results.draws import by_item, mean_of
from rvpo.results.stats.means import run_means
from rvpo.results.stats.paired import TIED
from rvpo.rubrics.wording import nearest

UNPARSED: Final = frozenset({"unparseable", "off_menu", "missing"})
"""Statuses of a verdict whose reply came but could not be read."""
HASH: Final = 12
"""Digits of a prompt hash that are shown."""


def overview(name: str, run: Run) -> dict[str, Any]:
    """One line of the list of runs."""
    score = run_means(run)["score"]
    manifest = run.manifest
    return {
        "name": name,
        "title": run.name,
        "task": manifest.task,
        "kind": manifest.kind,
        "run_id": manifest.run_id,
        "created": manifest.created,
        "sealed": run.sealed,
        "rows": len(run.items),
        "planned": manifest.planned,
        "score": _number(score.mean),
        "low": _number(score.low),
        "high": _number(score.high),
        "items": score.n_items,
        "coverage": run.coverage,
        "failed": sum(row.status == "failed" for row in run.items),
        "holes": sum(verdict.hole for verdict in run.verdicts),
        "verdicts": len(run.verdicts),
        "notes": list(manifest.notes),
    }


def item_table(run: Run, other: Run | None) -> list[dict[str, Any]]:
    """A row for every item of the run; with another run, what became of it.

    ``change`` is ``regressed`` or ``fixed`` from the other run to this one, ``same``, ``unpaired`` (the other has no
    score of it) or ``other prompt`` (the two were shown different things: not compared).
    """
    holes, unparsed = _failures(run)
    others = by_item(other.items) if other else {}
    table = []
    for item, rows in by_item(run.items).items():
        row = {
            "id": item,
            "hash": rows[0].prompt_hash[:HASH],
            "draws": len(rows),
            "score": _number(mean_of(row.score for row in rows)),
            "coverage": sum(row.coverage for row in rows) / len(rows),
            "holes": holes.get(item, 0),
            "unparsed": unparsed.get(item, 0),
            "failed": sum(row.status == "failed" for row in rows),
            "truncated": sum(row.status == "truncated" for row in rows),
        }
        if other:
            row |= _against(others.get(item, []), rows)
        table.append(row)
    return table


def item_page(run: Run, item: str, *, with_text: bool) -> dict[str, Any]:
    """One item whole: every draw with its verdicts.

    Raises:
        ResultsError: the run has no such item.
    """
    rows = [row for row in run.items if row.item_id == item]
    if not rows:
        guess = nearest(item, list(dict.fromkeys(row.item_id for row in run.items)))
        hint = f"; did you mean {guess!r}?" if guess else ""
        raise ResultsError(f"{run.folder}: no item {item!r}{hint}")
    return {"id": item, "draws": [_draw(run, row, with_text=with_text) for row in rows]}


def matching(run: Run, words: str, *, with_text: bool) -> list[str]:
    """Ids of the items that hold the words, whatever their case: in id or hash, with text also in all that was said."""
    wanted = words.casefold()
    found: dict[str, None] = {}
    for row in run.items:
        places = [row.item_id, row.prompt_hash]
        if with_text:
            places += [row.prompt, row.response]
        if any(wanted in place.casefold() for place in places):
            found[row.item_id] = None
    if with_text:
        for verdict in run.verdicts:
            if verdict.item_id not in found and (
                wanted in verdict.explanation.casefold() or wanted in verdict.criterion.casefold()
            ):
                found[verdict.item_id] = None
    return list(found)


def _draw(run: Run, row: ItemRow, *, with_text: bool) -> dict[str, Any]:
    return {
        "draw": row.draw,
        "status": row.status,
        "score": row.score,
        "low": row.low,
        "high": row.high,
        "coverage": row.coverage,
        "hash": row.prompt_hash[:HASH],
        "turns": turns_of(row.prompt, row.prompt_hash) if with_text else [],
        "response": row.response if with_text else None,
        "tags": dict(row.tags),
        "meta": dict(row.meta) if with_text else {},
        "verdicts": [
            _verdict(verdict, with_text=with_text)
            for verdict in run.verdicts_of.get((row.item_id, row.draw), ())
        ],
    }


def _verdict(verdict: VerdictRow, *, with_text: bool) -> dict[str, Any]:
    return {
        "id": verdict.criterion_id,
        "criterion": verdict.criterion if with_text else None,
        "points": verdict.points,
        "score": verdict.score,
        "value": verdict.value,
        "status": verdict.status,
        "hole": verdict.hole,
        "reason": verdict.explanation if with_text else None,
        "judge": verdict.judge,
    }


def _failures(run: Run) -> tuple[dict[str, int], dict[str, int]]:
    """Holes by item, and what could not be parsed: verdicts, and replies of an exam with options that choose none."""
    holes: dict[str, int] = {}
    unparsed: dict[str, int] = {}
    for row in run.items:
        if row.meta.get("letters", {}).get("standard", "") is None:
            unparsed[row.item_id] = unparsed.get(row.item_id, 0) + 1
    for verdict in run.verdicts:
        if verdict.hole:
            holes[verdict.item_id] = holes.get(verdict.item_id, 0) + 1
        if verdict.status in UNPARSED:
            unparsed[verdict.item_id] = unparsed.get(verdict.item_id, 0) + 1
    return holes, unparsed


def _against(before: Sequence[ItemRow], after: Sequence[ItemRow]) -> dict[str, Any]:
    score = mean_of(row.score for row in before)
    moved = mean_of(row.score for row in after) - score
    shown = {row.draw: row.prompt_hash for row in before}
    if any(shown.get(row.draw, row.prompt_hash) != row.prompt_hash for row in after):
        change = "other prompt"
    elif math.isnan(moved):
        change = "unpaired"
    else:
        change = "regressed" if moved < -TIED else "fixed" if moved > TIED else "same"
    return {"before": _number(score), "change": change}


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
