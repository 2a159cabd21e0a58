"""Ids, tags, groups, fields, labels and origin."""

from collections.abc import Callable
from typing import Any

import pytest

from rvpo.rubrics.lint import Finding

Lint = Callable[..., tuple[Finding, ...]]


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None]]:
    return [(each.code, each.criterion_id) for each in findings]


@pytest.mark.parametrize("name", ["c1", "criterion_2", "C-03", "item", "7", "q1", "x", "rule.4"])
def test_ids_that_say_nothing(lint: Lint, name: str) -> None:
    assert told(lint({"id": name})) == [("empty-id", name)]


@pytest.mark.parametrize(
    "name", ["dose", "c_reactive_protein", "question_answered", "rules_out_stroke", "idle"]
)
def test_ids_that_say_something(lint: Lint, name: str) -> None:
    assert lint({"id": name}) == ()


def test_many_empty_ids_are_one_finding(lint: Lint) -> None:
    (finding,) = lint({"id": "c1"}, {"id": "c2"}, {"id": "c3"}, {"id": "c4"})
    assert (finding.criterion_id, finding.message) == (None, "4 ids say nothing: c1, c2, c3 ...")


@pytest.mark.parametrize(
    ("one", "other", "flagged"),
    [
        ("axis:accuracy", "axis:acuracy", True),  # a letter less
        ("axis:accuracy", "axis:accuracyy", True),
        ("axis:accuracy", "axis:accurasy", True),
        ("axis:accuracy", "axis:accuarcy", True),  # swapped
        ("axis:accuracy", "Axis:Accuracy", True),
        ("axis:context_awareness", "axis:context-awareness", True),
        ("axis:normalised", "axis:normalized", True),
        ("level:1", "level:2", False),
        ("group:a1", "group:a2", False),
        ("axis:safe", "axis:unsafe", False),
        ("axis:accuracy", "axis:adequacy", False),
        ("a", "b", False),
    ],
)
def test_tags_spelt_two_ways(lint: Lint, one: str, other: str, *, flagged: bool) -> None:
    found = lint({"tags": [one]}, {"tags": [one]}, {"tags": [other]})
    assert told(found) == ([("tag-spelling", "matter_c")] if flagged else [])
    if flagged:
        assert found[0].advice == f"Write {one}."


def test_the_tags_of_the_rubric_count_too(lint: Lint) -> None:
    assert told(lint({"tags": ["theme:hedging"]}, tags=["theme:hedgng"])) == [("tag-spelling", None)]


def test_a_view_by_axes(lint: Lint) -> None:
    view: dict[str, Any] = {"aggregate": {"view": "axes"}}
    axis = {"tags": ["axis:accuracy"]}
    assert told(lint(axis, {}, axis, **view)) == [("ungrouped", "matter_b")]
    assert told(lint({}, {}, **view)) == [("ungrouped", None)]
    assert lint(axis, axis, **view) == ()
    assert lint({}, axis) == ()


def test_a_view_by_components(lint: Lint) -> None:
    keys: dict[str, Any] = {
        "aggregate": {"view": "components"},
        "components": [{"id": "form"}, {"id": "safety"}],
    }
    found = lint({"component": "form"}, {}, **keys)
    assert told(found) == [("empty-component", None), ("ungrouped", "matter_b")]
    assert "safety" in found[0].message


def test_origin(lint: Lint) -> None:
    assert [each.message for each in lint({}, licence="")] == ["licence is not said"]
    assert [each.message for each in lint({}, licence=" ", provenance="")] == [
        "provenance and licence are not said"
    ]


def test_fields(lint: Lint) -> None:
    text = {"criterion": "Agrees with {refrence}."}
    found = lint(text, fields=["reference"])
    assert [(each.code, each.message) for each in found] == [
        ("unused-field", "no text names the field {reference}"),
        ("undeclared-field", "{refrence} is not among the fields; did you mean reference?"),
    ]
    assert lint({"criterion": "Agrees with {reference}."}, fields=["reference"]) == ()
    assert lint({}, fields=["reference"], guidelines="Compare with {reference}.") == ()
    assert lint({"examples": [{"response": "{reference}", "verdict": True}]}, fields=["reference"]) == ()


@pytest.mark.parametrize(
    "text",
    [r"Gives \frac{a}{b}.", "Writes {{name}}.", r"Writes x_{i}.", 'Writes {"a": 1}.', "Writes ${HOME}."],
)
def test_braces_that_are_no_fields(lint: Lint, text: str) -> None:
    assert lint({"criterion": text}) == ()


@pytest.mark.parametrize(
    ("options", "text", "flagged"),
    [
        (["1", "2", "3"], "Rate the depth.", True),
        (["A", "B"], "Rate the depth.", True),
        (["1", "2"], "Rate the depth: 1 names no cause, 2 names one.", False),
        (["none", "some", "full"], "Rate the depth.", False),
        (["1", "full"], "Rate the depth.", False),
    ],
)
def test_labels(lint: Lint, options: list[str], text: str, *, flagged: bool) -> None:
    assert told(lint({"criterion": text, "options": options})) == (
        [("bare-labels", "matter_a")] if flagged else []
    )


def test_options_that_count_the_same(lint: Lint) -> None:
    def found(*values: float) -> list[str]:
        options = [{"label": f"kind {'abc'[n]}", "value": value} for n, value in enumerate(values)]
        return [each.message for each in lint({"scale": "nominal", "options": options})]

    assert found(0, 1, 1) == ["the options kind b and kind c both count 1"]
    assert found(0, 0.5, 1) == []
    assert found(1, 1) == [
        "the options kind a and kind b both count 1",
        "all options count the same, so no answer matters",
    ]
