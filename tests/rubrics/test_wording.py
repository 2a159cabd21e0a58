"""One-line wording: whatever comes in, one printable line comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.reading.source import nearest
from rvpo.rubrics.wording import hint, printable, shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_printable_makes_one_line_that_any_terminal_can_show(text: str) -> None:
    line = printable(text)
    assert len(line.splitlines()) <= 1
    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", '"a\\nb"'),
        (None, "null"),
        (True, "true"),
        (2.5, "2.5"),
        ({"a": 1}, "a mapping"),
        ([1], "a list"),
        ("x" * 100, '"' + "x" * 59 + '…"'),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("word", "near"),
    [("goodish", "met_is_good"), ("MET_IS_BAD", "met_is_bad"), ("met_is_baad", "met_is_bad"), ("zzz", None)],
)
def test_nearest(word: str, near: str | None) -> None:
    assert nearest(word, ["met_is_good", "met_is_bad"]) == near
    assert hint(word, ["met_is_good", "met_is_bad"]) == (f"; did you mean {near}?" if near else "")


def test_no_hint_for_what_is_not_text() -> None:
    assert hint(3, ["three"]) == ""
