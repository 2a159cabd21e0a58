"""SQuAD's exact match and F1 against the official script's steps, written out here as its paper describes them."""

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.rules.matching import check_match, squad_words
from rvpo.rubrics.schema import MatchRule

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=30)
SQUADDISH = st.lists(
    st.sampled_from(
        ["the", "The", "a", "an", "cat", "sat", "Cat", "-", ".", "é", "\x00", "\x1f", "\xa0", "\n", " "]
    )
).map("".join)
TEXTS = SQUADDISH | ANY_TEXT | st.lists(st.sampled_from(["the", "cat", "sat", "a", "mat,"])).map(" ".join)


def reference_normal(text: str) -> str:
    """Lower, then punctuation, then articles, then white space: the order of the script."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def reference_f1(gold: str, prediction: str) -> float:
    gold_words = reference_normal(gold).split()
    words = reference_normal(prediction).split()
    same = sum((Counter(gold_words) & Counter(words)).values())
    if not gold_words or not words:
        return float(gold_words == words)
    if same == 0:
        return 0.0
    precision, recall = same / len(words), same / len(gold_words)
    return 2 * precision * recall / (precision + recall)


def reference_golds(golds: Sequence[str]) -> list[str]:
    """A question whose answers are all empty, or that has none, is one without an answer: the empty text is right."""
    return [gold for gold in golds if reference_normal(gold)] or [""]


def met(reply: str, golds: Sequence[str], **rule: Any) -> float | None:
    return check_match(MatchRule(expected_from="golds", **rule), reply, {"golds": list(golds)}).met


@given(TEXTS)
def test_the_normal_form_is_the_scripts(text: str) -> None:
    assert " ".join(squad_words(text)) == reference_normal(text)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_exact_and_f1_are_the_scripts(reply: str, golds: list[str]) -> None:
    wanted = reference_golds(golds)
    assert met(reply, golds) == max(
        float(reference_normal(gold) == reference_normal(reply)) for gold in wanted
    )
    assert met(reply, golds, measure="f1") == pytest.approx(max(reference_f1(gold, reply) for gold in wanted))


@pytest.mark.parametrize(
    ("reply", "golds", "exact", "f1"),
    [
        ("The Eiffel Tower!", ["eiffel tower"], 1.0, 1.0),
        (
            "in the old town",
            ["old town"],
            0.0,
            0.8,
        ),  # 2 of 3 words are right and 2 of 2 found: 2 * 2 / (3 + 2)
        ("the the the the the the the the the the the cat", ["cat"], 1.0, 1.0),
        ("cat cat", ["cat"], 0.0, 2 / 3),  # one of two words is right: 2 * 1 / (2 + 1)
        ("a cat", ["dog", "the cat"], 1.0, 1.0),
        ("", [], 1.0, 1.0),
        ("something", [], 0.0, 0.0),
        ("the", ["an"], 1.0, 1.0),  # nothing is left of either
    ],
)
def test_by_hand(reply: str, golds: list[str], exact: float, f1: float) -> None:
    assert met(reply, golds) == exact
    assert met(reply, golds, measure="f1") == pytest.approx(f1)


def test_without_normalising() -> None:
    assert met(" Oslo\n", ["Oslo"], normalise="none") == 1.0
    assert met("oslo", ["Oslo"], normalise="none") == 0.0
    assert met("the Oslo", ["Oslo"], normalise="none", measure="f1") == pytest.approx(2 / 3)


def test_the_reason_shows_both() -> None:
    assert check_match(MatchRule(expected=("Oslo",)), " Bergen\n", {}) == (0.0, '"Bergen" is not "Oslo"')
    two = MatchRule(expected=("Oslo", "Kristiania"), measure="f1")
    assert check_match(two, "Oslo", {}) == (1.0, 'token F1 1 with "Oslo" (or 1 more)')
    none = MatchRule(expected_from="answers")
    assert check_match(none, "x", {"answers": []}) == (0.0, '"x" is not nothing')
