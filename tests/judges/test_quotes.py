import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.quotes import is_quoted_from

RESPONSE = "**Take 500 mg** of `paracetamol`\nevery six hours \u2013 don\u2019t exceed 4\u00a0g\u2026 See a \u201cdoctor\u201d if it lasts."


@pytest.mark.parametrize(
    "quote",
    [
        "Take 500 mg",
        "take 500 MG of paracetamol every six hours",
        "every six hours - don't exceed 4 g",
        '"every six hours"',
        "every  six\nhours.",
        "See a 'doctor'".replace("'", '"'),
        "Take 500 mg ... every six hours",
        "Take 500 mg [...] don't exceed \u2026 if it lasts.",
        "... every six hours ...",
        "exceed 4 g... See a",
        "500",
    ],
)
def test_a_quote_is_found_however_it_was_copied(quote: str) -> None:
    assert is_quoted_from(quote, RESPONSE)


@pytest.mark.parametrize(
    "quote",
    [
        "",
        " ",
        "...",
        '""',
        "4",
        "of",
        "Take 50 mg",
        "Take 500 mg every six hours",
        "every six hours ... Take 500 mg",
        "Take 500 mg ... Take 500 mg",
        "Take 500 mg ... of",
        "Take 500 mg ... and call me",
        "doctors",
        "\u202e",
    ],
)
def test_what_is_not_in_the_response_is_no_quote(quote: str) -> None:
    assert not is_quoted_from(quote, RESPONSE)


def test_a_response_of_one_short_word_can_be_quoted() -> None:
    assert is_quoted_from("No", "No.")
    assert not is_quoted_from("No", "Nothing of it.")
    assert not is_quoted_from(".", ".")


@given(st.text(min_size=1, max_size=200), st.data())
def test_any_cutting_with_three_letters_is_found(response: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(response) - 1))
    quote = response[start : data.draw(st.integers(start + 1, len(response)))]
    plain = "".join(character for character in quote if character.isalnum() and character.isascii())
    if len(plain) >= 3 and not set(response) & set("*_[]()"):
        assert is_quoted_from(quote, response)


@given(st.text(), st.text())
def test_any_two_texts_give_an_answer(quote: str, response: str) -> None:
    assert is_quoted_from(quote, response) in {True, False}


@pytest.mark.timeout(60)
def test_ten_megabytes_are_searched_in_moments() -> None:
    response = "lorem ipsum ... " * 650_000
    assert not is_quoted_from("lorem ... " * 2000 + "dolor", response)
