"""The words in which a disagreement is told, one for each way to disagree."""

from typing import Any

import pytest

from rvpo.rubrics.tool_calls import Call
from rvpo.rubrics.tool_calls.match import Match, disagreement
from rvpo.rubrics.tool_calls.words import brief, described

TIME, OSLO, LIMA = Call("time", {}), Call("search", {"city": "Oslo"}), Call("search", {"city": "Lima"})
WRONG_CITY = 'search: argument city is "Lima", expected "Oslo"'


@pytest.mark.parametrize(
    ("match", "made", "reason"),
    [
        ("strict", [TIME, LIMA], f"call 2 {WRONG_CITY}"),
        ("strict", [OSLO, TIME], "call 1 is search, expected time"),
        ("strict", [TIME], "1 call, expected 2: search is missing"),
        ("strict", [TIME, OSLO, TIME], "3 calls, expected 2: time is one too many"),
        ("unordered", [LIMA, TIME], f"call 1 {WRONG_CITY}"),
        ("unordered", [OSLO, OSLO], "call 2 search is one too many"),
        ("unordered", [OSLO, Call("rm", {})], "call 2 rm is not expected"),
        ("unordered", [TIME, OSLO, OSLO], "3 calls, expected at most 2"),
        ("unordered", [LIMA], "expected call 1 time is not made"),
        ("subset", [LIMA], f"call 1 {WRONG_CITY}"),
        ("superset", [TIME, LIMA, TIME], f"call 2 {WRONG_CITY}"),
        ("superset", [OSLO], "expected call 1 time is not made"),
        ("in_order", [OSLO, TIME], "expected call 2 search is not made after call 2"),
        ("in_order", [OSLO, TIME, LIMA], f"call 3 {WRONG_CITY}"),
        ("in_order", [OSLO], "expected call 1 time is not made"),
    ],
)
def test_which_call(match: Match, made: list[Call], reason: str) -> None:
    assert disagreement(made, [TIME, OSLO], match, "exact") == reason


@pytest.mark.parametrize(
    ("made", "wanted", "reason"),
    [
        ({}, {"a": 1}, "lacks the argument a, expected 1"),
        ({"b": 1}, {}, "argument b is not expected"),
        ({"a": [1, 2]}, {"a": [1]}, "argument a is [1, 2], expected [1]"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "argument a[1] is 2, expected 3"),
        ({"a": {"b": {}}}, {"a": {"b": {"c": None}}}, "argument a.b lacks c, expected null"),
        ({"a": [{"b": 1}]}, {"a": [{}]}, "argument a[0].b is not expected"),
        ({"a": True}, {"a": 1}, "argument a is true, expected 1"),
        ({"a": "x" * 99}, {"a": {"b": 1}}, f'argument a is "{"x" * 59}…", expected {{"b": 1}}'),
        ({"a" * 99: 1}, {}, f"argument {'a' * 39}… is not expected"),
    ],
)
def test_which_argument(made: dict[str, Any], wanted: dict[str, Any], reason: str) -> None:
    assert disagreement([Call("f", made)], [Call("f", wanted)], "strict", "exact") == f"call 1 f: {reason}"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"$any": True}, "anything"),
        ({"$is": {"$gt": 1}}, '{"$gt": 1}'),
        ({"$regex": "(?i)oslo"}, 'text matching "(?i)oslo"'),
        ({"$one_of": ["a", 2, {"$type": "null"}]}, '"a" or 2 or null'),
        ({"$type": None}, "null"),
        ({"$type": "integer"}, "an integer"),
        ({"$type": "string"}, "a string"),
        ({"$number": {"about": 5, "within": 0.25}}, "a number within 0.25 of 5"),
        ({"$number": {"min": 1, "max": 2}}, "a number from 1 to 2"),
        ({"$number": {"min": 1}}, "a number of at least 1"),
        ({"$number": {"max": 2}}, "a number of at most 2"),
        ({"$contains": "x"}, 'something that contains "x"'),
        ({"$ignore_case": "Oslo"}, '"Oslo" in any case'),
        ({"$same_words": "Oslo"}, '"Oslo" in any case and punctuation'),
        ({"$not": {"$ignore_case": "Oslo"}}, 'anything but "Oslo" in any case'),
        ({"$type": "string", "$not": ""}, 'a string and anything but ""'),
    ],
)
def test_what_a_matcher_asks_for(wanted: dict[str, Any], words: str) -> None:
    assert described(wanted) == words


def test_a_long_container_is_cut_and_not_written_out() -> None:
    assert brief([0] * 10_000_000) == "[" + "0, " * 19 + "0…"
    assert len(brief({"a": "x" * 1000})) == 60
