"""The verdicts in a reply to several criteria: each is read for itself, by the id that its criterion had in the call.

Only exact ids count. A criterion without a verdict is ``missing``; one with two is ``unparseable``, whatever they say:
the last does not win. A verdict under an id that nobody has is nobody's. What else the reply holds stands: one bad
verdict costs the others nothing.

Pure and total.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rvpo.judges.asking import names_on_sheet
from rvpo.judges.reading import Reading
from rvpo.judges.verdicts import Form, excerpt, form_of, last_object, on_the_scale, spoken
from rvpo.rubrics import Criterion


def read_sheet(text: str, criteria: Sequence[Criterion], response: str) -> tuple[Reading, ...]:
    """Read a judge's text as its answers to several criteria.

    Args:
        text: What the judge wrote: ``{"verdicts": [{"id": "c1", ...}, ...]}``, in any order.
        criteria: What it was asked, in the order of the ids.
        response: What it judged; quotes are looked up in it.

    Returns:
        A reading for each criterion. Beside the statuses of ``read_answer`` there is ``missing``.
    """
    try:
        entries = _entries(text)
    except ValueError as wrong:
        return (Reading(status="unparseable", explanation=f"{wrong}: {excerpt(text)}"),) * len(criteria)
    return tuple(
        _read(name, [entry for entry in entries if entry.get("id") == name], criterion, response)
        for name, criterion in zip(names_on_sheet(len(criteria)), criteria, strict=True)
    )


def _entries(text: str) -> list[Mapping[str, Any]]:
    found = last_object(spoken(text), "verdicts")
    entries = found["verdicts"]
    if len(found) > 1 or not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ValueError("the reply has not the form {verdicts: [{...}, ...]}")
    return entries


def _read(name: str, entries: Sequence[Mapping[str, Any]], criterion: Criterion, response: str) -> Reading:
    if not entries:
        return Reading(status="missing", explanation=f"the reply has no verdict with the id {name}")
    if len(entries) > 1:
        return Reading(
            status="unparseable", explanation=f"the reply has {len(entries)} verdicts with the id {name}"
        )
    verdict = {key: value for key, value in entries[0].items() if key != "id"}
    form = form_of(criterion)
    try:
        found: Form = msgspec.convert(verdict, form)
    except (msgspec.ValidationError, OverflowError) as wrong:
        keys = ", ".join(("id", *form.__struct_fields__))
        return Reading(
            status="unparseable", explanation=f"the verdict {name} has not the form {{{keys}}}: {wrong}"
        )
    return on_the_scale(found, criterion, response)
