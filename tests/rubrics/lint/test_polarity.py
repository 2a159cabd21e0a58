"""Polarity against wording and sign: a wrong one turns a reward around, so both directions are checked."""

from collections.abc import Callable

import pytest

from rvpo.rubrics.lint import Finding

Codes = Callable[..., set[str]]
Lint = Callable[..., tuple[Finding, ...]]


BAD = {"points": -5, "polarity": "met_is_bad"}
PITFALL = {"points": -5, "polarity": "met_is_good"}


@pytest.mark.parametrize(
    ("text", "keys", "flagged"),
    [
        ("Avoids jargon.", BAD, True),
        ("The response refrains from jargon.", BAD, True),
        ("Should not use jargon.", BAD, True),
        ("Do not use jargon.", BAD, True),
        ("Contains no advertising.", BAD, True),
        ("Avoids jargon.", {}, False),
        ("Uses jargon.", BAD, False),
        ("Does not name the dose.", BAD, False),
        ("Fails to name the dose.", {}, True),
        ("Omits the dose.", {}, True),
        ("Incorrectly states the dose.", {}, True),
        ("Is rude.", {}, True),
        ("Fails to name the dose.", BAD, False),
        ("Names the doses that patients miss.", {}, False),
        ("Avoids jargon.", PITFALL, False),
    ],
)
def test_against_the_wording(codes: Codes, text: str, keys: dict[str, object], *, flagged: bool) -> None:
    assert ("polarity-wording" in codes(text, **keys)) is flagged


def test_the_advice_names_the_other_polarity(lint: Lint) -> None:
    advice = {each.code: each.advice for each in lint({"criterion": "Avoids jargon.", **BAD}, {})}
    assert (
        advice["polarity-wording"]
        == "Write polarity: met_is_good, or say in the text what a good reply does."
    )


@pytest.mark.parametrize(
    ("text", "keys", "flagged"),
    [
        ("Uses jargon.", {"points": 5, "polarity": "met_is_bad"}, True),
        ("Uses jargon.", PITFALL, True),
        ("Avoids jargon.", PITFALL, False),
        ("Does not use jargon.", PITFALL, False),
        ("No jargon.", PITFALL, False),
        ("Uses jargon.", BAD, False),
        ("Uses jargon.", {"points": 0, "polarity": "met_is_bad"}, False),
    ],
)
def test_against_the_sign(codes: Codes, text: str, keys: dict[str, object], *, flagged: bool) -> None:
    assert ("polarity-sign" in codes(text, **keys)) is flagged


@pytest.mark.parametrize(
    ("text", "keys", "flagged"),
    [
        ("Does not mention the price.", {}, True),
        ("The reply doesn't explicitly explain the cause.", {}, True),
        ("Does not mention the price.", BAD, False),
        ("Does not invent a price.", {}, False),
        ("Avoids mentioning the price.", {}, False),
    ],
)
def test_silence(codes: Codes, text: str, keys: dict[str, object], *, flagged: bool) -> None:
    assert ("silence-is-good" in codes(text, **keys)) is flagged
