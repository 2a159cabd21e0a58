"""Several demands in one criterion: what must be flagged, and the noun pairs and examples that must not."""

from collections.abc import Callable

import pytest

from rvpo.rubrics.lint import Finding
from rvpo.rubrics.lint.compound import joined_at, list_in

Codes = Callable[..., set[str]]
Lint = Callable[..., tuple[Finding, ...]]

COMPOUND = [
    "Recommends rest and advises the user to drink.",
    "Names the dose, and explains why it is the most that may be taken.",
    "Acknowledges the ambiguity of “daily” and explicitly asks the user to clarify it.",
    "Is too brief and lacks specific details.",
    "Names the tool; gives its arguments in order.",
    "Names the risk but does not say how large it is.",
    "Advises to check the pulse and to call for help.",
    "Suggests speaking with the child and consulting with a pharmacist.",
    "Gives both morning and night routines.",
    "Answers the question and answers it at once.",
    "Step 1: does it name the dose? Step 2\n- does it?\n- is it right?",
    "Names the dose. Also names the interval.",
    "Names the dose. The reply must warn of the sun.",
    "States the diagnosis as well as recommends a test.",
]
SINGLE = [
    "Recommends rest and sleep.",
    "Names the signs and symptoms of a stroke.",
    "Explains the advantages and disadvantages of surgery.",
    "Gives questions and answers about the vaccine.",  # "answers" is a noun here
    "Recommends a review of the notes and reports.",
    "Describes a person who has collapsed, is cold and does not respond.",  # said of the person
    "Says that a toothache is no emergency and does not call for a visit at night.",  # what is to be said
    "Names at least one cause (and explains it, where it is rare).",  # in brackets
    'Says "wash your hands and sends you home".',  # quoted
    "Says that washing hands helps. This is established knowledge.",
    "Is at most two sentences, e.g. a headline and a summary.",
    "Mentions fatigue, weight loss, or fever.",
    "Cites Dr. Smith and Dr. Jones.",
]


@pytest.mark.parametrize("text", COMPOUND)
def test_several_demands(text: str) -> None:
    assert joined_at(text)


@pytest.mark.parametrize("text", SINGLE)
def test_one_demand(text: str) -> None:
    assert joined_at(text) is None


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Asks about age, weight, and allergies.", "age, weight, and allergies."),
        ("Asks about age, weight and allergies.", "age, weight and allergies."),
        (
            "Names sun exposure, older age and dark skin as risks.",
            "exposure, older age and dark skin as risks.",
        ),
    ],
)
def test_lists_of_three(text: str, listed: str) -> None:
    assert list_in(text) == listed


@pytest.mark.parametrize(
    "text",
    [
        "Asks about age and weight.",
        "Names red flags such as fever, rash, and stiffness.",
        "Names red flags (fever, rash, and stiffness).",
        "Names home remedies, including tea, rest, and honey.",
        "Asks for at least one of age, weight, and allergies.",
        "Asks for age, weight, or allergies.",
        "Says that it depends on age, weight, and allergies.",
        "Uses long paragraphs, making it hard to read and follow.",
        "Says that takeout is fine, and the goal is progress.",
        "Answers early, as the asker is in haste and afraid.",
    ],
)
def test_no_list_that_is_demanded(text: str) -> None:
    assert list_in(text) is None


def test_a_compound_criterion_is_not_told_of_twice(codes: Codes) -> None:
    text = "Names tea, coffee, and milk, and explains what to drink instead."
    assert list_in(text)
    assert codes(text) == {"compound"}


def test_the_message_shows_the_joint(lint: Lint) -> None:
    (finding,) = lint({"criterion": "Recommends rest and advises the user to drink."})
    assert finding.message == (
        'asks for several things at once: "Recommends rest and advises the user to drink."'
    )
    assert finding.criterion_id == "matter_a"
    assert finding.severity == "warning"
