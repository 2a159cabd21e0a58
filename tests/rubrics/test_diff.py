"""What an edit costs: by hand for every kind of edit, and as properties against the hash that verdicts are stored by."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import criterion_hash, library_names, library_rubric
from rvpo.rubrics.diff import RubricDiff, diff_rubrics, word_diff
from rvpo.rubrics.schema import Criterion, Rubric

BASE: list[dict[str, Any]] = [
    {"id": "age", "criterion": "Asks for the age.", "points": 3},
    {"id": "dose", "criterion": "Names the dose.", "points": 5},
    {"id": "short", "criterion": "Is short.", "kind": "length", "rule": {"max": 9}},
]


def rubric(*criteria: dict[str, Any], **keys: Any) -> Rubric:
    return Rubric.model_validate({"id": "t", "criteria": list(criteria), **keys})


def changed(number: int, **keys: Any) -> Rubric:
    """The base with other keys in one criterion."""
    return rubric(*({**each, **keys} if place == number else each for place, each in enumerate(BASE)))


def effects(diff: RubricDiff) -> dict[str, str]:
    return {change.id: change.effect for change in diff.criteria if change.effect != "none"}


@pytest.mark.parametrize(
    ("number", "keys", "effect", "names"),
    [
        (0, {"points": 4}, "add_up", ["points"]),
        (0, {"points": -3, "polarity": "met_is_bad"}, "add_up", ["points", "polarity"]),
        (0, {"tags": ["axis:x"]}, "add_up", ["tags"]),
        (0, {"gate": "required"}, "add_up", ["gate"]),
        (0, {"criterion": "Asks for the exact age."}, "judge", ["criterion"]),
        (0, {"criterion": "Asks for the exact age.", "points": 4}, "judge", ["criterion", "points"]),
        (0, {"guidelines": "In years."}, "judge", ["guidelines"]),
        (0, {"evidence": "quote"}, "judge", ["evidence"]),
        (0, {"options": ["no", "yes"]}, "judge", ["scale", "options"]),
        (0, {"examples": [{"response": "How old?", "verdict": True}]}, "judge", ["examples"]),
        (0, {"kind": "contains", "rule": {"texts": ["old"]}}, "rule", ["kind", "rule"]),
        (2, {"rule": {"max": 8}}, "rule", ["rule.max"]),
        (2, {"kind": "llm", "rule": None}, "judge", ["kind", "rule"]),
        (2, {"examples": [{"response": "x", "verdict": True}]}, "none", ["examples"]),
    ],
)  # fmt: skip
def test_one_edit(number: int, keys: dict[str, Any], effect: str, names: list[str]) -> None:
    diff = diff_rubrics(rubric(*BASE), changed(number, **keys))
    change = diff.criteria[number]
    assert change.effect == effect
    assert sorted(each.key for each in change.keys) == sorted(names)
    assert not diff.same
    assert effects(diff) == ({BASE[number]["id"]: effect} if effect != "none" else {})
    assert diff.calls(100) == (100 if effect == "judge" else 0)


def test_added_and_removed() -> None:
    new = {"id": "price", "criterion": "Names the price."}
    diff = diff_rubrics(rubric(*BASE), rubric(BASE[0], BASE[2], new))
    assert [(each.id, each.effect, each.old is None, each.new is None) for each in diff.criteria] == [
        ("age", "none", False, False),
        ("short", "none", False, False),
        ("price", "judge", True, False),
        ("dose", "add_up", False, True),
    ]
    assert (diff.calls(7), diff.reordered) == (7, False)


def test_a_rename_needs_no_call_even_with_other_points() -> None:
    diff = diff_rubrics(rubric(*BASE), changed(1, id="amount", points=6))
    assert [(each.renamed_from, each.id, each.effect) for each in diff.criteria] == [
        (None, "age", "none"),
        ("dose", "amount", "add_up"),
        (None, "short", "none"),
    ]


def test_twins_are_renamed_each_once() -> None:
    twins = [{"id": name, "criterion": "Names the dose."} for name in ("a", "b")]
    diff = diff_rubrics(
        rubric(*twins), rubric(*({**each, "id": f"{each['id']}{each['id']}"} for each in twins))
    )
    assert [(each.renamed_from, each.id) for each in diff.criteria] == [("a", "aa"), ("b", "bb")]
    diff = diff_rubrics(rubric(*twins), rubric(twins[1], {**twins[0], "id": "c"}))
    assert [(each.renamed_from, each.id) for each in diff.criteria] == [(None, "b"), ("a", "c")]


def test_guidelines_of_the_rubric_ask_all_again() -> None:
    diff = diff_rubrics(rubric(*BASE), rubric(*BASE, guidelines="Be strict."))
    assert effects(diff) == {"age": "judge", "dose": "judge", "short": "rule"}
    assert [(each.key, each.effect) for each in diff.rubric] == [("guidelines", "judge")]


def test_keys_of_the_rubric() -> None:
    keys = {
        "version": 2,
        "title": "T",
        "aggregate": {"view": "axes"},
        "judge": {"mode": "whole-rubric"},
        "tags": ["x"],
    }
    diff = diff_rubrics(rubric(*BASE), rubric(*BASE, **keys))
    assert {each.key: each.effect for each in diff.rubric} == {
        "version": "none",
        "title": "none",
        "aggregate.view": "add_up",
        "judge.mode": "none",
        "tags": "add_up",
    }
    assert effects(diff) == {}
    view = diff_rubrics(rubric(*BASE), rubric(*BASE, judge={"view": "reply"}))
    assert effects(view) == {"age": "judge", "dose": "judge"}


def test_a_field_that_is_declared_fills_texts_that_were_literal() -> None:
    criteria = [{"id": "same", "criterion": "Agrees with {reference}."}, BASE[1]]
    diff = diff_rubrics(rubric(*criteria), rubric(*criteria, fields=["reference"]))
    assert effects(diff) == {"same": "judge"}


def test_another_order() -> None:
    diff = diff_rubrics(rubric(*BASE), rubric(BASE[1], BASE[0], BASE[2]))
    assert (diff.reordered, diff.same, effects(diff)) == (True, False, {})


@pytest.mark.parametrize("name", library_names())
def test_a_rubric_is_the_same_as_itself(name: str) -> None:
    assert diff_rubrics(library_rubric(name), library_rubric(name)).same


CRITERIA = st.builds(
    lambda text, points, kind: {"criterion": text, "points": points, **kind},
    st.sampled_from(["Names the age.", "Names the dose.", "Names the price."]),
    st.sampled_from([1, 2]),
    st.sampled_from([{}, {"kind": "length", "rule": {"max": 3}}, {"guidelines": "Be strict."}]),
)
RUBRICS = st.builds(
    lambda named, guidelines: rubric(
        *({"id": key, **each} for key, each in named.items()), guidelines=guidelines
    ),
    st.dictionaries(st.sampled_from("abcd"), CRITERIA, min_size=1),
    st.sampled_from(["", "Only the last reply."]),
)


@given(RUBRICS, RUBRICS)
def test_what_is_judged_again_is_what_no_stored_verdict_fits(old: Rubric, new: Rubric) -> None:
    diff = diff_rubrics(old, new)
    stored = {criterion_hash(old, criterion) for criterion in old.criteria}
    for change in diff.criteria:
        if change.new is not None and change.effect in {"judge", "rule"} and change.old is None:
            continue  # added; a twin of it may be stored
        if change.new is not None:
            fits = criterion_hash(new, change.new) in stored
            assert fits or change.effect in {"judge", "rule"}
    olds = [each.old.id for each in diff.criteria if each.old]
    assert sorted(olds) == sorted(criterion.id for criterion in old.criteria)
    assert [each.id for each in diff.criteria if each.new] == [criterion.id for criterion in new.criteria]
    assert diff.same == (old == new)
    assert len(diff.having("judge")) == len(diff_judged(old, new))


def diff_judged(old: Rubric, new: Rubric) -> list[Criterion]:
    """By another way: of the new judged criteria, those whose own or renamed old one has another hash."""
    free = [criterion_hash(old, each) for each in old.criteria if each.id not in {c.id for c in new.criteria}]
    before = {each.id: criterion_hash(old, each) for each in old.criteria}
    asked = []
    for criterion in new.criteria:
        key = criterion_hash(new, criterion)
        if criterion.id not in before and key in free and old.guidelines == new.guidelines:
            free.remove(key)
        elif before.get(criterion.id) != key and criterion.kind == "llm":
            asked.append(criterion)
    return asked


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_word_diff_holds_both_texts(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(text for sign, text in pieces if sign != "+") == old
    assert "".join(text for sign, text in pieces if sign != "-") == new


def test_texts_with_little_in_common_are_shown_whole() -> None:
    assert word_diff("Names the dose.", "Is short and to the point") == (
        ("-", "Names the dose."),
        ("+", "Is short and to the point"),
    )
    assert word_diff("", "New.") == (("+", "New."),)
    assert word_diff("Same.", "Same.") == (("=", "Same."),)
