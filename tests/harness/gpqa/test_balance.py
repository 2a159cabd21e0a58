"""The test of equal shares, against values worked out by hand and against SciPy's chi-square."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from rvpo.harness.gpqa.balance import letter_balance


@pytest.mark.parametrize(
    ("counts", "p_value"),
    [
        ((0, 0, 0, 0), 1.0),
        ((1, 0, 0, 0), 1.0),
        # Two letters: 4 of 16 sequences repeat one letter.
        ((2, 0, 0, 0), 4 / 16),
        ((1, 1, 0, 0), 1.0),
        # Three: 4 of 64 are one letter thrice; two of one and one of another has 3 sequences, all different has 6.
        ((3, 0, 0, 0), 4 / 64),
        ((2, 1, 0, 0), (4 + 4 * 3 * 3) / 64),
    ],
)
def test_few_letters_are_counted_out(counts: tuple[int, ...], p_value: float) -> None:
    found = letter_balance(counts)
    assert found.p_value == pytest.approx(p_value)
    assert found.method == "exact multinomial"


def test_many_letters_by_chi_square() -> None:
    # (10² + 10²) / 100 = 2 with 3 degrees of freedom: p = .5724 (tables).
    found = letter_balance((110, 90, 100, 100))
    assert found.p_value == pytest.approx(0.5724, abs=1e-4)
    assert found.method == "chi-square, 3 df"


@given(st.permutations([25, 5, 4, 6]))
def test_the_order_of_letters_does_not_matter_and_both_tests_agree(counts: list[int]) -> None:
    exact = letter_balance(counts).p_value
    assert exact == letter_balance([25, 5, 4, 6]).p_value
    assert exact < 1e-3
    assert chisquare(counts).pvalue < 1e-3
