"""Matchers: what each one accepts, anywhere in a value; the time that patterns may take together."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.reading.strict_json import comparable
from rvpo.rubrics.rules import patterns
from rvpo.rubrics.tool_calls import matchers
from rvpo.rubrics.tool_calls.matchers import TYPES, Clock, difference, literal


def meets(made: Any, wanted: Any) -> bool:
    return difference(made, wanted, Clock()) is None


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        ({"$any": True}, [None, 1, [], "x"], []),
        ({"$is": {"$any": True}}, [{"$any": True}], [{}, {"$any": 1}, {"$any": True, "a": 1}]),
        ({"$regex": "^os"}, ["oslo"], ["Oslo", 5, None, ["oslo"], " oslo"]),
        ({"$regex": "(?i)OS"}, ["in oslo"], ["lima"]),
        ({"$one_of": ["a", 1, {"$regex": "^z"}]}, ["a", 1, 1.0, "zz"], ["b", True, None]),
        ({"$one_of": [None]}, [None], [0, False, ""]),
        ({"$type": "string"}, ["", "x"], [1, None, True, [], {}]),
        ({"$type": "number"}, [1, 1.5], [True, "1", None]),
        ({"$type": "integer"}, [1, 1.0, -3, 10**400], [1.5, True, "1"]),
        ({"$type": "boolean"}, [True, False], [0, 1, "true"]),
        ({"$type": "array"}, [[], [1]], [{}, "[]"]),
        ({"$type": "object"}, [{}, {"a": 1}], [[], None]),
        ({"$type": "null"}, [None], [0, "", False]),
        ({"$type": None}, [None], [0, "null"]),
        ({"$number": {"about": 5, "within": 0.5}}, [4.5, 5, 5.5], [4.4, 5.6, "5", True, 10**400]),
        ({"$number": {"about": 0.7, "within": 0.1}}, [0.6, 0.8], [0.59, 0.81]),  # 0.7 + 0.1 < 0.8 in binary
        ({"$number": {"min": 1}}, [1, 10**400], [0.99, True, "2"]),
        ({"$number": {"max": 0}}, [0, -(10**400)], [0.01, False, None]),
        ({"$number": {"min": 1, "max": 2}}, [1, 1.5, 2], [0, 3]),
        ({"$contains": "os"}, ["Kosice", ["os", 1]], ["Oslo", ["oslo"], 1, {"os": 1}]),
        ({"$contains": {"$type": "integer"}}, [["a", 1]], [["a"], 1, "1"]),
        ({"$contains": 1}, [[1.0]], [[True], "1", 1]),
        ({"$ignore_case": "Straße"}, ["STRASSE", "strasse"], ["Strase", 1]),
        ({"$same_words": "April 1, 2024 'x'"}, ['april-1 2024 "X"'], ["April 2, 2024 'x'", "April 1; 2024 'x'", 1]),
        ({"$not": 1}, [2, True, "1"], [1, 1.0]),
        ({"$not": {"$one_of": ["a", "b"]}}, ["c"], ["a", "b"]),
        ({"$type": "string", "$not": ""}, ["x"], ["", 1]),
        ({"a": [{"$type": "integer"}, {"b": {"$regex": "x"}}]}, [{"a": [1, {"b": "ax"}]}], [{"a": ["1", {"b": "x"}]}, {"a": [1, {"b": "y"}]}, {"a": [1]}]),
        ({"a": {"$optional": 1}}, [{}, {"a": 1}], [{"a": 2}, {"b": 1}, None]),
        ([{"$any": True}], [[1]], [[], [1, 2], {}]),
        ({}, [{}], [{"a": 1}, []]),
        (1, [1, 1.0], [True, "1", [1]]),
        (True, [True], [1, "true"]),
        (None, [None], [0, False, ""]),
    ],
)  # fmt: skip
def test_what_meets(wanted: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not meets(value, wanted)] == []
    assert [value for value in bad if meets(value, wanted)] == []


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([1.0, 0.5])
    | st.sampled_from(["", "1", "a"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "$any", "$is", "$gt"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(VALUES, VALUES)
def test_literal_values_are_compared_as_json(made: Any, wanted: Any) -> None:
    """``$`` keys and all: the stand-ins of ``comparable`` are the reference."""
    assert meets(made, literal(wanted)) == (comparable(made) == comparable(wanted))


@given(VALUES)
def test_every_value_has_one_type_or_is_an_integer_too(value: Any) -> None:
    found = {name for name, holds in TYPES.items() if holds(value)} - {"integer"}
    assert len(found) == 1
    assert meets(value, {"$type": "integer"}) <= ("number" in found)


def test_a_pattern_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.2)
    with pytest.raises(TimeoutError):
        meets("x" * 5000, {"$regex": "(x+x+)+y"})


@pytest.mark.timeout(15)  # each search by itself: 20 s
def test_patterns_share_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each search is quick enough by itself, all of them are not."""

    def slow(_pattern: str, _text: str) -> bool:
        time.sleep(0.02)
        return False

    monkeypatch.setattr(matchers, "found", slow)
    monkeypatch.setattr(matchers, "REGEX_SECONDS", 0.1)
    with pytest.raises(TimeoutError):
        meets(["x"] * 1000, {"$contains": {"$regex": "y"}})


def test_a_pattern_without_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(_pattern: str, _text: str) -> bool:
        raise MemoryError

    monkeypatch.setattr(matchers, "found", greedy)
    with pytest.raises(TimeoutError):
        meets("x", {"$regex": "x"})
