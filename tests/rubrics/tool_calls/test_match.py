"""Comparison of calls: hand-made pairs for every mode, properties, a brute-force reference over all pairings."""

import itertools
import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.tool_calls import Call
from rvpo.rubrics.tool_calls.match import Arguments, Match, disagreement

F, G = Call("f", {"a": 1}), Call("g", {})
F2 = Call("f", {"a": 2})
ANY = Call("f", {"a": {"$any": True}})


def agree(made: list[Call], expected: list[Call], match: Match, args: Arguments) -> bool:
    return disagreement(made, expected, match, args) is None


@pytest.mark.parametrize(
    ("made", "expected", "modes"),
    [
        ([F, G], [F, G], {"strict", "unordered", "subset", "superset", "in_order"}),
        ([G, F], [F, G], {"unordered", "subset", "superset"}),
        ([F], [F, G], {"subset"}),
        ([F, G, F2], [F, G], {"superset", "in_order"}),
        ([F, F2, G], [F, G], {"superset", "in_order"}),
        ([G, F2, F], [F, G], {"superset"}),
        ([F, F], [F, G], set()),  # a call pairs with one other at most
        ([F, F], [F], {"superset", "in_order"}),
        ([F], [F, F], {"subset"}),
        ([F2], [F], set()),
        ([], [], {"strict", "unordered", "subset", "superset", "in_order"}),
        ([], [F], {"subset"}),
        ([F], [], {"superset", "in_order"}),
        # the first call fits both expected ones, the second only the wide one: taking the first that fits fails
        ([F, F2], [ANY, F], {"unordered", "subset", "superset"}),
        ([F2, F], [ANY, F], {"strict", "unordered", "subset", "superset", "in_order"}),
    ],
)
def test_match(made: list[Call], expected: list[Call], modes: set[Match]) -> None:
    assert {mode for mode in get_args(Match) if agree(made, expected, mode, "exact")} == modes


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
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"names"}),  # objects inside are compared whole
        ({}, {}, {"exact", "names", "subset", "superset"}),
        ({}, {"a": None}, {"subset"}),
        ({"b": 1}, {"a": 1}, set()),
        ({}, {"a": {"$optional": 1}}, {"exact", "names", "subset", "superset"}),
        ({"a": 1}, {"a": {"$optional": 1}}, {"exact", "names", "subset", "superset"}),
        ({"a": 2}, {"a": {"$optional": 1}}, {"names"}),
    ],
)
def test_args(made: dict[str, Any], expected: dict[str, Any], modes: set[Arguments]) -> None:
    found = {
        mode
        for mode in get_args(Arguments)
        if agree([Call("f", made)], [Call("f", expected)], "strict", mode)
    }
    assert found == modes | {"ignore"}


@pytest.mark.parametrize("args", get_args(Arguments))
def test_another_name_never_agrees(args: Arguments) -> None:
    assert not agree([Call("f", {})], [Call("g", {})], "strict", args)


ARGUMENTS = st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, True, "1"]))
EXPECTED = st.dictionaries(
    st.sampled_from("ab"),
    st.sampled_from(
        [1, True, "1", {"$any": True}, {"$one_of": [1, "1"]}, {"$optional": {"$type": "boolean"}}]
    ),
)
CALLS = st.lists(st.builds(Call, st.sampled_from("fg"), ARGUMENTS), max_size=4)
WANTED = st.lists(st.builds(Call, st.sampled_from("fg"), EXPECTED), max_size=4)
MODES = st.sampled_from(get_args(Arguments))


def value_fits(made: str, wanted: Any) -> bool:
    """Told by JSON text, which keeps 1, true and "1" apart."""
    if not isinstance(wanted, dict):
        return made == json.dumps(wanted)
    if "$optional" in wanted:
        return made in {"true", "false"}
    return "$any" in wanted or made in {"1", '"1"'}


def pair_agrees(made: Call, expected: Call, args: str) -> bool:
    mine = {key: json.dumps(value) for key, value in made.arguments.items()}
    theirs = expected.arguments
    needed = {key for key, value in theirs.items() if not (isinstance(value, dict) and "$optional" in value)}
    shared = all(value_fits(mine[key], theirs[key]) for key in mine.keys() & theirs.keys())
    whole, pure = needed <= mine.keys(), mine.keys() <= theirs.keys()
    agree = {
        "exact": whole and pure and shared,
        "names": whole and pure,
        "subset": pure and shared,
        "superset": whole and shared,
        "ignore": True,
    }
    return made.name == expected.name and agree[args]


@given(CALLS, WANTED, st.sampled_from(get_args(Match)), MODES)
def test_agrees_with_trying_every_pairing(
    made: list[Call], expected: list[Call], match: Match, args: Arguments
) -> None:
    fits = [[pair_agrees(m, e, args) for e in expected] for m in made]
    all_made = any(
        all(fits[i][j] for i, j in enumerate(order))
        for order in itertools.permutations(range(len(expected)), len(made))
    )
    orders = [
        order
        for order in itertools.permutations(range(len(made)), len(expected))
        if all(fits[i][j] for j, i in enumerate(order))
    ]
    same_size = len(made) == len(expected)
    wanted = {
        "strict": same_size and all(fits[i][i] for i in range(len(made))),
        "unordered": same_size and all_made,
        "subset": all_made,
        "superset": bool(orders),
        "in_order": any(list(order) == sorted(order) for order in orders),
    }
    assert agree(made, expected, match, args) == wanted[match]


@given(CALLS, CALLS, MODES, st.randoms(use_true_random=False))
def test_how_the_modes_hang_together(
    made: list[Call], expected: list[Call], args: Arguments, chance: Any
) -> None:
    strict = agree(made, expected, "strict", args)
    in_order = agree(made, expected, "in_order", args)
    unordered = agree(made, expected, "unordered", args)
    superset = agree(made, expected, "superset", args)
    subset = agree(made, expected, "subset", args)
    assert strict <= in_order <= superset
    assert strict <= unordered
    assert unordered == (superset and len(made) == len(expected)) == (subset and len(made) == len(expected))
    in_any_order: dict[Match, bool] = {"unordered": unordered, "superset": superset, "subset": subset}
    for mode, found in in_any_order.items():
        shuffled = chance.sample(made, len(made)), chance.sample(expected, len(expected))
        assert agree(*shuffled, mode, args) == found
    dual: dict[Arguments, Arguments] = {"subset": "superset", "superset": "subset"}
    assert superset == agree(expected, made, "subset", dual.get(args, args))


def test_many_calls_are_compared_in_little_time() -> None:
    """Three expected calls among 100 000, all but the last alike: about 300 000 comparisons, not their square."""
    made = [F] * 100_000 + [F2, G]
    assert agree(made, [F2, F, G], "superset", "exact")
    assert not agree(made, [F2, F2, G], "superset", "exact")
