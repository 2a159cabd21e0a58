"""The records of a rubric: what they accept, refuse, and how goodness follows polarity."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rvpo.rubrics import Component, Criterion, Rubric
from rvpo.rubrics.schema import ContainsRule, LengthRule, RegexRule, ToolCallsRule


def test_a_rule_need_not_repeat_its_kind() -> None:
    said = Criterion.model_validate(
        {"id": "a", "criterion": "x", "kind": "regex", "rule": {"kind": "regex", "pattern": "y"}}
    )
    unsaid = Criterion.model_validate(
        {"id": "a", "criterion": "x", "kind": "regex", "rule": {"pattern": "y"}}
    )
    assert said == unsaid
    assert unsaid.rule == RegexRule(pattern="y")


def test_defaults() -> None:
    criterion = Criterion(id="a", criterion="x")
    assert (criterion.points, criterion.polarity, criterion.kind, criterion.tags) == (
        1.0,
        "met_is_good",
        "llm",
        (),
    )
    assert LengthRule().max is None
    assert ContainsRule(texts=("a",)).require == "all"
    assert ToolCallsRule(calls_from="calls").args == "exact"


@given(st.floats(0, 1))
def test_goodness_of_a_fault_is_the_rest(met: float) -> None:
    fault = Criterion(id="a", criterion="x", points=-1, polarity="met_is_bad")
    merit = Criterion(id="a", criterion="x", points=-1, polarity="met_is_good")
    assert fault.goodness(met) == 1 - met
    assert merit.goodness(met) == met


def test_records_are_frozen_and_survive_pickling() -> None:
    rubric = Rubric(
        id="t",
        criteria=(Criterion(id="a", criterion="x", component="g"),),
        components=(Component(id="g", title="Group"),),
    )
    with pytest.raises(ValidationError):
        setattr(rubric, "id", "u")  # noqa: B010 - type checkers know it is frozen
    assert pickle.loads(pickle.dumps(rubric)) == rubric


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"id": "t", "criteria": []}, "at least 1 item"),
        ({"id": "a b", "criteria": [{"id": "a", "criterion": "x"}]}, "match pattern"),
        ({"id": "t", "criteria": [{"id": "a", "criterion": "x"}] * 2}, "criterion id 'a' occurs twice"),
        (
            {
                "id": "t",
                "criteria": [{"id": "a", "criterion": "x"}],
                "components": [{"id": "g"}, {"id": "g"}],
            },
            "component id 'g' occurs twice",
        ),
        (
            {
                "id": "t",
                "criteria": [{"id": "a", "criterion": "x", "component": "h"}],
                "components": [{"id": "g"}],
            },
            "components are: g",
        ),
        ({"id": "t", "criteria": [{"id": "a", "criterion": ""}]}, "at least 1 character"),
        ({"id": "t", "criteria": [{"id": "a", "criterion": "x", "points": float("nan")}]}, "finite"),
        ({"id": "t", "criteria": [{"id": "a", "criterion": "x", "points": True}]}, "valid number"),
    ],
)
def test_refuses(data: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Rubric.model_validate(data)


@pytest.mark.parametrize("polarity", ["met_is_good", "met_is_bad"])
def test_negative_points_with_a_said_polarity_are_fine(polarity: str) -> None:
    data = {"id": "a", "criterion": "x", "points": -2, "polarity": polarity}
    assert Criterion.model_validate(data).points == -2
