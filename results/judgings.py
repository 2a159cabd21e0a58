"""What runs show of their judges: who judged, what failed, and the same answers judged more than once. Pure.

Two runs hold the same answers when every draw of every item has the same reply; they then differ by the judging alone.
"""

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np

from rvpo.results.draws import by_item, draw_table, item_scores
from rvpo.results.errors import ResultsError
from rvpo.results.reader import Run
from rvpo.results.stats import (
    Budget,
    JudgeNoise,
    Sensitivity,
    judge_noise,
    judge_sensitivity,
    variance_budget,
)
from rvpo.results.stats.inference import Floats

RULE = "rule"
"""How the name of what is no model begins: a rule judges alike every time."""
UNNAMED = "not named"


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """One judge's work over some runs."""

    judge: str
    judged: tuple[int, ...]
    """Criteria that it was asked, run by run."""
    failed: tuple[int, ...]
    """Of these, holes."""
    cached: int
    usd: float


class Rejudged(msgspec.Struct, frozen=True, kw_only=True):
    """Runs with the same answers, judged anew."""

    runs: tuple[str, ...]
    judges: tuple[str, ...]
    """One name where the same judge was asked again."""
    criteria: JudgeNoise
    """Of single criteria: verdicts by judgings."""


def benches(runs: Sequence[Run]) -> tuple[Bench, ...]:
    """Every judge of some runs, the busiest first."""
    names = {row.judge for run in runs for row in run.verdicts}
    found = []
    for name in names:
        of_runs = [[row for row in run.verdicts if row.judge == name] for run in runs]
        found.append(
            Bench(
                judge=name or UNNAMED,
                judged=tuple(map(len, of_runs)),
                failed=tuple(sum(row.hole for row in rows) for rows in of_runs),
                cached=sum(row.cached for rows in of_runs for row in rows),
                usd=sum(row.usd or 0.0 for rows in of_runs for row in rows),
            )
        )
    return tuple(sorted(found, key=lambda bench: (-sum(bench.judged), bench.judge)))


def judges_of(run: Run) -> str:
    """The models that judged a run; what rules decide is left out."""
    names = {row.judge for row in run.verdicts if row.judge and not row.judge.startswith(RULE)}
    return ", ".join(sorted(names))


def answers_of(run: Run) -> str | None:
    """sha256 of all answers; ``None`` of a run that keeps no texts, which cannot be told from another."""
    said = sorted((row.item_id, row.draw, row.response) for row in run.items if row.status != "failed")
    if not any(response for _, _, response in said):
        return None
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def same_answers(runs: Sequence[Run]) -> tuple[tuple[Run, ...], ...]:
    """The runs that hold the same answers, together; each run once, in the order given."""
    groups: dict[str, list[Run]] = {}
    for place, run in enumerate(runs):
        groups.setdefault(answers_of(run) or f"run {place}", []).append(run)
    return tuple(map(tuple, groups.values()))


def rejudged(runs: Sequence[Run]) -> tuple[Rejudged, ...]:
    """Agreement on every criterion of answers that were judged more than once; empty where none were."""
    found = []
    for group in same_answers(runs):
        tables = [
            {(row.item_id, row.draw, row.criterion_id): row.score for row in run.verdicts} for run in group
        ]
        keys = sorted(set().union(*tables))
        scores = np.array([[_number(table.get(key)) for table in tables] for key in keys]).reshape(
            len(keys), len(tables)
        )
        if len(group) < 2 or np.sum((~np.isnan(scores)).sum(axis=1) > 1) < 2:
            continue
        found.append(
            Rejudged(
                runs=tuple(run.name for run in group),
                judges=tuple(dict.fromkeys(judges_of(run) or UNNAMED for run in group)),
                criteria=judge_noise(scores),
            )
        )
    return tuple(found)


def sensitivity_of(runs: Sequence[Run], confidence: float = 0.95) -> Sensitivity | None:
    """The comparison of the first two sets of answers under every judge that judged both.

    Returns:
        ``None`` unless two judges judged both.
    """
    groups = same_answers(runs)
    if len(groups) < 2:
        return None
    a, b = ({judges_of(run) or UNNAMED: item_scores(run) for run in group} for group in groups[:2])
    differences = {}
    for judge in a:
        common = sorted(a[judge].keys() & b.get(judge, {}).keys())
        if len(common) > 1:
            differences[judge] = [b[judge][item] - a[judge][item] for item in common]
    return judge_sensitivity(differences, confidence) if len(differences) > 1 else None


def arm_budget(arm: Sequence[Run], others: Sequence[Run] = ()) -> Budget | None:
    """Variance of an arm's mean over training runs, items, draws and judge calls.

    Args:
        arm: its training runs, one at least.
        others: runs among which the same answers may have been judged again by the same judge.

    Returns:
        ``None`` where fewer than two items are complete.
    """
    calls = [[run, *(each for each in others if _again(run, each))] for run in arm]
    tables = [[by_item(run.items) for run in judgings] for judgings in calls]
    ids = sorted(set.intersection(*(set(rows) for judgings in tables for rows in judgings)))
    filled = [[draw_table(rows, ids) for rows in judgings] for judgings in tables]
    draws = max(table.shape[1] for judgings in filled for table in judgings)
    scores: Floats = np.full((len(arm), 1, len(ids), draws, max(map(len, filled))), np.nan)
    for r, judgings in enumerate(filled):
        for m, table in enumerate(judgings):
            scores[r, 0, :, : table.shape[1], m] = table
    try:
        return variance_budget(scores)
    except ResultsError:
        return None


def _again(run: Run, other: Run) -> bool:
    """Whether the other run is the same answers, judged once more by the same judge."""
    if other.manifest.run_id == run.manifest.run_id or answers_of(run) is None:
        return False
    return answers_of(other) == answers_of(run) and judges_of(other) == judges_of(run)


def _number(score: float | None) -> float:
    return float("nan") if score is None else score
