"""Gates, criteria that do not apply, and the normalisers beside HealthBench's."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import NOT_APPLICABLE, Rubric, RubricError, parse_rubric, score_rubric


def rubric(*criteria: dict[str, Any], **rest: Any) -> Rubric:
    named = [{"id": f"c{place}", "criterion": "x", **each} for place, each in enumerate(criteria)]
    return Rubric.model_validate({"id": "t", "criteria": named, **rest})


FAULT = {"points": -4, "polarity": "met_is_bad"}


def test_a_failed_gate_leaves_at_most_nothing() -> None:
    gated = rubric({"points": 6}, {"points": 2, "gate": "required"}, {**FAULT, "gate": "veto"})
    whole = score_rubric(gated, [True, True, False])
    assert (whole.score, whole.failed_gates) == (1.0, ())
    # Without the gate: 6 of 8.
    closed = score_rubric(gated, [True, False, False])
    assert (closed.score, closed.low, closed.high, closed.failed_gates) == (0.0, 0.0, 0.0, ("c1",))
    # The veto: (8 - 4) / 8 = .5 without the gate.
    assert score_rubric(gated, [True, True, True]).score == 0.0
    # Below 0 a gate changes nothing: -4 / 8.
    assert score_rubric(gated, [False, False, True]).score == -0.5
    assert score_rubric(gated, [False, False, True]).failed_gates == ("c1", "c2")


def test_a_gate_opens_at_one_half() -> None:
    gated = rubric({"points": 1}, {"points": 1, "gate": "required"})
    assert score_rubric(gated, [1.0, 0.5]).score == 0.75
    assert score_rubric(gated, [1.0, 0.49]).score == 0.0


def test_an_unjudged_gate_only_lowers_the_lower_bound() -> None:
    gated = rubric({"points": 6}, {"points": 2, "gate": "required"})
    score = score_rubric(gated, [True, None])
    # Judged: 6 of 6; worst: the gate shut; best: 8 of 8.
    assert (score.score, score.low, score.high, score.failed_gates) == (1.0, 0.0, 1.0, ())


def test_gates_hold_tags_of_the_prompt_down_but_not_those_of_criteria() -> None:
    gated = rubric({"points": 1, "tags": ["axis:a"]}, {"points": 1, "gate": "required"}, tags=["theme:t"])
    assert score_rubric(gated, [True, False]).by_tag == {"theme:t": 0.0, "axis:a": 1.0}


def test_what_does_not_apply_is_no_part_of_the_rubric() -> None:
    three = rubric({"points": 6, "tags": ["a"]}, {"points": 2, "tags": ["b"]}, {"points": 1})
    score = score_rubric(three, [True, NOT_APPLICABLE, None])
    smaller = score_rubric(rubric({"points": 6, "tags": ["a"]}, {"points": 1}), [True, None])
    assert score == smaller
    assert score.coverage == 6 / 7
    assert "b" not in score.by_tag


def test_nothing_applies() -> None:
    score = score_rubric(rubric({}, {}), [NOT_APPLICABLE, NOT_APPLICABLE])
    assert (score.score, score.low, score.high, score.coverage) == (None, None, None, 1.0)


def test_a_gate_that_does_not_apply_stays_open() -> None:
    options = ["no", "yes", {"label": "n/a", "na": True}]
    gated = rubric({"points": 1}, {"gate": "required", "options": options})
    assert score_rubric(gated, [True, NOT_APPLICABLE]).score == 1.0


CATEGORIES = [["category:essential"], ["category:important"], ["category:optional"], ["category:pitfall"]]


def test_rubrics_as_rewards_weighs_by_category() -> None:
    criteria = [{"points": 5, "tags": tags} for tags in CATEGORIES[:3]]
    pitfall = {"points": -1, "polarity": "met_is_good", "tags": CATEGORIES[3]}
    rar = rubric(*criteria, pitfall, aggregate={"normalise": "rar"})
    # Weights 1, .7, .3, .9: (1 + .9) / 2.9; the stored points are not used.
    score = score_rubric(rar, [True, False, False, True])
    assert score.score == pytest.approx(1.9 / 2.9)
    assert score_rubric(rar, [True, False, None, None]).coverage == pytest.approx(1.7 / 2.9)


def test_a_pitfall_named_as_the_fault_earns_when_it_is_not_met() -> None:
    rar = rubric({**FAULT, "tags": CATEGORIES[3]}, aggregate={"normalise": "rar"})
    assert [score_rubric(rar, [met]).score for met in (False, True)] == [1.0, 0.0]


@pytest.mark.parametrize("tags", [[], ["category:essential", "category:optional"]])
def test_rar_needs_one_category_each(tags: list[str]) -> None:
    with pytest.raises(ValueError, match="one category tag on every criterion, 'c0'"):
        rubric({"tags": tags}, aggregate={"normalise": "rar"})


def test_plain_is_the_mean_reward() -> None:
    criteria = ({"points": 6}, {"points": 2}, FAULT, {"points": 0})
    plain = rubric(*criteria, aggregate={"normalise": "plain"})
    # Rewards 1, 0, 1 (the fault is avoided); 0 points do not count.
    assert score_rubric(plain, [True, False, False, False]).score == pytest.approx(2 / 3)
    weighted = rubric(*criteria, aggregate={"normalise": "plain", "weights": "points"})
    assert score_rubric(weighted, [True, False, False, False]).score == pytest.approx(10 / 12)


def test_all_negative_and_single_criterion_rubrics() -> None:
    """HealthBench's rule has no denominator for the first, as in simple-evals; the other rules have one."""
    negative = [FAULT, {"points": -1, "polarity": "met_is_bad"}]
    assert score_rubric(rubric(*negative), [False, False]).score is None
    plain = rubric(*negative, aggregate={"normalise": "plain", "weights": "points"})
    assert score_rubric(plain, [False, True]).score == 0.8
    assert [score_rubric(rubric({"points": 3}), [met]).score for met in (True, False, None)] == [
        1.0,
        0.0,
        None,
    ]


def test_a_component_may_not_share_its_name_with_a_stranger() -> None:
    text = "id: t\ncomponents: [{id: a}]\ncriteria:\n  - {id: a, criterion: x}\n  - {id: b, criterion: y, component: a}\n"
    with pytest.raises(RubricError, match="the id 'a' is that of a component and of a criterion outside it"):
        parse_rubric(text)


met_values = st.one_of(st.booleans(), st.floats(0, 1), st.none(), st.just(NOT_APPLICABLE), st.just(math.nan))


@given(st.data())
def test_the_score_lies_between_its_bounds(data: st.DataObject) -> None:
    kinds: list[dict[str, Any]] = [
        {"points": 3},
        {"points": 0},
        FAULT,
        {"gate": "required"},
        {**FAULT, "gate": "veto"},
    ]
    criteria = data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6))
    normalise = data.draw(st.sampled_from(["healthbench", "plain"]))
    made = rubric(*criteria, aggregate={"normalise": normalise})
    met = data.draw(st.lists(met_values, min_size=len(criteria), max_size=len(criteria)))
    score = score_rubric(made, met)
    assert 0.0 <= score.coverage <= 1.0
    if score.low is not None and score.high is not None:
        assert score.low <= score.high + 1e-12
        if score.coverage == 1.0 and score.score is not None:
            assert score.low == pytest.approx(score.score)
            assert score.high == pytest.approx(score.score)
