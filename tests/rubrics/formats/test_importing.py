"""Ids from foreign names, and messages of foreign rows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import SourceError
from rvpo.rubrics.formats.importing import fields_of, identifiers, messages_of, row_id, rubric_id


def test_names_become_ids() -> None:
    names = ["Names drug", "Names  drug", "", None, "Größe (mg)", "日本", "Names drug"]
    assert identifiers(names) == [
        "Names_drug", "Names_drug_2", "c03", "c04", "Groe_mg", "c06", "Names_drug_3",
    ]  # fmt: skip


@given(st.lists(st.none() | st.text(max_size=200), max_size=8))
def test_ids_are_sound_and_all_different(names: list[str | None]) -> None:
    found = identifiers(names)
    assert len(set(found)) == len(found) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,119}", each) for each in found)


def test_rubric_ids() -> None:
    assert rubric_id("x", "a-1", "text") == "a-1"
    assert (
        rubric_id("x", "a 1", "text") == rubric_id("x", None, "text") == "x-982d9e3eb996"
    )  # sha256 of "text"


def test_row_ids() -> None:
    assert row_id({"id": "", "uid": 7}, ("id", "uid"), 3) == "7"
    assert row_id({"id": True}, ("id",), 3) == "line-3"


def test_keys_of_our_own_rows_are_no_fields() -> None:
    data = {"id": 1, "prompt": 2, "rubric": 3, "reference": 4, "question": 5, "x": 6}
    assert fields_of(data, ("question",), "r") == {"x": 6, "reference": "r"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", 'm: got "x", should be a list of messages'),
        ([], "m: got a list, should be a list of messages"),
        ([{"role": "user"}], "m[0]: got a mapping, should be a message with role and content alone"),
        (
            [{"role": "usr", "content": ""}],
            'm[0].role: got "usr", allowed system | developer | user | assistant | tool; did you mean user?',
        ),
        ([{"role": "user", "content": None}], "m[0].content: got null, should be text"),
    ],
)
def test_messages(value: object, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        messages_of(value, "m", "f:1")
    assert str(caught.value) == f"f:1: {message}"
