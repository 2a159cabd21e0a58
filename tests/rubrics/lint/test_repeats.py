"""The same said twice, and what only looks alike."""

from collections.abc import Callable
from typing import Any

import pytest

from rvpo.rubrics.lint import Finding, lint_rubric
from rvpo.rubrics.lint.repeats import same_text
from rvpo.rubrics.schema import Rubric

Lint = Callable[..., tuple[Finding, ...]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Names the dose.", "Names the dose."),
        ("Names the dose.", "The reply names the doses."),
        ("Recommends seeing a doctor if the fever lasts.", "Recommends to see a doctor if the fever lasts."),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert same_text(one, other)
    assert same_text(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Names the dose.", "Names the interval."),
        ("Names the dose of 5 mg for adults of any age and weight.", "Names the dose of 10 mg for adults of any age and weight."),
        ("Recommends antibiotics for this child today.", "Does not recommend antibiotics for this child today."),
        ("Asks for the age of the child.", "Asks for the weight of the child."),
        ("", "Names the dose."),
    ],
)  # fmt: skip
def test_apart(one: str, other: str) -> None:
    assert not same_text(one, other)


def test_duplicates_are_told_at_the_later_one(lint: Lint) -> None:
    same = {"criterion": "Names the dose."}
    found = lint(same, {"criterion": "Names the price."}, same)
    assert [(each.code, each.criterion_id, each.message) for each in found] == [
        ("near-duplicate", "matter_c", "asks the same as matter_a")
    ]


def test_rules_are_compared_by_rule_and_not_by_text(lint: Lint) -> None:
    def rule(most: int) -> dict[str, Any]:
        return {"criterion": "Is short.", "kind": "length", "rule": {"max": most}}

    assert [each.message for each in lint(rule(5), rule(5))] == ["has the very rule of matter_a"]
    assert lint(rule(5), rule(6)) == ()
    assert lint(rule(5), {"criterion": "Is short."}) == ()


def test_repeated_guidelines(lint: Lint) -> None:
    def told(*texts: str) -> list[str]:
        criteria = [{"guidelines": text} for text in texts]
        return [each.message for each in lint(*criteria) if each.code == "repeated-guidelines"]

    shared = "Judge only the last reply."
    assert told(shared, f"{shared} It may be short.", shared, "") == [
        '3 of 4 criteria say "Judge only the last reply."'
    ]
    assert told(shared, shared, "", "") == []  # not most
    assert told(shared, shared) == []  # not three
    assert told("Be fair.", "Be fair.", "Be fair.") == []  # too short to be worth it


@pytest.mark.timeout(60)
def test_a_hundred_criteria_take_no_time() -> None:
    words = ["age", "dose", "cause", "risk", "price", "sleep", "water", "sugar", "smoke", "heart"]
    texts = [
        f"Names the {a} and the {b} of patient {i}{j}."
        for i, a in enumerate(words)
        for j, b in enumerate(words)
    ]
    data = {"id": "t", "criteria": [{"id": f"m{n}", "criterion": text} for n, text in enumerate(texts)]}
    rubric = Rubric.model_validate(data)
    assert not [each for each in lint_rubric(rubric) if each.code == "near-duplicate"]
