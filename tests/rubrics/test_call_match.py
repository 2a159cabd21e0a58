"""Comparison of calls: hand-made pairs for every mode, and a brute-force reference over all pairings."""

import itertools
import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.call_match import Arguments, Call, Match, calls_agree

F, G = Call("f", {"a": 1}), Call("g", {})
F2 = Call("f", {"a": 2})


@pytest.mark.parametrize(
    ("made", "expected", "modes"),
    [
        ([F, G], [F, G], {"strict", "unordered", "subset", "superset"}),
        ([G, F], [F, G], {"unordered", "subset", "superset"}),
        ([F], [F, G], {"subset"}),
        ([F, G, F2], [F, G], {"superset"}),
        ([F, F], [F, G], set()),  # a call pairs with one other at most
        ([F, F], [F], {"superset"}),
        ([F], [F, F], {"subset"}),
        ([F2], [F], set()),
    ],
)
def test_match(made: list[Call], expected: list[Call], modes: set[Match]) -> None:
    assert {mode for mode in get_args(Match) if calls_agree(made, expected, mode, "exact")} == modes


@pytest.mark.parametrize(
    ("made", "expected", "modes"),
    [
        ({"a": 1, "b": "x"}, {"b": "x", "a": 1.0}, {"exact", "names", "subset", "superset"}),
        ({"a": 1}, {"a": 1, "b": 2}, {"subset"}),
        ({"a": 1, "b": 2}, {"a": 1}, {"superset"}),
        ({"a": 2}, {"a": 1}, {"names"}),
        ({"a": True}, {"a": 1}, {"names"}),
        ({"a": 0}, {"a": False}, {"names"}),
        ({"a": "1"}, {"a": 1}, {"names"}),
        ({"a": "x "}, {"a": "x"}, {"names"}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"names"}),
        ({"a": {"b": [1, {}]}}, {"a": {"b": [1.0, {}]}}, {"exact", "names", "subset", "superset"}),
        ({}, {}, {"exact", "names", "subset", "superset"}),
        ({}, {"a": None}, {"subset"}),
        ({"b": 1}, {"a": 1}, set()),
    ],
)
def test_args(made: dict[str, Any], expected: dict[str, Any], modes: set[Arguments]) -> None:
    found = {
        mode
        for mode in get_args(Arguments)
        if calls_agree([Call("f", made)], [Call("f", expected)], "strict", mode)
    }
    assert found == modes | {"ignore"}


@pytest.mark.parametrize("args", get_args(Arguments))
def test_another_name_never_agrees(args: Arguments) -> None:
    assert not calls_agree([Call("f", {})], [Call("g", {})], "strict", args)


def test_an_earlier_pair_gives_way() -> None:
    """The first call fits both and takes the first expected one, which the later calls then need in turn."""
    expected = [Call("f", {"a": 1}), Call("f", {"b": 1}), Call("f", {"c": 1})]
    made = [Call("f", {}), Call("f", {}), Call("f", {"a": 1})]
    assert calls_agree(made, expected, "unordered", "subset")
    made = [Call("f", {}), Call("f", {"a": 1}), Call("f", {"a": 1})]
    assert not calls_agree(made, expected, "unordered", "subset")


ARGUMENTS = st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, True, "1"]))
CALLS = st.lists(st.builds(Call, st.sampled_from("fg"), ARGUMENTS), max_size=4)


def pair_agrees(made: Call, expected: Call, args: str) -> bool:
    """Told by JSON text, which keeps 1, true and "1" apart."""
    mine = {key: json.dumps(value) for key, value in made.arguments.items()}
    theirs = {key: json.dumps(value) for key, value in expected.arguments.items()}
    agree = {
        "exact": mine == theirs,
        "names": set(mine) == set(theirs),
        "subset": all(theirs.get(key) == value for key, value in mine.items()),
        "superset": all(mine.get(key) == value for key, value in theirs.items()),
        "ignore": True,
    }
    return made.name == expected.name and agree[args]


@given(CALLS, CALLS, st.sampled_from(get_args(Match)), st.sampled_from(get_args(Arguments)))
def test_agrees_with_trying_every_pairing(
    made: list[Call], expected: list[Call], match: Match, args: Arguments
) -> None:
    def some_pairing(smaller: int, larger: int, *, made_is_smaller: bool) -> bool:
        orders = itertools.permutations(range(larger), smaller) if smaller <= larger else ()
        for order in orders:
            pairs = [(i, j) if made_is_smaller else (j, i) for i, j in enumerate(order)]
            if all(pair_agrees(made[i], expected[j], args) for i, j in pairs):
                return True
        return False

    same_size = len(made) == len(expected)
    wanted = {
        "strict": same_size and all(pair_agrees(m, e, args) for m, e in zip(made, expected, strict=False)),
        "unordered": same_size and some_pairing(len(made), len(expected), made_is_smaller=True),
        "subset": some_pairing(len(made), len(expected), made_is_smaller=True),
        "superset": some_pairing(len(expected), len(made), made_is_smaller=False),
    }
    assert calls_agree(made, expected, match, args) == wanted[match]
