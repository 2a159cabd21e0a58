"""The final number: where it is looked for, what a box may hold, percent, tolerance, the row's field."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rvpo.rubrics.rules.numeric_answer import check_numeric_answer, read_number
from rvpo.rubrics.schema import NumericAnswerRule


@pytest.mark.parametrize(
    ("reply", "value", "said"),
    [
        (r"1 then \boxed{42}", "42", r"\boxed{} holds 42"),
        (r"\boxed{x = 42}", "42", r"\boxed{} holds 42"),
        (r"\boxed{12\text{ m}^{2}}", "12", r"\boxed{} holds 12"),
        (r"\boxed{\$1{,}000.50}", "1000.50", r"\boxed{} holds 1000.5"),
        (r"\boxed{90^\circ}", "90", r"\boxed{} holds 90"),
        (r"\boxed{\sqrt{2}}", None, r'\boxed{} holds "\\sqrt{2}", which is no plain number'),
        (r"\boxed{2\pi}", None, r'\boxed{} holds "2\\pi", which is no plain number'),
        (r"5, so \boxed{3, 4}", None, r'\boxed{} holds "3, 4", which is no plain number'),
        (r"5, so \boxed{\text{none}}", None, r'\boxed{} holds "\\text{none}", which is no plain number'),
        ("The answer is 42, not 41.", "42", "the answer given is 42"),
        ("**Answer:** x = 5", "5", "the answer given is 5"),
        ("The answer is 3 + 4 = 7.", "7", "the answer given is 7"),
        ("The answer is 5, as 5-3=2", "5", "the answer given is 5"),
        ("Answer: 3.14 (2 places)", "3.14", "the answer given is 3.14"),
        (
            "7; the answer is $\\sqrt{2}$",
            None,
            'the answer given is "$\\\\sqrt{2}$", which is no plain number',
        ),
        ("The answer is below.\n2+2 is\n4", "4", "the last number is 4"),
        ("#### 18", "18", "the answer given is 18"),
        ("7 mg of vitamin B12", "7", "the last number is 7"),
        ("a sum of $1,234.50 in all", "1234.50", "the last number is 1234.5"),
        ("it is 1.5 × 10⁻³ mol/L", "0.0015", "the last number is 0.0015"),
        ("about 25%", "25", "the last number is 25%"),
        ("5" + " word" * 10_000, "5", "the last number is 5"),
        ("5 " + "9" * 500, "5", "the last number is 5"),
        ("5 " + "9" * 430, "5", "the last number is 5"),
        ("1" * 100 + "\n", "1" * 100, "the last number is 1.111111111e+99"),
        ("5" + " word" * 10_000 + " B12", "5", "the last number is 5"),
        ("5 " + "and B12 " * 500, None, "no number in the reply"),  # too far away to be an answer
        ("none", None, "no number in the reply"),
        ("", None, "no number in the reply"),
    ],
)
def test_where_the_number_is_read(reply: str, value: str | None, said: str) -> None:
    reading = read_number(reply)
    assert reading.said == said
    assert (None if reading.number is None else str(reading.number.value)) == value


@settings(deadline=None)  # the first reply loads a library
@given(st.integers(-(10**12), 10**12), st.text(alphabet="ab ,.\n", max_size=300))
def test_the_last_number_is_found_at_any_distance(number: int, rest: str) -> None:
    found = read_number(f"1 and 2, so {number} {rest}").number
    assert found is not None
    assert found.value == number


@pytest.mark.parametrize(
    ("reply", "rule", "met"),
    [
        ("41", {"expected": 42}, 0.0),
        ("42.0", {"expected": 42}, 1.0),
        ("42.5", {"expected": 42, "tolerance": 0.5}, 1.0),
        ("42.51", {"expected": 42, "tolerance": 0.5}, 0.0),
        ("42.42", {"expected": 42, "relative_tolerance": 0.01}, 1.0),
        ("42.43", {"expected": 42, "relative_tolerance": 0.01}, 0.0),
        ("1/3", {"expected": 0.3333333333333333}, 1.0),
        ("-42", {"expected": 42}, 0.0),
        ("25%", {"expected": 25}, 1.0),
        ("25%", {"expected": 0.25}, 1.0),
        ("0.25", {"expected": 25}, 0.0),
    ],
)
def test_tolerance_and_percent(reply: str, rule: dict[str, Any], met: float) -> None:
    assert check_numeric_answer(NumericAnswerRule.model_validate(rule), reply, {}).met == met


@pytest.mark.parametrize(
    ("field", "reply", "met"),
    [
        (42, "42", 1.0),
        (0.5, "1/2", 1.0),
        ("So 6 * 7 = 42.\n#### 42", "it is 42", 1.0),  # a solution as in GSM8K
        (r"\frac{3}{4}", "0.75", 1.0),
        ("25%", "25%", 1.0),
        ("25%", "25", 1.0),
        ("25%", "0.25", 1.0),
        ("25%", "0.25%", 0.0),
        (10**40, "1", 0.0),
        pytest.param(10**5000, "1", 0.0, id="an integer beyond floats"),
    ],
)
def test_the_expected_number_of_a_row(field: object, reply: str, met: float) -> None:
    rule = NumericAnswerRule(expected_from="solution")
    assert check_numeric_answer(rule, reply, {"solution": field}).met == met


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"expected": 42}, "the last number is 41, expected 42 +- 0"),
        ({"expected": 42, "tolerance": 0.5}, "the last number is 41, expected 42 +- 0.5"),
        ({"expected": 42, "relative_tolerance": 0.01}, "the last number is 41, expected 42 +- 0.42"),
    ],
)
def test_the_reason_says_what_was_seen_and_wanted(rule: dict[str, Any], reason: str) -> None:
    assert check_numeric_answer(NumericAnswerRule.model_validate(rule), "41", {}) == (0.0, reason)
