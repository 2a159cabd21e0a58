"""Numbers in text: every way of writing that is promised, what is no number, and fractions as an exact reference."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.rules.numbers import allowance, decimal_of, near, numbers_in, plain, written

THOUSANDTHS = (st.integers(-3000, 3000) | st.integers(-(10**12), 10**12)).map(lambda number: number / 1000)


def values(text: str) -> list[Decimal]:
    return [number.value for number in numbers_in(plain(text))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,234.50", "1234.5"),
        ("1,00,000", "100000"),  # as in India
        ("1{,}234", "1234"),
        (r"1\,234", "1234"),
        (r"10,\!000", "10000"),
        ("4\u202f000", "4000"),  # narrow no-break space, as in France
        ("1'000", "1000"),
        ("1_000", "1000"),
        ("\N{MINUS SIGN}3", "-3"),
        ("x=-3", "-3"),
        ("-.5", "-0.5"),
        ("3/4", "0.75"),
        (r"\frac{3}{4}", "0.75"),
        (r"-\dfrac{3}{4}", "-0.75"),
        (r"\frac{-3}{4}", "-0.75"),
        (r"1\frac12", "1.5"),
        ("1 1/2", "1.5"),
        ("1½", "1.5"),
        ("1.5e-3", "0.0015"),
        ("1.5E+3", "1500"),
        ("1.5 x 10^-3", "0.0015"),
        ("1.5 × 10⁻³", "0.0015"),
        (r"1.5 \times 10^{-3}", "0.0015"),
        ("6.02*10**23", "6.02e23"),
        ("10^6", "1000000"),
        ("10⁶", "1000000"),
        ("2⁻³⁻³", "0.125"),
        ("2^{10}", "1024"),
        ("$5", "5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        (r"\$1,000", "1000"),
        ("€5.50", "5.5"),
        ("42nd", "42"),
        ("5 m^2", "5"),
        ("答案是42。", "42"),
        ("１２", "12"),
        ("...5", "5"),
        ("5.", "5"),
    ],
)
def test_reads(text: str, wanted: str) -> None:
    assert values(text) == [Decimal(wanted)]


@pytest.mark.parametrize(
    "text",
    ["B12", "H2O", "v2", "3/4/2024", "1.2.3", "1.234.567", "1e99999", "1/0", "0⁻³⁻³", "9" * 401, r"\sqrt{2}", "√2", "2π",
     r"2\pi", "", "five"],
)  # fmt: skip
def test_reads_no_number(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3-4", [3, 4]),
        ("5 - 3", [5, 3]),
        ("(3, 4)", [3, 4]),
        ("3,5", [3, 5]),
        ("12:30", [12, 30]),
        ("1,2,3", [1, 2, 3]),
    ],
)
def test_reads_several(text: str, wanted: list[int]) -> None:
    assert values(text) == wanted


def test_a_percent_sign_is_seen() -> None:
    signs = [number.percent for number in numbers_in(r"12% 12\% 12 percent 12 per cent 12 percentiles 12")]
    assert signs == [True, True, True, True, False, False]


@given(st.integers(-(10**30), 10**30), st.integers(0, 9))
def test_what_python_writes_is_read_back(whole: int, places: int) -> None:
    number = Decimal(whole).scaleb(-places)
    for text in (f"{number:f}", f"{number:,f}", f"{number:.40e}"):
        assert values(f"so {text} mg") == [number]


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9))
def test_a_ratio_is_right_to_fifty_digits(upper: int, lower: int) -> None:
    [ratio] = values(f"{upper}/{lower}")
    [latex] = values(rf"\frac{{{upper}}}{{{lower}}}")
    assert ratio == latex
    assert abs(Fraction(ratio) - Fraction(upper, lower)) <= abs(Fraction(upper, lower)) / 10**49


@given(THOUSANDTHS, THOUSANDTHS, THOUSANDTHS.map(abs), st.sampled_from([0.0, 1e-9, 0.001, 0.1]))
def test_near_is_what_fractions_say(found: float, right: float, absolute: float, relative: float) -> None:
    exact_found, exact_right, exact_absolute, exact_relative = (
        Fraction(repr(value)) for value in (found, right, absolute, relative)
    )
    off = max(exact_absolute, exact_relative * abs(exact_right))
    wanted = abs(exact_found - exact_right) <= off
    got = near(decimal_of(found), decimal_of(right), allowance(decimal_of(right), absolute, relative))
    assert got == wanted


def test_a_tolerance_is_included() -> None:
    assert abs(1.1 - 1.0) > 0.1  # which binary floats get wrong
    assert near(Decimal("1.1"), Decimal(1), allowance(Decimal(1), 0.1, 0.0))


@pytest.mark.parametrize(
    ("value", "text"),
    [("42.0", "42"), ("41.50", "41.5"), ("0", "0"), ("1E+400", "1e+400"), ("-0.75", "-0.75")],
)
def test_written(value: str, text: str) -> None:
    assert written(Decimal(value)) == text
