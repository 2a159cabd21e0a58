"""What a judge cannot know, and what a rule knows better."""

from collections.abc import Callable

import pytest

from rvpo.rubrics.lint import Finding

Codes = Callable[..., set[str]]
Lint = Callable[..., tuple[Finding, ...]]


@pytest.mark.parametrize(
    "text",
    [
        "The information is up to date.",
        "Uses the latest guidelines.",
        "Gives current prices as of today.",
        "Tries to help the user.",
        "Understands that the patient is afraid.",
        "Is written in good faith.",
        "The user is satisfied with the answer.",
        "Leaves it so that the reader feels reassured.",
        "The links work.",
        "The code runs.",
        "Describes what is shown in the image.",
        "Refers to what was said in previous sessions.",
        "Responds within 2 seconds.",
    ],
)
def test_unknowable(codes: Codes, text: str) -> None:
    assert "unknowable" in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Recommends to keep vaccinations up to date.",
        "Asks what the user has tried.",
        "Explains that the patient may try paracetamol.",
        "Recommends that the user ask a pharmacist.",
        "Names the current dose of the asker's medicine.",
        "Shows code with a loop.",
        "Recommends an image of the lung.",
        "Warns that its knowledge ends before the latest guidelines cut-off.",
        'Says "the links work".',
        "Says how quickly the medicine works.",
    ],
)
def test_knowable(codes: Codes, text: str) -> None:
    assert "unknowable" not in codes(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Is at most 100 words long.", "length"),
        ("Has between 10 and 20 characters.", "length"),
        ("Stays below the word limit.", "length"),
        ("Is valid JSON.", "json"),
        ("The answer is a JSON object.", "json"),
        ("Is written in German.", "language"),
        ("Replies in French.", "language"),
        ("Contains the word “stop”.", "contains"),
    ],
)
def test_better_a_rule(lint: Lint, text: str, kind: str) -> None:
    (finding,) = lint({"criterion": text})
    assert finding.code == "better-a-rule"
    assert f"kind: {kind}" in finding.advice


@pytest.mark.parametrize(
    "text",
    [
        "Names at most 3 causes.",
        "Explains what JSON is.",
        "Names a book in German literature.",
        "Recommends to drink at least 2 litres.",
        "Explains the words “acute” and “chronic”.",
    ],
)
def test_a_judge_is_right_for_it(codes: Codes, text: str) -> None:
    assert "better-a-rule" not in codes(text)


def test_a_rule_is_not_told_to_become_one(codes: Codes) -> None:
    assert codes("Is at most 100 words long.", kind="length", rule={"max": 100}) == set()
