"""Run the checks over a rubric and leave out what its author allows. Pure.

A tag ``lint:allow-<code>`` on a criterion silences that code there; among the rubric's own tags, everywhere. A tag
that names no check, or silences nothing, is a finding itself (``lint-tag``), so that none outlives its reason.
"""

from collections.abc import Collection, Iterator

from rvpo.rubrics.lint.finding import Check, Finding
from rvpo.rubrics.lint.table import CHECKS, CODES, LINT_TAG
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.wording import hint, printable

ALLOW = "lint:allow-"
_WHOLE = None

Allowed = tuple[str | None, str]
"""Whose tag it is (``None``: the rubric's) and the code that it allows."""


def lint_rubric(rubric: Rubric) -> tuple[Finding, ...]:
    r"""Find what judges would stumble over and what training would get wrong.

    Never raises on a valid rubric and reads nothing but it. One finding a line; what concerns the rubric as a whole
    first, then in the order of the criteria, and for each in the order of the table.

    >>> from rvpo.rubrics import parse_rubric
    >>> text = "id: t\nlicence: MIT\nprovenance: me\ncriteria: [{id: tone, criterion: Is good.}]"
    >>> [(each.code, each.message) for each in lint_rubric(parse_rubric(text))]
    [('vague', '"good" has no yardstick')]
    """
    allowed = _allowed(rubric)
    used: set[Allowed] = set()
    findings: list[Finding] = []
    for check in CHECKS:
        for finding in _findings(check, rubric):
            tags = {(finding.criterion_id, check.code), (_WHOLE, check.code)} & allowed
            used |= tags
            if not tags:
                findings.append(finding)
    findings += _idle_tags(allowed, used)
    place = {criterion.id: number for number, criterion in enumerate(rubric.criteria, start=1)}
    return tuple(sorted(findings, key=lambda each: place.get(each.criterion_id or "", 0)))


def _findings(check: Check, rubric: Rubric) -> Iterator[Finding]:
    for hit in check.find(rubric) if check.find else ():
        advice = hit.advice or check.advice
        yield Finding(check.code, check.severity, hit.criterion_id, printable(hit.message), printable(advice))


def _allowed(rubric: Rubric) -> set[Allowed]:
    tagged: list[tuple[str | None, Collection[str]]] = [(_WHOLE, rubric.tags)]
    tagged += [(criterion.id, criterion.tags) for criterion in rubric.criteria]
    return {
        (whose, tag.removeprefix(ALLOW)) for whose, tags in tagged for tag in tags if tag.startswith(ALLOW)
    }


def _idle_tags(allowed: set[Allowed], used: set[Allowed]) -> Iterator[Finding]:
    for whose, code in sorted(allowed - used, key=lambda each: (each[0] or "", each[1])):
        known = code in CODES
        text = f"the tag {ALLOW}{code} " + (
            "silences nothing" if known else f"names no check{hint(code, CODES)}"
        )
        yield Finding(
            LINT_TAG, "note", whose, printable(text), "Drop the tag." if known else "Mend its spelling."
        )
