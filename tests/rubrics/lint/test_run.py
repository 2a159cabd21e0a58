"""The whole of lint: silencing, order, totality; the library is clean; rates on real criteria."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import library_names, library_rubric, read_prompt_rows
from rvpo.rubrics.lint import CHECKS, CODES, Finding, lint_rubric
from rvpo.rubrics.schema import Rubric

Lint = Callable[..., tuple[Finding, ...]]


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None]]:
    return [(each.code, each.criterion_id) for each in findings]


def test_a_tag_silences_one_check_on_one_criterion(lint: Lint) -> None:
    both = "Is good and says why it is."
    assert told(lint({"criterion": both, "tags": ["lint:allow-vague"]}, {"criterion": "Is clear."})) == [
        ("compound", "matter_a"),
        ("vague", "matter_b"),
    ]


def test_a_tag_of_the_rubric_silences_everywhere(lint: Lint) -> None:
    criteria: list[dict[str, Any]] = [{"criterion": "Is good."}, {"criterion": "Is clear."}]
    assert lint(*criteria, tags=["lint:allow-vague"]) == ()
    assert lint({}, tags=["lint:allow-no-origin"], licence="") == ()


def test_a_tag_that_silences_nothing_is_told(lint: Lint) -> None:
    found = lint({"tags": ["lint:allow-vague", "lint:allow-compund"]})
    assert [(each.code, each.message) for each in found] == [
        ("lint-tag", "the tag lint:allow-compund names no check; did you mean compound?"),
        ("lint-tag", "the tag lint:allow-vague silences nothing"),
    ]


def test_findings_come_in_the_order_of_the_rubric(lint: Lint) -> None:
    found = lint(
        {"criterion": "Is good."}, {"criterion": "Is valid JSON."}, {"criterion": "Is clear."}, licence=""
    )
    assert told(found) == [
        ("no-origin", None),
        ("vague", "matter_a"),
        ("better-a-rule", "matter_b"),
        ("vague", "matter_c"),
    ]


@pytest.mark.parametrize("name", library_names())
def test_the_shipped_library_has_no_finding(name: str) -> None:
    assert lint_rubric(library_rubric(name)) == ()


def test_rates_on_real_criteria(shared: Path) -> None:
    """Measured when the checks were made, and read one by one; a check that grows wild shows here."""
    rows = [row.rubric for row in read_prompt_rows(shared / "data/healthbench_sample.jsonl") if row.rubric]
    total = sum(len(rubric.criteria) for rubric in rows)
    counts = Counter(each.code for rubric in rows for each in lint_rubric(rubric))
    assert total == 1439
    expected = {
        "compound": 0.190,
        "enumeration": 0.039,
        "vague": 0.018,
        "double-negative": 0.015,
        "too-long": 0.139,
    }
    assert {code: counts[code] / total for code in expected} == pytest.approx(expected, abs=0.004)
    assert (
        counts["polarity-wording"] == 8
    )  # "Avoids ..." with negative points: faults of the data, not of the check
    for quiet in (
        "polarity-sign",
        "points-in-text",
        "undeclared-field",
        "tag-spelling",
        "off-scale",
        "dominant",
    ):
        assert counts[quiet] == 0


WORDS = st.sampled_from(
    [
        "Is",
        "good",
        "and",
        ";",
        "does",
        "not",
        "fail",
        "to,",
        "Avoids",
        "“x”",
        "{a}",
        "{{b}}",
        "(5",
        "points)",
        "at",
        "most",
        "3",
        "words",
        "valid",
        "JSON",
        "step",
        "1:",
        "-",
        "Names,",
        "the",
        "dose.",
        "Lacks\n",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), st.text(min_size=1, max_size=40))
GATES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"gate": "required"}, {"gate": "veto", "polarity": "met_is_bad"}]
)
KINDS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"options": ["no", "yes", {"label": "n/a", "na": True}]},
        {"scale": "nominal", "options": [{"label": "a", "value": 1}, {"label": "b", "value": 1}]},
        {"range": {"max": 5}},
        {"kind": "length", "rule": {"max": 3}},
        {"kind": "regex", "rule": {"pattern": "(a|a)*b"}},
        {"kind": "contains", "rule": {"texts": ["x"]}},
        {"kind": "tool_calls", "rule": {"calls": [{"name": "f"}], "allow": ["g"]}},
        {"kind": "match", "rule": {"expected_from": "a"}},
    ]
)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    criteria = []
    for number in range(draw(st.integers(1, 4))):
        keys: dict[str, Any] = {**draw(KINDS), **draw(GATES)}
        keys.setdefault("polarity", draw(st.sampled_from(["met_is_good", "met_is_bad"])))
        if keys.get("gate") == "required":
            keys["polarity"] = "met_is_good"
        if keys.get("kind") == "length":
            keys["examples"] = [{"response": draw(TEXTS), "verdict": draw(st.booleans())}]
        points = draw(st.floats(-100, 100))
        tags = draw(st.lists(TEXTS, max_size=2, unique=True))
        criteria.append(
            {"id": f"c{number}", "criterion": draw(TEXTS), "points": points, "tags": tags, **keys}
        )
    view = draw(st.sampled_from(["criteria", "components", "axes"]))
    fields = draw(st.lists(st.sampled_from("abc"), unique=True))
    data = {
        "id": "t",
        "criteria": criteria,
        "aggregate": {"view": view},
        "fields": fields,
        "guidelines": draw(TEXTS),
    }
    return Rubric.model_validate(data)


@given(rubrics())
def test_lint_is_total_and_its_findings_are_well_formed(rubric: Rubric) -> None:
    ids = {criterion.id for criterion in rubric.criteria}
    found = lint_rubric(rubric)
    assert found == lint_rubric(rubric)
    for finding in found:
        assert finding.code in CODES
        assert finding.criterion_id is None or finding.criterion_id in ids
        assert finding.message.isprintable()
        assert finding.advice.isprintable()
        assert finding.advice


def test_every_check_is_documented() -> None:
    assert len(set(CODES)) == len(CHECKS)
    for check in CHECKS:
        assert check.finds
        assert check.why.endswith(".")
        assert check.advice.endswith(".")
