"""The oracle finds the right option on the page, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.gpqa.oracle import find_letter, oracle_reply
from rvpo.harness.gpqa.prompt import REASONED

OPTION = st.text(alphabet=st.sampled_from("ab )1.5-$("), min_size=1, max_size=6).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("prompt", "option", "letter"),
    [
        ("Q\nA) 15\nB) 5\nC) 55\nD) 5.5", "5", "B"),
        ("Q\n(A) 5\n(B) 5 m", "5", "A"),
        ("Q\nA. x\nB. two\nlines\nC. y", "two\nlines", "B"),
        ("Q\n**A:** x\n**B:** y", "y", "B"),
        ("A) x\nB) y\nWhich of these is right?\n\nA) y\nB) x", "x", "B"),
        ("Q\nOption A is: x", "x", ""),
        ("Q\nx\ny", "x", ""),
        ("", "x", ""),
        ("ABBA) x", "x", ""),
        ("Q\nA) 5\nB) -5\nC) .5\nD) 1.5", "5", "A"),
    ],
)
def test_places(prompt: str, option: str, letter: str) -> None:
    assert find_letter(prompt, option) == letter
    assert oracle_reply(prompt, option) == (
        f"Answer: {letter}" if letter else "The right option is not on the page."
    )


@given(st.text(max_size=40), st.lists(OPTION, min_size=4, max_size=4, unique=True))
def test_our_prompt_is_always_read_right(question: str, options: list[str]) -> None:
    page = REASONED.render(question, tuple(options))
    assert [find_letter(page, option) for option in options] == list("ABCD")
