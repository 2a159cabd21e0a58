import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.results import ResultsError, make_run_id
from rvpo.results.identity import canonical_json, differing_fields, flatten

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_run_id_is_the_start_of_sha256_of_the_canonical_json() -> None:
    expected = hashlib.sha256(b'{"model":"m","seed":3}').hexdigest()[:12]
    assert make_run_id({"seed": 3, "model": "m"}) == expected


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_run_id_does_not_depend_on_the_order_of_keys(identity: dict[str, Any]) -> None:
    assert make_run_id(dict(reversed(identity.items()))) == make_run_id(identity)


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_a_round_trip_through_json_keeps_the_run_id(identity: dict[str, Any]) -> None:
    assert make_run_id(json.loads(json.dumps(identity))) == make_run_id(identity)


@given(plain, plain)
def test_equal_canonical_json_means_equal_values(left: Any, right: Any) -> None:
    assert (canonical_json(left) == canonical_json(right)) == (
        json.dumps(json.loads(canonical_json(left)), sort_keys=True)
        == json.dumps(json.loads(canonical_json(right)), sort_keys=True)
    )


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": {"b": [0, Path("x")]}}, r"identity\.a\.b\[1\]"),
        ({"a": float("nan")}, r"identity\.a: nan"),
        ({"a": {1}}, "set"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_place(value: Any, place: str) -> None:
    with pytest.raises(ResultsError, match=place):
        make_run_id(value)


def test_sums_are_shown_by_twelve_digits_and_lists_of_records_entry_by_entry() -> None:
    sums = [hashlib.sha256(text).hexdigest() for text in (b"a", b"b")]
    a = {"data": sums[0], "judges": [{"model": "m"}, {"model": "n"}], "sums": sums}
    b = {"data": sums[1], "judges": [{"model": "m"}, {"model": "o"}], "sums": sums[:1]}
    assert list(differing_fields(a, b)) == [
        ("data", f'"{sums[0][:12]}"', f'"{sums[1][:12]}"'),
        ("judges[1].model", '"n"', '"o"'),
        ("sums", f'["{sums[0][:12]}","{sums[1][:12]}"]', f'["{sums[0][:12]}"]'),
    ]


def test_differing_fields_are_named_by_their_dotted_path() -> None:
    a = {"model": "m", "sampling": {"seed": 0, "top_p": 1.0}}
    b = {"model": "m", "sampling": {"seed": 1, "top_p": 1}, "new": [1]}
    assert list(differing_fields(a, b)) == [("new", "-", "[1]"), ("sampling.seed", "0", "1")]
    assert flatten(b) == {"model": "m", "sampling.seed": 1, "sampling.top_p": 1, "new": [1]}
