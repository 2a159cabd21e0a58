"""A run's scores, worked out again from its verdicts alone. Pure.

Every verdict of schema version 2 says what its criterion can earn, its polarity, gate and tags, so no rubric is needed;
the rule is ``rubrics.score``'s, there is no second one. A tag that no criterion of a draw carries is the prompt's own
and takes the draw's score. A draw that stores no values, being judged by one criterion whose value is its score (GPQA), is
given none. A draw with a verdict of version 1 cannot be worked out and is given as ``None``, as is one
that another program scored (``scoring`` in the run's identity: lm-eval's tasks), which has no verdicts.
"""

from collections.abc import Iterator, Sequence

import msgspec

from rvpo.results import ItemRow, Run, VerdictRow
from rvpo.rubrics.score import Judged, score_judged


def rescored(run: Run, *, failure_as_false: bool = False) -> Iterator[tuple[ItemRow, ItemRow | None]]:
    """Every draw as it is stored, and as its verdicts say.

    Args:
        run: The run.
        failure_as_false: Whether a verdict that the judge failed to give counts as "not met", as in some harnesses; a
            draw without an answer then scores 0 (``inspect_evals``). Never the run's own score: a failure is none.

    Yields:
        The stored row, and the same with scores, bounds, coverage, values and tags anew.
    """
    verdicts, scored_elsewhere = run.verdicts_of, "scoring" in run.manifest.identity
    for row in run.items:
        if scored_elsewhere:
            yield row, None
        elif row.status == "failed":
            yield row, msgspec.structs.replace(row, score=0.0 if failure_as_false else None, tags={})
        else:
            yield row, _rescored(row, verdicts.get((row.item_id, row.draw), ()), failure_as_false)


def _rescored(row: ItemRow, verdicts: Sequence[VerdictRow], failure_as_false: bool) -> ItemRow | None:
    judged, carried, values = [], set[str](), dict[str, float | None]()
    for verdict in verdicts:
        if verdict.earns is None:
            return None
        good = _good(verdict)
        values[verdict.criterion_id] = good
        carried.update(verdict.tags)
        if verdict.status == "not_applicable":
            continue
        if good is None and failure_as_false:
            good = float(verdict.polarity == "met_is_bad")
        judged.append(Judged(verdict.criterion_id, *verdict.earns, good, verdict.gate, verdict.tags))
    scored = score_judged(judged, [tag for tag in row.tags if tag not in carried])
    return msgspec.structs.replace(
        row,
        score=scored.score,
        coverage=scored.coverage,
        low=scored.low,
        high=scored.high,
        values=values if row.values or len(values) > 1 else {},
        tags=scored.by_tag,
    )


def _good(verdict: VerdictRow) -> float | None:
    if verdict.score is None:
        return None
    return 1.0 - verdict.score if verdict.polarity == "met_is_bad" else verdict.score
