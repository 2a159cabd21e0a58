"""Rules on plain text: hand-made replies, and each reason says what was seen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.rules import patterns, text
from rvpo.rubrics.rules.text import answer_part, check_contains, check_length, check_not_contains, check_regex
from rvpo.rubrics.schema import ContainsRule, LengthRule, NotContainsRule, RegexRule


@given(st.text(), st.text().filter(lambda answer: "</think>" not in answer))
def test_the_answer_is_what_follows_the_thinking(thought: str, answer: str) -> None:
    assert answer_part(f"{thought}</think>{answer}") == answer
    assert answer_part(f"<think>{answer}") == ""
    assert answer_part(f"so: {answer}") == f"so: {answer}"


@pytest.mark.parametrize(
    ("reply", "rule", "wanted", "reason"),
    [
        ("take 5 mg now", {"pattern": r"\d+ mg"}, 1.0, 'the pattern matches "5 mg"'),
        ("take five", {"pattern": r"\d+ mg"}, 0.0, "the pattern is not in the reply"),
        ("5 mg", {"pattern": r"\d+ mg", "full": True}, 1.0, 'the pattern matches "5 mg"'),
        ("5 mg.", {"pattern": r"\d+ mg", "full": True}, 0.0, "the pattern is not all of the reply"),
        ("5 MG", {"pattern": "mg"}, 0.0, "the pattern is not in the reply"),
        ("5 MG", {"pattern": "mg", "ignore_case": True}, 1.0, 'the pattern matches "MG"'),
        ("", {"pattern": "x*"}, 1.0, 'the pattern matches ""'),
        ("a\nb", {"pattern": "a.b"}, 0.0, "the pattern is not in the reply"),
        ("a\nb", {"pattern": "(?s)a.b"}, 1.0, 'the pattern matches "a\\nb"'),
    ],
)
def test_regex(reply: str, rule: dict[str, Any], wanted: float, reason: str) -> None:
    assert check_regex(RegexRule(**rule), reply) == (wanted, reason)


def test_a_pattern_without_end_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    outcome = check_regex(RegexRule(pattern="^(a|aa)+$"), "a" * 60 + "b")
    assert outcome == (None, "the pattern does not come to an end on this reply")


def test_a_pattern_that_eats_the_memory_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: object, **__: object) -> None:
        raise MemoryError  # as the library does at a gigabyte: (.)* on ten megabytes

    monkeypatch.setattr(text, "searched", search)
    outcome = check_regex(RegexRule(pattern="(.)*"), "reply")
    assert outcome == (None, "the pattern takes too much memory on this reply")


@pytest.mark.parametrize(
    ("reply", "rule", "wanted", "reason"),
    [
        ("aspirin and rest", {"texts": ["aspirin", "rest"]}, 1.0, "holds every text"),
        ("aspirin", {"texts": ["aspirin", "rest"]}, 0.0, 'lacks "rest"'),
        ("aspirin", {"texts": ["rest", "aspirin"], "require": "any"}, 1.0, 'holds "aspirin"'),
        ("sleep", {"texts": ["aspirin", "rest"], "require": "any"}, 0.0, "holds none of the 2 texts"),
        ("sleep", {"texts": ["rest"], "require": "any"}, 0.0, 'lacks "rest"'),
        ("Aspirin", {"texts": ["aspirin"]}, 0.0, 'lacks "aspirin"'),
        ("STRASSE", {"texts": ["straße"], "ignore_case": True}, 1.0, 'holds "straße"'),
        ("", {"texts": ["a\nb"]}, 0.0, 'lacks "a\\nb"'),
    ],
)
def test_contains(reply: str, rule: dict[str, Any], wanted: float, reason: str) -> None:
    assert check_contains(ContainsRule(**rule), reply) == (wanted, reason)


@pytest.mark.parametrize(
    ("reply", "rule", "wanted", "reason"),
    [
        ("see a doctor", {"texts": ["miracle", "cure"]}, 1.0, "holds none of the texts"),
        ("a sure cure", {"texts": ["miracle", "cure"]}, 0.0, 'holds "cure"'),
        ("A MIRACLE", {"texts": ["miracle"]}, 1.0, 'lacks "miracle"'),
        ("A MIRACLE", {"texts": ["miracle"], "ignore_case": True}, 0.0, 'holds "miracle"'),
    ],
)
def test_not_contains(reply: str, rule: dict[str, Any], wanted: float, reason: str) -> None:
    assert check_not_contains(NotContainsRule(**rule), reply) == (wanted, reason)


@given(st.text(alphabet="aBß "), st.lists(st.text(alphabet="aBß ", min_size=1), min_size=1), st.booleans())
def test_not_contains_is_the_opposite_of_contains_any(reply: str, texts: list[str], any_case: bool) -> None:
    wanted = tuple(texts)
    some = check_contains(ContainsRule(texts=wanted, require="any", ignore_case=any_case), reply)
    none = check_not_contains(NotContainsRule(texts=wanted, ignore_case=any_case), reply)
    assert none.met == 1.0 - (some.met or 0.0)


@pytest.mark.parametrize(
    ("reply", "rule", "wanted", "reason"),
    [
        ("one two  three\n", {"max": 3}, 1.0, "3 words, allowed 0 to 3"),
        ("one two  three\n", {"max": 2}, 0.0, "3 words, allowed 0 to 2"),
        ("one two", {"min": 2}, 1.0, "2 words, allowed at least 2"),
        ("one", {"min": 2}, 0.0, "1 words, allowed at least 2"),
        ("", {"min": 0, "max": 0}, 1.0, "0 words, allowed 0 to 0"),
        ("äöü", {"unit": "chars", "min": 3, "max": 3}, 1.0, "3 chars, allowed 3 to 3"),
        (" a ", {"unit": "chars", "max": 2}, 0.0, "3 chars, allowed 0 to 2"),
    ],
)
def test_length(reply: str, rule: dict[str, Any], wanted: float, reason: str) -> None:
    assert check_length(LengthRule(**rule), reply) == (wanted, reason)
