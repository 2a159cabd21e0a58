"""Which option a reply chooses: every promised form, no word taken for a letter, no credit for two letters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rvpo.rubrics.rules.choice import check_choice, read_choice
from rvpo.rubrics.schema import ChoiceRule


@pytest.mark.parametrize(
    "reply",
    [
        r"\boxed{C}", r"\boxed{\text{C}}", r"\boxed{(c)}", r"\boxed{C. Paris}", r"$\boxed{\textbf{(C)}}$", "Answer: C",
        "The answer is C.", "The answer is (C) Paris", "**Answer: C) Paris**", "**Answer:** **(c)** Paris", "Answer:\nC",
        "answer = c", "Final answer: $\\text{C}$", "The correct option is **C**.", "The best choice is option C",
        "The answer is C because B is wrong", "(C)", "**C**", "C", "c", "C.", "`C`", '"C"', "[C]", "C) Paris",
        "(C) Paris", "C. Paris", "I compare A and B.\n\n**C**", "C\n\nA and B are wrong.", "Answer: B\nNo. Answer: C",
        "The answer is C.\nThe answer is as I say.", r"Answer: A, so \boxed{C}", r"cut \boxed{C} off \boxed{",
    ],
)  # fmt: skip
def test_chooses_c(reply: str) -> None:
    assert read_choice(reply) == "C"


@pytest.mark.parametrize(
    "reply",
    ["", "The answer is a car", "The answer is A car", "Answer: Cat", "Answer: b aspirin", "The answer is not A",
     "I think so", "Both A and B", "A. Paris B. London", "A. Paris\nB. London", r"Answer: C, so \boxed{\text{Paris}}",
     "C's", "答案"],
)  # fmt: skip
def test_does_not_choose(reply: str) -> None:
    assert read_choice(reply) == ""


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("Answer: B", (1.0, "chooses B, expected B")),
        ("Answer: C", (0.0, "chooses C, expected B")),
        ("Answer: E", (0.0, "chooses E, which is none of ABCD, expected B")),
        ("Answer: A or B", (0.0, "chooses more than one (A, B), expected B")),
        (r"\boxed{B, C}", (0.0, "chooses more than one (B, C), expected B")),
        ("Answer: B/D", (0.0, "chooses more than one (B, D), expected B")),
        ("unsure", (0.0, "no choice found, expected B")),
    ],
)
def test_the_verdict_and_its_reason(reply: str, outcome: tuple[float, str]) -> None:
    assert check_choice(ChoiceRule(expected=("B",)), reply, {}) == outcome


@pytest.mark.parametrize("field", ["B", "(b)", "B.", ["A", "B"]])
def test_the_row_may_write_its_letter_in_many_ways(field: object) -> None:
    assert check_choice(ChoiceRule(expected_from="key"), "Answer: B", {"key": field}).met == 1.0


@settings(deadline=None)  # the first reply loads a library
@given(st.sampled_from("ABCDEFGHIJ"), st.text(alphabet="xyz \n", max_size=40))
def test_a_marked_letter_is_found_in_any_text(letter: str, text: str) -> None:
    assert read_choice(f"{text}\nThe answer is ({letter}).{text}") == letter


def test_an_expected_letter_must_be_one_that_may_be_chosen() -> None:
    with pytest.raises(ValidationError, match="expected 'E' is none of the letters ABCD"):
        ChoiceRule(expected=("E",))
    assert ChoiceRule(expected=("E",), letters="ABCDE").letters == "ABCDE"
