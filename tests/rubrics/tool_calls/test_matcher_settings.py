"""Matchers as they are loaded: the sound ones pass, the others are refused with the place and the nearest word."""

from typing import Any

import pytest

from rvpo.rubrics.tool_calls.matcher_settings import check_matchers, has_matchers

SOUND: list[Any] = [
    1, None, "x", [], {}, {"a": [{"b": 1}]},
    {"$any": True}, {"$is": {"$gt": 1}}, {"$regex": "(?i)x"}, {"$one_of": [1, {"$type": "string"}]},
    {"$type": "null"}, {"$type": None}, {"$number": {"about": 1, "within": 0}}, {"$number": {"min": 1}},
    {"$number": {"min": 1, "max": 1}}, {"$contains": {"$contains": "x"}}, {"$ignore_case": ""},
    {"$optional": 1}, {"$optional": {"$regex": "x"}}, {"a": {"$optional": 1}}, [{"a": {"$optional": 1}}],
    {"$not": {"$type": "string", "$regex": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("value", SOUND)
def test_sound(value: Any) -> None:
    check_matchers({"a": value})
    assert has_matchers({"a": value}) == ("$" in str(value))


MATCHERS = "$any, $is, $regex, $one_of, $not, $type, $number, $contains, $ignore_case, $same_words, $optional"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"$regx": "x"}, f'a: "$regx" is no matcher; matchers: {MATCHERS}; did you mean $regex?'),
        ({"b": [{"$typ": "string"}]}, f'a.b[0]: "$typ" is no matcher; matchers: {MATCHERS}; did you mean $type?'),
        ({"$gt": 1, "b": 2}, f'a: "$gt" is no matcher; matchers: {MATCHERS}; did you mean $not?'),
        ({"$any": True, "b": 2}, 'a: "b" stands beside $ keys; a value that has $ keys goes under $is'),
        ({"$any": "string"}, 'a.$any: got "string", allowed true'),
        ({"$regex": 5}, "a.$regex: got 5, should be text; put it in quotes"),
        ({"$regex": "("}, "a.$regex: the pattern does not compile: missing ) at position 1"),
        ({"$one_of": []}, "a.$one_of: got an empty list, should be a list of values or matchers"),
        ({"$one_of": "ab"}, 'a.$one_of: got "ab", should be a list of values or matchers'),
        ({"$one_of": [1, {"$type": "int"}]}, 'a.$one_of[1].$type: got "int", allowed string | number | integer | boolean | array | object | null; did you mean integer?'),
        ({"$type": ["string"]}, "a.$type: got a list, allowed string | number | integer | boolean | array | object | null"),
        ({"$number": 3}, "a.$number: allowed {about, within}, {min}, {max} or {min, max}; for one number write the number itself"),
        ({"$number": {"about": 3}}, "a.$number: allowed {about, within}, {min}, {max} or {min, max}; for one number write the number itself"),
        ({"$number": {"min": "3"}}, 'a.$number.min: got "3", should be a number'),
        ({"$number": {"min": True}}, "a.$number.min: got true, should be a number"),
        ({"$number": {"about": 3, "within": -1}}, "a.$number.within: got -1, should be at least 0"),
        ({"$number": {"min": 3, "max": 1}}, "a.$number: max 1 is below min 3"),
        ({"$same_words": 1}, "a.$same_words: got 1, should be text; put it in quotes"),
        ({"$ignore_case": None}, "a.$ignore_case: got null, should be text; put it in quotes"),
        ({"$not": {"$any": 1}}, "a.$not.$any: got 1, allowed true"),
        ([{"$optional": 1}], "a[0]: $optional stands alone, as the value of an argument or of an object's key"),
        ({"$not": {"$optional": 1}}, "a.$not: $optional stands alone, as the value of an argument or of an object's key"),
        ({"$optional": 1, "$any": True}, "a: $optional stands alone, as the value of an argument or of an object's key"),
    ],
)  # fmt: skip
def test_refused(value: Any, error: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_matchers({"a": value})
    assert str(caught.value) == f"argument {error}"
