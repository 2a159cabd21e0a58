"""Pairs two runs by item id and prompt hash. Pure.

The value of an item is the mean over its draws (``draws.py``). A draw without a score is left out of its item's
mean; an item without any scored draw, or that only one run has, is dropped and counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rvpo.results.draws import by_item, draw_table, mean_of
from rvpo.results.errors import DifferentExams
from rvpo.results.identity import flatten
from rvpo.results.reader import Run
from rvpo.results.records import ItemRow

Floats = NDArray[np.float64]
FAMILY_MIN_ITEMS = 6
"""With fewer differences no sign-flip test reaches .05 (2 / 2**5): such a measure only costs the others power."""


class Columns(NamedTuple):
    """One family of measures on the paired items: (n, K) each, NaN where an item lacks the measure."""

    names: tuple[str, ...]
    a: Floats
    b: Floats
    too_rare: int
    """Measures left out because fewer than ``FAMILY_MIN_ITEMS`` items carry them (rubrics of single items)."""


class Paired(NamedTuple):
    """Two runs on the items that both answered; rows sorted by item id."""

    ids: tuple[str, ...]
    """The n items that have a score in both runs."""
    score_a: Floats
    score_b: Floats
    table_a: Floats
    """(n, draws): the scores behind ``score_a``, NaN where a draw has none."""
    table_b: Floats
    criteria: Columns
    tags: Columns
    bounds: Floats
    """(m, 4): low and high of A, low and high of B, of every item that both runs bound, scored or not."""
    unbounded: int
    """Items of both runs left out of ``bounds``: a draw got no response, so no score can be bounded."""
    draws_a: int
    draws_b: int
    dropped_a: int
    dropped_b: int


def align(a: Run, b: Run) -> Paired:
    """Pairs the runs.

    Raises:
        DifferentExams: another task, another rubric, no item in common, or an item that was shown differently.
    """
    _refuse_other_grading(a, b)
    draws_a, draws_b = by_item(a.items), by_item(b.items)
    common = sorted(draws_a.keys() & draws_b.keys())
    if not common:
        raise DifferentExams(
            f"{a.folder} and {b.folder} share no item: {_some(draws_a)} there, {_some(draws_b)} here"
        )
    _refuse_other_prompts(a, b, draws_a, draws_b, common)
    scores_a = {item: mean_of(row.score for row in draws_a[item]) for item in common}
    scores_b = {item: mean_of(row.score for row in draws_b[item]) for item in common}
    ids = tuple(item for item in common if not np.isnan(scores_a[item] + scores_b[item]))
    bounds = [
        (*edges_a, *edges_b)
        for item in common
        if (edges_a := _bounds(draws_a[item])) and (edges_b := _bounds(draws_b[item]))
    ]
    return Paired(
        ids=ids,
        score_a=np.array([scores_a[item] for item in ids]),
        score_b=np.array([scores_b[item] for item in ids]),
        table_a=draw_table(draws_a, ids),
        table_b=draw_table(draws_b, ids),
        criteria=_columns(
            ids,
            {item: [row.values for row in draws_a[item]] for item in ids},
            {item: [row.values for row in draws_b[item]] for item in ids},
        ),
        tags=_columns(
            ids,
            {item: [row.tags for row in draws_a[item]] for item in ids},
            {item: [row.tags for row in draws_b[item]] for item in ids},
        ),
        bounds=np.array(bounds).reshape(-1, 4),
        unbounded=len(common) - len(bounds),
        draws_a=max(len(draws_a[item]) for item in common),
        draws_b=max(len(draws_b[item]) for item in common),
        dropped_a=len(draws_a) - len(ids),
        dropped_b=len(draws_b) - len(ids),
    )


def refuse_other_exam(a: Run, b: Run) -> None:
    """Checks that two runs sat the same exam, without pairing their figures.

    Raises:
        DifferentExams: another task, another rubric, or an item that was shown differently.
    """
    _refuse_other_grading(a, b)
    draws_a, draws_b = by_item(a.items), by_item(b.items)
    _refuse_other_prompts(a, b, draws_a, draws_b, sorted(draws_a.keys() & draws_b.keys()))


def _bounds(rows: Sequence[ItemRow]) -> tuple[float, float] | None:
    """Worst and best mean score over the draws; ``None`` if a draw has neither score nor bounds."""
    lows = [row.score if row.low is None else row.low for row in rows]
    highs = [row.score if row.high is None else row.high for row in rows]
    if None in lows or None in highs:
        return None
    return mean_of(lows), mean_of(highs)


def _columns(
    ids: Sequence[str],
    a: Mapping[str, Sequence[Mapping[str, float | None]]],
    b: Mapping[str, Sequence[Mapping[str, float | None]]],
) -> Columns:
    """Measures in order of first appearance, those of one kind (``axis:...``) together, meaned over draws.

    NaN in both where either run lacks one.
    """
    carriers = Counter(
        name for item in ids for name in dict.fromkeys(name for row in (*a[item], *b[item]) for name in row)
    )
    kinds = list(dict.fromkeys(_kind(name) for name in carriers))
    kept = [name for name, items in carriers.items() if items >= min(FAMILY_MIN_ITEMS, len(ids))]
    names = tuple(sorted(kept, key=lambda name: kinds.index(_kind(name))))
    shape = (len(ids), len(names))
    a_NK = np.array([[mean_of(row.get(name) for row in a[item]) for name in names] for item in ids]).reshape(
        shape
    )
    b_NK = np.array([[mean_of(row.get(name) for row in b[item]) for name in names] for item in ids]).reshape(
        shape
    )
    hole = np.isnan(a_NK) | np.isnan(b_NK)
    return Columns(
        names, np.where(hole, np.nan, a_NK), np.where(hole, np.nan, b_NK), len(carriers) - len(names)
    )


def _kind(name: str) -> str:
    """``axis`` of ``axis:accuracy``; the same of every name without a colon."""
    return name.partition(":")[0] if ":" in name else ""


def _refuse_other_grading(a: Run, b: Run) -> None:
    """The same task, and the same rubric and reading of replies where both identities name one."""
    if a.manifest.task != b.manifest.task:
        raise DifferentExams(
            f"different exams: {a.folder} is {a.manifest.task!r}, {b.folder} is {b.manifest.task!r}"
        )
    named_a, named_b = flatten(a.manifest.identity), flatten(b.manifest.identity)
    for field in ("rubric", "rubric_hash", "scoring", "exam.extractor"):
        left, right = named_a.get(field), named_b.get(field)
        if left is not None and right is not None and left != right:
            raise DifferentExams(
                f"different exams: {field} is {left!r} in {a.folder} and {right!r} in {b.folder}"
            )


def _refuse_other_prompts(
    a: Run,
    b: Run,
    draws_a: Mapping[str, Sequence[ItemRow]],
    draws_b: Mapping[str, Sequence[ItemRow]],
    common: Sequence[str],
) -> None:
    """Draw by draw (a draw may permute the options), what both runs were shown must be the same."""
    differing = []
    for item in common:
        shown = {row.draw: row.prompt_hash for row in draws_a[item]}
        for row in draws_b[item]:
            if shown.get(row.draw, row.prompt_hash) != row.prompt_hash:
                differing.append((item, row.draw, shown[row.draw], row.prompt_hash))
                break
    if differing:
        item, draw, left, right = differing[0]
        raise DifferentExams(
            f"different exams: {len(differing)} of {len(common)} common items were shown differently; "
            f"item {item!r} draw {draw}: prompt hash {left[:12]} in {a.folder}, {right[:12]} in {b.folder}"
        )


def _some(items: Mapping[str, object]) -> str:
    """``3 items (a, b, ...)``."""
    names = ", ".join(list(items)[:2]) or "none"
    return f"{len(items)} items ({names}{', ...' if len(items) > 2 else ''})"
