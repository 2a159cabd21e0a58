"""Wording that leaves a judge to guess: each check with texts that it must and must not flag."""

from collections.abc import Callable

import pytest

from rvpo.rubrics.lint import Finding

Codes = Callable[..., set[str]]
Lint = Callable[..., tuple[Finding, ...]]


VAGUE = [
    "Is good.",
    "The reply is clear.",
    "Gives appropriate advice.",
    "Uses a professional tone.",
    "Appropriately recommends a visit.",
    "Is well written.",
    "Is a well-structured answer.",
    "Explains the mechanism well.",
    "Doesn't adequately warn of the risks.",
    "Clearly explained.",
    "Gives a comprehensive overview of the topic.",
]
PLAIN = [
    "Recommends a good night's sleep.",
    "Recommends clear liquids.",
    "Makes it clear that the dose is the maximum.",
    "Names the dose as well as the interval.",
    "Says whether the patient feels well.",
    "Uses a clear structure: a title, then bullet points.",
    "Is short enough to be appropriate for a text of 160 characters.",
    "Is written in clear terms that a layperson knows.",
    "Says that the treatment is effective.",
    "Names the appropriate dose for a child, that is 10 mg/kg.",
    "Describes a well-known side effect.",
    "Recommends to seek professional advice.",
    'Says "good advice".',
]


@pytest.mark.parametrize("text", VAGUE)
def test_vague(codes: Codes, text: str) -> None:
    assert "vague" in codes(text)


@pytest.mark.parametrize("text", PLAIN)
def test_not_vague(codes: Codes, text: str) -> None:
    assert "vague" not in codes(text)


def test_guidelines_and_examples_are_a_yardstick(codes: Codes) -> None:
    assert codes("Is good.", guidelines="Good is what names the dose.") == set()
    assert codes("Is good.", examples=[{"response": "10 mg.", "verdict": True}]) == set()


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Does not fail to name the dose.", True),
        ("Doesn't omit the dose.", True),
        ("Never fails to warn.", True),
        ("Avoids not naming the dose.", True),
        ("Avoids omitting the dose.", True),
        ("The response should not be unclear.", True),
        ("Fails to avoid jargon.", True),
        ("Is not without a warning.", True),
        ("Does not name a dose.", False),
        ("Avoids jargon.", False),
        ("Fails to name the dose.", False),
        ("Says that not all who fail to sleep are ill.", False),
    ],
)
def test_double_negatives(codes: Codes, text: str, *, flagged: bool) -> None:
    assert ("double-negative" in codes(text)) is flagged


@pytest.mark.parametrize(
    ("text", "keys", "flagged"),
    [
        ("Fails to name the dose.", {"points": -5, "polarity": "met_is_bad"}, True),
        ("The reply does not name the dose.", {"points": -5, "polarity": "met_is_bad"}, True),
        ("Names a dose above the maximum.", {"points": -5, "polarity": "met_is_bad"}, False),
        (
            "Does not fail to name the dose.",
            {"points": -5, "polarity": "met_is_bad"},
            False,
        ),  # another check's
        ("Fails to name the dose.", {"points": -5, "polarity": "met_is_bad", "gate": "veto"}, False),
    ],
)
def test_faults_that_are_an_absence(
    codes: Codes, text: str, keys: dict[str, object], *, flagged: bool
) -> None:
    assert ("missing-is-met" in codes(text, **keys)) is flagged


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Names the dose (worth 5 points).", True),
        ("Names the dose [+5].", True),
        ("[7.0] Names the dose.", True),
        ("Names the dose; give half credit for the unit.", True),
        ("Deduct 2 points if the unit is missing.", True),
        ("Makes 3 points about the dose.", False),
        ("Names the dose (5 mg).", False),
        ("Names the range [3, 7].", False),
        ("Reads the value at points 3 and 4 of the curve.", False),
    ],
)
def test_points_in_the_text(codes: Codes, text: str, *, flagged: bool) -> None:
    assert ("points-in-text" in codes(text)) is flagged


def test_points_in_the_guidelines(codes: Codes) -> None:
    assert "points-in-text" in codes("Names the dose.", guidelines="Award 2 points for the unit.")


def test_length(lint: Lint) -> None:
    def found(words: int) -> list[str]:
        text = " ".join(["word"] * words)
        return [f"{each.code}: {each.message}" for each in lint({"criterion": text})]

    assert found(80) == []
    assert found(81) == ["too-long: 81 words long"]


def test_the_text_of_a_rule_is_for_people(codes: Codes) -> None:
    rule = {"kind": "length", "rule": {"max": 9}}
    assert codes("Is good and says hello; worth 5 points, at most 9 words.", **rule) == set()
