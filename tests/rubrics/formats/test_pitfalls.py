"""Pitfalls: their polarity told from their wording, and only where the wording tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.formats.pitfalls import pitfall_polarity

GOOD = [
    "Avoids rounding intermediate values.",
    "The response should avoid rounding intermediate values too early, as doing so can lead to inaccuracies.",
    "The answer must not confuse mass and weight.",
    "A response needs to state the units.",
    "Do not assume steady state.",
    "Don't forget the units.",
    "Does not invent facts.",
    "Does not fail to mention the dose.",
    "It does not incorrectly assume equilibrium.",
    "Does not overemphasize side effects.",
    "Warns against NSAIDs.",
    "Never recommends opioids.",
    "Be careful with the sign.",
]
BAD = [
    "Does not mention exploring with the patient any potential alternatives to permanent surgical solutions.",
    "Does not mention identifying (B) as the correct answer.",
    "Doesn\N{RIGHT SINGLE QUOTATION MARK}t state the units.",
    "Does not clearly explain the mechanism.",
    "Does not correctly identify the enzyme.",
    "Does not avoid jargon.",
    "Fails to state the risk.",
    "The response omits units.",
    "Overlooking the factor of two.",
    "Misidentifies the drug.",
    "Incorrectly states that the reaction is endothermic.",
    "Recommends aspirin to a child.",
    "Missing the minus sign.",
    "Confuses velocity with speed.",
]
EITHER = [
    "Does not suggest delaying fluids or antibiotics despite identification of septic shock symptoms.",
    "Does not suggest a CT scan.",
    "Does not mention irrelevant tests.",
    "Does not provide misleading information.",
    "Identifies X as the cause.",
    "Uses the formula.",
    "It is important to be clear.",
    "",
]


@pytest.mark.parametrize("text", GOOD)
def test_meeting_it_is_good(text: str) -> None:
    assert pitfall_polarity(text) == "met_is_good"


@pytest.mark.parametrize("text", BAD)
def test_meeting_it_is_bad(text: str) -> None:
    assert pitfall_polarity(text) == "met_is_bad"


@pytest.mark.parametrize("text", EITHER)
def test_the_wording_does_not_tell(text: str) -> None:
    assert pitfall_polarity(text) is None


@pytest.mark.parametrize("text", [*GOOD, *BAD, *EITHER])
def test_case_does_not_matter(text: str) -> None:
    assert pitfall_polarity(text.upper()) == pitfall_polarity(text.lower()) == pitfall_polarity(text)


@given(st.text(max_size=300))
def test_total_on_any_text(text: str) -> None:
    assert pitfall_polarity(text) in {None, "met_is_good", "met_is_bad"}


def test_long_texts_take_no_time() -> None:
    assert pitfall_polarity("Does not " + "really " * 50_000) is None
    assert pitfall_polarity("the " * 100_000) is None
