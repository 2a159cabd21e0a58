"""From an answer to the rows of a run: what is asked of the judge, and what is written down. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rvpo.harness.items import ExamItem, prompt_hash
from rvpo.harness.judge_run import rows_of
from rvpo.harness.samplers import Completion
from rvpo.judges import JudgeRequest, RewardVector
from rvpo.results import ItemRow, VerdictRow
from rvpo.rubrics import score_rubric


def judge_request(item: ExamItem, completion: Completion) -> JudgeRequest:
    """What the judge is asked about an answer."""
    return JudgeRequest(
        id=item.id, rubric=item.rubric, prompt=item.messages, response=completion.text, fields=item.fields
    )


def judged_rows(
    item: ExamItem, completion: Completion, vector: RewardVector
) -> tuple[ItemRow, list[VerdictRow]]:
    """The rows of a draw that was judged; an answer cut at the token limit is scored as it stands."""
    row, verdicts = rows_of(judge_request(item, completion), vector)
    row = msgspec.structs.replace(
        row,
        draw=completion.draw,
        status="truncated" if completion.finish_reason == "length" else "ok",
        meta=_meta(item, completion),
    )
    return row, [msgspec.structs.replace(verdict, draw=completion.draw) for verdict in verdicts]


def failed_row(item: ExamItem, completion: Completion) -> ItemRow:
    """The row of a draw that brought no answer: no score, and bounds as wide as the rubric allows."""
    nothing = score_rubric(item.rubric, [None] * len(item.rubric.criteria))
    return ItemRow(
        item_id=item.id,
        draw=completion.draw,
        prompt_hash=prompt_hash(item.messages),
        prompt=item.prompt_text,
        status="failed",
        score=None,
        coverage=nothing.coverage,
        low=nothing.low,
        high=nothing.high,
        meta=_meta(item, completion),
    )


def counts_of(items: Sequence[ItemRow], verdicts: Sequence[VerdictRow]) -> Mapping[str, int]:
    """What a sealed run counts: draws that failed or were cut, and criteria that the judge left open."""
    return {
        "failed": sum(row.status == "failed" for row in items),
        "truncated": sum(row.status == "truncated" for row in items),
        "holes": sum(row.hole for row in verdicts),
    }


def _meta(item: ExamItem, completion: Completion) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "finish_reason": completion.finish_reason,
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        **completion.extra,
    }
    if item.reference is not None:
        meta["reference"] = item.reference
    if isinstance(item.fields.get("cluster"), str | int):
        meta["cluster"] = item.fields["cluster"]
    if completion.error:
        meta["error"] = completion.error
    return meta
