"""Where the answer stands: the last closed box, and what follows a marker, the last first."""

import pytest

from rvpo.rubrics.rules.boxed import last_box, statements


@pytest.mark.parametrize(
    ("text", "box"),
    [
        (r"\boxed{5}", "5"),
        (r"\boxed {5}", "5"),
        (r"\boxed{1} and \boxed{2}", "2"),
        (r"\boxed{\frac{3}{4}} done", r"\frac{3}{4}"),
        (r"\boxed{\boxed{5}}", "5"),
        (r"\boxed{7}, in a \boxed{}", "7"),
        (r"\boxed{7}, cut off \boxed{\frac{1", "7"),
        (r"\boxed 5", None),
        ("5", None),
        (r"\boxed{" + "5" * 2000 + "}", None),
    ],
)
def test_last_box(text: str, box: str | None) -> None:
    assert last_box(text) == box


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The answer is 5.\nThe final Answer: 6", ["6", "5."]),
        ("**Answer:** 5", ["5"]),
        ("**Answer**: 5", ["5"]),
        ("answer\n\nis 5", ["5"]),
        ("Answer:\n\n  5\nbye", ["5"]),
        ("answer = 5", ["5"]),
        ("#### 5", ["5"]),
        ("The answer is", []),
        ("the answers isle; an answer island", []),
    ],
)
def test_statements(text: str, found: list[str]) -> None:
    assert list(statements(text, "answer")) == found
