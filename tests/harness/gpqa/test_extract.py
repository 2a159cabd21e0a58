"""Which letter a reply chooses: hard replies with the letter that a careful reader would write down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.gpqa.extract import READINGS, STANDARD, read_letters

HARD: list[tuple[str, str | None]] = [
    ("Answer: C", "C"),
    ("answer: c", "C"),
    ("ANSWER: C.", "C"),
    ("**Answer: C**", "C"),
    ("**Answer:** C", "C"),
    ("**Answer**: **C**", "C"),
    ("Answer: (C)", "C"),
    ("Answer: C)", "C"),
    ("Answer: [C]", "C"),
    ("Answer: `C`", "C"),
    ('Answer: "C"', "C"),
    ("Answer: $C$", "C"),
    (r"Answer: $\text{C}$", "C"),
    (r"Answer: \boxed{C}", "C"),
    (r"Answer: $\boxed{\text{C}}$", "C"),
    (r"\boxed{C}", "C"),
    (r"So \boxed{\mathrm{C}} it is.", "C"),
    (r"\boxed{(C)}", "C"),
    (r"\boxed{C) 2 s}", "C"),
    (r"\boxed{2}", None),
    (r"First \boxed{A}, but in fact \boxed{C}.", "C"),
    ("Answer:\nC", "C"),
    ("Answer:\n\n**C**", "C"),
    ("Answer: C) 2.5 kJ/mol", "C"),
    ("Answer: C. The ball falls for two seconds.", "C"),
    ("Answer: C - two seconds", "C"),
    ("Answer: C 2 s", "C"),
    ("Answer: option C", "C"),
    ("Answer: Option (C)", "C"),
    ("The answer is C.", "C"),
    ("The correct answer is (C).", "C"),
    ("The correct answer is: C", "C"),
    ("The final answer is **C**.", "C"),
    ("The correct option is C.", "C"),
    ("My choice is C.", "C"),
    ("Therefore the answer is option C, since momentum is conserved.", "C"),
    ("Answer = C", "C"),
    ("### Answer: C", "C"),
    ("Reasoning...\n\nC", "C"),
    ("Reasoning...\n\n(C)", "C"),
    ("Reasoning...\n\n**C**", "C"),
    ("C", "C"),
    ("c", "C"),
    ("(C)", "C"),
    ("C. 2 s", "C"),
    ("C) 2 s", "C"),
    ("Answer: A. Wait, no.\nAnswer: C", "C"),
    ("If the answer is A, then energy is lost. Answer: C", "C"),
    ("(A) is wrong because of (B). Answer: C", "C"),
    ("Option A is wrong. Option B is wrong. So the answer is C.", "C"),
    ("Answer: A because it is even", "A"),
    ("Answer: A", "A"),
    ("<think>Answer: A</think>Answer: C", "C"),
    ("<think>\nIt may be A.\nAnswer: A\n</think>\n\nAnswer: C", "C"),
    ("Answer: A</think>\nAnswer: C", "C"),
    ("<think>a</think>Answer: A<think>b</think>Answer: C", "C"),
    ("<think>I believe that the answer is C", None),
    ("Let me see. <think>The answer is C", None),
    ("\n<think>\nAnswer: C", None),
    ("<think>Answer: C</think>", None),
    ("", None),
    ("   \n", None),
    ("I do not know.", None),
    ("Answer:", None),
    ("Answer: none of these", None),
    ("Answer: E", None),
    ("Answer: A or C", None),
    ("Answer: A and C", None),
    ("Answer: A, C", None),
    ("Answer: B/C", None),
    ("Answer: a benzene ring", None),
    ("Answer: A benzene ring", None),
    ("Answer: Carbon", None),
    ("Answer: CO2", None),
    ("Answer: 2 s", None),
    ("The answer is not C.", None),
    ("The options are (A), (B), (C) and (D).", None),
    ("Carbon has six protons.", None),
    ("A) 2 s\nB) 4 s\nC) 1 s\nD) 3 s", None),
    ("A good question.", None),
    ("答案: C\nAnswer: C", "C"),
    ("Answer: C\n\n", "C"),
    ("Answer: C<|im_end|>", "C"),
    ("The answer is C" + " and so on" * 3000, "C"),
]


@pytest.mark.parametrize(("reply", "letter"), HARD, ids=[repr(reply[:30]) for reply, _ in HARD])
def test_the_standard_reading(reply: str, letter: str | None) -> None:
    assert read_letters(reply)[STANDARD] == letter


@pytest.mark.parametrize(
    ("reply", "last", "first", "boxed", "paren"),
    [
        ("The answer is A. No: the answer is C.", "C", "A", None, None),
        (r"Answer: A, so \boxed{C}", "A", "A", "C", None),
        ("It is not (B). Answer: C", "C", "C", None, "B"),
        ("Answer: (D)", "D", "D", None, "D"),
        ("<think>The answer is A. (B)</think>Answer: C", "C", "C", None, None),
        ("Nothing here", None, None, None, None),
        ("(E)", None, None, None, None),
    ],
)
def test_the_other_readings(
    reply: str, last: str | None, first: str | None, boxed: str | None, paren: str | None
) -> None:
    found = read_letters(reply)
    assert (found["last"], found["first"], found["boxed"], found["paren"]) == (last, first, boxed, paren)


@given(st.text(alphabet=st.sampled_from(list("ABCDE ()[]{}\\$*:.,\n<>/abcdiswernthko")), max_size=200))
def test_any_reply_gets_a_letter_or_none(reply: str) -> None:
    found = read_letters(reply)
    assert set(found) == set(READINGS)
    assert set(found.values()) <= {None, "A", "B", "C", "D"}


@given(st.sampled_from("ABCD"), st.text(max_size=80))
def test_a_last_line_as_asked_for_is_always_read(letter: str, before: str) -> None:
    reply = f"{before.replace('boxed', '').replace('<think>', '')}\nAnswer: {letter}"
    assert read_letters(reply)[STANDARD] == letter
