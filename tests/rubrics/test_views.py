"""Views of the reward vector: entries, weights, holes, gates."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Rubric, RubricError, score_rubric, view_of

NAN = float("nan")


def rubric(*criteria: dict[str, Any], **rest: Any) -> Rubric:
    named = [{"id": f"c{place}", "criterion": "x", **each} for place, each in enumerate(criteria)]
    return Rubric.model_validate({"id": "t", "criteria": named, **rest})


ACCURACY, CONTEXT = {"tags": ["axis:accuracy"]}, {"tags": ["theme:x", "axis:context"]}
FAULT = {"points": -4, "polarity": "met_is_bad"}


def test_raw_criteria_are_the_default_and_weigh_the_same() -> None:
    view = view_of(rubric({"points": 8}, FAULT, {"points": 0}))
    assert view.names == ("c0", "c1")
    assert view.weights.tolist() == [0.5, 0.5]
    values, applicable = view.values([1.0, 0.25, 0.0])
    assert values.tolist() == [1.0, 0.25]
    assert applicable.tolist() == [True, True]


def test_axes_take_points_earned_over_positive_points() -> None:
    made = rubric({"points": 6, **ACCURACY}, {**FAULT, **ACCURACY}, {"points": 2, **CONTEXT}, {"points": 1})
    view = view_of(made, "axes")
    assert view.names == ("axis:accuracy", "axis:context", "c3")
    # Accuracy: 6 earned, and the fault committed (reward 0) costs 4: 2 / 6. Context: not met. The last: met.
    values, _ = view.values([1.0, 0.0, 0.0, 1.0])
    assert values == pytest.approx([2 / 6, 0.0, 1.0])


def test_an_axis_agrees_with_the_tag_of_the_score() -> None:
    made = rubric({"points": 6, **ACCURACY}, {**FAULT, **ACCURACY}, {"points": 2, **CONTEXT})
    met = [True, True, False]
    rewards = [criterion.goodness(each) for criterion, each in zip(made.criteria, met, strict=True)]
    view = view_of(made, "axes")
    assert dict(zip(view.names, view.values(rewards)[0], strict=True)) == pytest.approx(
        {tag: value for tag, value in score_rubric(made, met).by_tag.items() if tag.startswith("axis:")}
    )


def test_an_entry_without_positive_points_is_one_minus_what_is_lost() -> None:
    made = rubric({**FAULT, **ACCURACY}, {"points": -1, "polarity": "met_is_bad", **ACCURACY}, CONTEXT)
    view = view_of(made, "axes")
    # Rewards: first fault avoided, second committed: 1 - 1/5.
    for rewards, expected in (([1.0, 1.0], 1.0), ([0.0, 0.0], 0.0), ([1.0, 0.0], 0.8)):
        assert view.values([*rewards, 1.0])[0][0] == pytest.approx(expected)


def test_components_and_their_weights() -> None:
    made = rubric(
        {"points": 6, "component": "content"}, {"points": 2, "component": "content"}, {"component": "form"}, {"points": 2},
        components=[{"id": "content"}, {"id": "form", "weight": 5}],
        aggregate={"view": "components", "weights": "points"},
    )  # fmt: skip
    view = view_of(made)
    assert view.names == ("content", "form", "c3")
    # Points 6 + 2, the stated weight 5, points 2.
    assert view.weights == pytest.approx([8 / 15, 5 / 15, 2 / 15])
    assert view.values([0.0, 1.0, 0.5, 1.0])[0] == pytest.approx([0.25, 0.5, 1.0])


def test_plain_averages_inside_a_component() -> None:
    made = rubric(
        {"points": 6, "component": "a"}, {**FAULT, "component": "a"}, components=[{"id": "a"}],
        aggregate={"view": "components", "normalise": "plain"},
    )  # fmt: skip
    assert view_of(made).values([1.0, 0.5])[0].tolist() == [0.75]


def test_holes_and_what_does_not_apply() -> None:
    made = rubric({"points": 8, **ACCURACY}, {"points": 2, **ACCURACY}, CONTEXT, aggregate={"view": "axes"})
    view = view_of(made)
    # A fifth of the entry's points may be missing; the value is then over what was judged.
    values, applicable = view.values([1.0, NAN, NAN])
    assert values[0] == 1.0
    assert np.isnan(values[1])
    assert applicable.tolist() == [True, True]
    values, applicable = view.values([NAN, 1.0, 1.0])
    assert np.isnan(values[0])
    assert values[1] == 1.0
    values, applicable = view.values([NAN, 1.0, NAN], np.array([False, True, False]))
    assert values[0] == 1.0
    assert np.isnan(values[1])
    assert applicable.tolist() == [True, False]


def test_gates_can_close_the_vector() -> None:
    made = rubric({}, {"gate": "required"}, aggregate={"gates": "vector"})
    view = view_of(made)
    assert view.values([1.0, 0.4])[0].tolist() == [0.0, 0.0]
    assert view.values([1.0, 0.6])[0].tolist() == [1.0, 0.6]
    assert view.values([1.0, NAN])[0][0] == 1.0
    assert view_of(rubric({}, {"gate": "required"})).values([1.0, 0.0])[0].tolist() == [1.0, 0.0]


def test_a_rubric_without_points_has_no_vector() -> None:
    with pytest.raises(RubricError, match="every criterion has 0 points"):
        view_of(rubric({"points": 0}))


@given(st.data())
def test_one_component_over_all_is_the_score(data: st.DataObject) -> None:
    criteria: list[dict[str, Any]] = [{"points": 3}, {"points": 1}, FAULT, {"points": 0}]
    rewards = data.draw(st.lists(st.floats(0, 1), min_size=4, max_size=4))
    made = rubric(*({**each, "component": "all"} for each in criteria), components=[{"id": "all"}])
    met = [criterion.goodness(reward) for criterion, reward in zip(made.criteria, rewards, strict=True)]
    [value], _ = view_of(made, "components").values(rewards)
    assert value == pytest.approx(score_rubric(made, met).score)
