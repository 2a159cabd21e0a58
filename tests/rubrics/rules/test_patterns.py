"""Patterns: any text compiles or is refused in one line; a search comes to an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.rules.patterns import compiled, found


@given(st.text(alphabet="()[]{}*+?|\\^$a1,<>=!:Pp#-&~LNu'\"iR0 \n", max_size=25))
def test_any_text_compiles_or_is_refused(pattern: str) -> None:
    complaint = complaint_about(pattern)
    assert not complaint or complaint.startswith("the pattern does not compile: ")


def complaint_about(pattern: str) -> str:
    try:
        compiled(pattern)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "the pattern does not compile: missing ) at position 1"),
        ("a{99999999999}", "the pattern does not compile: repeat count too big at position 2"),
        ("(" * 5000, "the pattern does not compile: too deep or too large"),
    ],
)
def test_what_is_refused(pattern: str, problem: str) -> None:
    assert complaint_about(pattern).startswith(problem)


def test_found() -> None:
    assert found("b", "abc")
    assert not found("b", "abc", full=True)
    assert found("A.C", "abc", full=True, ignore_case=True)
    assert not found("A", "abc")
