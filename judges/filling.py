"""Rubrics that are templates, filled from each request's fields before anything else. Pure."""

from collections.abc import Sequence

import msgspec

from rvpo.judges.records import JudgeRequest
from rvpo.rubrics import Rubric
from rvpo.rubrics.fill import fill_rubric


def fill_requests(requests: Sequence[JudgeRequest]) -> Sequence[JudgeRequest]:
    """Fill the rubrics that name fields; requests with equal values share one filled rubric.

    Raises:
        MissingField: A request lacks a field that its rubric names; the message names the request.
    """
    if not any(request.rubric.fields for request in requests):
        return requests
    known: dict[tuple[int, str], Rubric] = {}
    filled = []
    for request in requests:
        rubric = request.rubric
        if rubric.fields:
            values = repr([request.fields.get(name) for name in rubric.fields])
            where = f"request {request.id!r}"
            rubric = known.get((id(rubric), values)) or fill_rubric(rubric, request.fields, where)
            known[id(request.rubric), values] = rubric
        filled.append(msgspec.structs.replace(request, rubric=rubric))
    return filled
