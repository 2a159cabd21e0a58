"""YAML: the values of PyYAML where YAML 1.1 and 1.2 agree, 1.2 elsewhere; lines remembered; the rest refused."""

import json
import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.yaml_values import MAX_CHARS, read_yaml

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")))
NUMBER_IN_1_2 = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)


def values_with(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    nested = st.recursive(
        SCALARS | text, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=12
    )
    return nested.filter(lambda value: value is not None)


PLAIN = values_with(TEXT)
AGREED = values_with(TEXT.filter(lambda text: not NUMBER_IN_1_2.fullmatch(text)))
"""Without texts such as 0E0, which PyYAML leaves unquoted and YAML 1.2 reads as a number."""


@given(AGREED)
def test_reads_what_pyyaml_writes(value: Any) -> None:
    assert read_yaml(yaml.safe_dump(value, allow_unicode=True), "f")[0] == value


@given(PLAIN)
def test_reads_json(value: Any) -> None:
    assert read_yaml(json.dumps(value, ensure_ascii=False), "f")[0] == value


@given(st.text(alphabet="abi-:?!&*|>%@`'\"#{}[], \n\t\r~.01\\x\u2028\x85\x00\ud800é", max_size=60))
def test_any_text_gives_a_value_or_one_line(text: str) -> None:
    complaint = complaint_about(text)
    assert complaint is None or complaint.startswith("f.yaml:")
    assert complaint is None or len(complaint.splitlines()) == 1


def complaint_about(text: str) -> str | None:
    try:
        read_yaml(text, "f.yaml")
    except SourceError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("2024-05-01", "2024-05-01"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("TRUE", True),
        ("'true'", "true"),
        ('"1"', "1"),
        ("-.inf", -math.inf),
        ("٣", "٣"),  # an Arabic digit is no YAML number
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    found = read_yaml(f"key: {text}", "f")[0]
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


def test_null_and_nan() -> None:
    found, _ = read_yaml("a:\nb: ~\nc: null\nd: .nan", "f")
    assert isinstance(found, dict)
    assert found.keys() == {"a", "b", "c", "d"}
    assert [found[key] for key in "abc"] == [None, None, None]
    assert math.isnan(found["d"])


def test_lines_are_those_of_keys_and_items() -> None:
    text = "id: t\n\ncriteria:\n  - id: a\n    tags: [x,\n      y]\n  - id: b\n?: odd\n'?': twice"
    with pytest.raises(SourceError):  # an empty key is null, which is no text
        read_yaml(text, "f")
    _, lines = read_yaml("id: t\n\ncriteria:\n  - id: a\n    tags: [x,\n      y]\n  - id: b\n'?': odd", "f")
    assert lines == {
        (): 1,
        ("id",): 1,
        ("criteria",): 3,
        ("criteria", 0): 4,
        ("criteria", 0, "id"): 4,
        ("criteria", 0, "tags"): 5,
        ("criteria", 0, "tags", 0): 5,
        ("criteria", 0, "tags", 1): 6,
        ("criteria", 1): 7,
        ("criteria", 1, "id"): 7,
        ("?",): 8,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: the file is empty"),
        ("# nothing\n", "f: the file is empty"),
        ("---\n", "f: the file is empty"),
        ("a: 1\na: 2", 'f:2: the key "a" occurs twice, first in line 1'),
        ("1: x", "f:1: the key 1 is not text; put it in quotes"),
        ("true: x", "f:1: the key true is not text; put it in quotes"),
        ("[a]: x", "f:1: a key must be text, not a list or a mapping"),
        ("a: &x 1\nb: *x", "f:1: the anchor &x is not allowed; write the value out"),
        ("a: *x", "f:1: the alias *x is not allowed; write the value out"),
        ("a: 1\nb: !!int 3", 'f:2: the tag "tag:yaml.org,2002:int" is not allowed; write plain values'),
        ("!!python/object:os.system {}", None),
        ("a: 1\n---\nb: 2", "f:2: a second document starts here; a file holds one"),
        ("a: [1", "f:1: not YAML: did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2", None),
        ("a: 1\nb: \x01", "f:2: not YAML: control characters are not allowed (character 0x01)"),
        ("a: 1\nb: \ud800", "f:2: not YAML: a lone surrogate, which no text can hold"),
        ("a: " + "9" * 401, "f:1: a number of 401 digits, allowed 400"),
        ("[" * 70 + "]" * 70, "f:1: nested more than 64 levels deep"),
        ("x" * (MAX_CHARS + 1), "f: 1000001 characters long, allowed 1000000"),
    ],
)
def test_refuses_in_one_line(text: str, message: str | None) -> None:
    with pytest.raises(SourceError) as caught:
        read_yaml(text, "f")
    assert message is None or str(caught.value) == message
    assert len(str(caught.value).splitlines()) == 1


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(SourceError, match=r"^f:1: the anchor &a"):
        read_yaml(bomb, "f")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_stops_early(opening: str) -> None:
    with pytest.raises(SourceError):
        read_yaml(opening * 10_000, "f")
