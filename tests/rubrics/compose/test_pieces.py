"""Overriding keeps the keys that are not given, and the origin of every key that is."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.compose.pieces import Piece
from rvpo.rubrics.reading.yaml_values import Origin, Path

KEYS = st.sampled_from("abcm")
VALUES = st.integers(0, 3) | st.dictionaries(st.sampled_from("xy"), st.integers(0, 3), max_size=2)
MAPPINGS = st.dictionaries(KEYS, VALUES, max_size=4)


def piece(data: dict[str, Any], name: str) -> Piece:
    """Every path of the data comes from a file of that name."""
    paths: list[Path] = [(), *((key,) for key in data)]
    paths += [(key, inner) for key, value in data.items() if isinstance(value, dict) for inner in value]
    return Piece(data, {path: Origin(name, 1) for path in paths})


@given(MAPPINGS, MAPPINGS)
def test_overriding(base: dict[str, Any], own: dict[str, Any]) -> None:
    result = piece(base, "base").overridden(piece(own, "own"), merging=("m", "absent"))
    both = isinstance(base.get("m"), dict) and isinstance(own.get("m"), dict)
    expected = base | own | ({"m": base["m"] | own["m"]} if both else {})
    assert result.data == expected
    assert list(result.data) == list(expected)  # the base's order, then what is new
    wanted: dict[Path, str] = {(): "own"}
    wanted.update({(key,): "own" if key in own else "base" for key in expected})
    for key, value in expected.items():
        for inner in value if isinstance(value, dict) else ():
            of_own = inner in own[key] if both and key == "m" else key in own
            wanted[key, inner] = "own" if of_own else "base"
    assert {path: origin.name for path, origin in result.origins.items()} == wanted


@given(MAPPINGS)
def test_leaving_out_and_going_in(data: dict[str, Any]) -> None:
    whole = piece(data, "f")
    assert whole.without("a", "m") == piece({k: v for k, v in data.items() if k not in {"a", "m"}}, "f")
    for key, value in data.items():
        if isinstance(value, dict):
            assert whole.within(key) == piece(value, "f")
