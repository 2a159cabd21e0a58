"""Strict JSON: the library's values where both accept, one-line errors for the rest, equality as JSON has it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.reading.strict_json import MAX_DEPTH, comparable, parse_json, parse_json_at, unfenced

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=15)


@given(JSON)
def test_reads_what_the_library_writes(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value


@given(st.text(alphabet='{}[]",:0123456789.eE-+truefalsn \\u\n'))
def test_any_text_gives_a_value_or_one_line(text: str) -> None:
    assert len(complaint_about(text).splitlines()) <= 1


def complaint_about(text: str) -> str:
    try:
        parse_json(text)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON: Expecting value at column 1"),
        ('{"a": 1,\n"b"}', "not JSON: Expecting ':' delimiter at line 2 column 4"),
        ("NaN", "not JSON: NaN is no JSON number"),
        ("[-Infinity]", "not JSON: -Infinity is no JSON number"),
        ("1e999", "not JSON: the number 1e999 is too large"),
        ('{"b": 1, "a": 1, "a": 2}', 'not JSON: key "a" occurs twice in one object'),
        ("[" * 101 + "]" * 101, "nested more than 100 levels deep"),
        ("[" * 100_000, "nested more than 100 levels deep"),
    ],
)
def test_refuses(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_json(text)
    assert str(caught.value) == problem


def test_the_deepest_that_is_allowed_and_the_widest() -> None:
    deepest = parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert json.dumps(deepest) == "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert len(parse_json("[" + "[]," * 500 + "[]]")) == 501


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": [True]}, {"b": [True], "a": 1.0}, True),
        ({"a": [1]}, {"a": [True]}, False),
        ([], {}, False),
        (None, False, False),
        (["bool", True], True, False),
    ],
)
def test_comparable_is_equality_of_json(left: Any, right: Any, equal: bool) -> None:
    assert (comparable(left) == comparable(right)) is equal


@given(JSON)
def test_comparable_can_be_hashed_and_survives_a_round_trip(value: Any) -> None:
    assert hash(comparable(value)) == hash(comparable(json.loads(json.dumps(value))))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("```json\n{}\n```", "{}\n"),
        (" \n```\n{}```\n", "{}"),
        ("{}", "{}"),
        ("Sure:\n```\n{}\n```", "Sure:\n```\n{}\n```"),
        ("```{}```", "```{}```"),
        ("```\n{}", "```\n{}"),
    ],
)
def test_unfenced_unwraps_only_a_reply_that_is_one_block(text: str, inside: str) -> None:
    assert unfenced(text) == inside


def test_a_value_inside_a_text() -> None:
    text = 'see {"a": [1]}; {"b": 2'
    assert parse_json_at(text, 4) == ({"a": [1]}, 14)
    with pytest.raises(ValueError, match=r"^not JSON: [^\n]+ at column 24$"):
        parse_json_at(text, 16)
    with pytest.raises(ValueError, match=r"^nested more than 100 levels deep$"):
        parse_json_at("x" + "[" * 101 + "]" * 101 + "x", 1)
