"""The YAML writer: what it writes reads back equal, and looks as a person would write it."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rvpo.rubrics import RubricError, library_names, library_rubric, parse_rubric
from rvpo.rubrics.formats.yaml_writer import WIDTH, write_rubric, write_yaml
from rvpo.rubrics.hashing import rubric_hash
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.schema import Criterion, Rubric

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


@given(data=st.data())
@settings(SLOW, max_examples=50)
def test_any_rubric_reads_back_equal(any_rubric: SearchStrategy[Rubric], data: st.DataObject) -> None:
    rubric = data.draw(any_rubric)
    again = parse_rubric(write_rubric(rubric))
    assert again == rubric
    assert rubric_hash(again) == rubric_hash(rubric)


@given(data=st.data())
@settings(SLOW, max_examples=50)
def test_any_data_reads_back_equal(any_json: SearchStrategy[object], data: st.DataObject) -> None:
    value = data.draw(st.dictionaries(st.text(max_size=5), any_json, min_size=1, max_size=4))
    assert repr(read_yaml(write_yaml(value), "t")[0]) == repr(value)  # repr: 1 and 1.0 are two values


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@example("a " * 200)
@example("a" * 2000)
def test_any_text_reads_back_equal(text: str) -> None:
    for value in ({"k": text}, {"k": [text, "x"]}, {text: "v"}, {"k": [{"x": text, "y": 1}]}, [[text]]):
        assert read_yaml(write_yaml(value), "t")[0] == value


@pytest.mark.parametrize("name", library_names())
def test_the_library_reads_back_equal_within_the_width(name: str) -> None:
    rubric = library_rubric(name)
    text = write_rubric(rubric)
    assert parse_rubric(text) == rubric
    assert max(map(len, text.splitlines())) <= WIDTH + 10


LONG = "Says when to see a professional or to call emergency services, at an urgency that fits what was described."
DATA = {
    "id": "r",
    "title": "Kind: a trial",
    "guidelines": "First line.\nSecond line.\n",
    "criteria": [
        {"id": "kind", "criterion": "Is kind.", "points": 5.0, "tags": ["axis:tone"], "evidence": "quote"},
        {"id": "long", "criterion": LONG, "points": -2.5, "polarity": "met_is_good"},
        {"id": "how", "criterion": "How?", "options": ["no", "half", {"label": "n/a", "na": True}, "yes"]},
        {"id": "odd", "criterion": "Odd?", "options": [{"label": "a", "value": 0.1}, {"label": "b", "value": 0.9}]},
        {"id": "json", "criterion": "Is JSON.", "kind": "json", "rule": {"type": "object"}},
        {"id": "shown", "criterion": "Is fine.", "examples": [{"response": "Fine.", "verdict": True}]},
    ],
    "aggregate": {"view": "axes"},
}  # fmt: skip
YAML = """\
# yaml-language-server: $schema=rubric.schema.json
id: r
title: "Kind: a trial"
guidelines: |
  First line.
  Second line.
criteria:
  - id: kind
    criterion: Is kind.
    points: 5
    evidence: quote
    tags: ["axis:tone"]
  - id: long
    criterion: >-
      Says when to see a professional or to call emergency services, at an urgency that fits what
      was described.
    points: -2.5
    polarity: met_is_good
  - id: how
    criterion: How?
    options: ["no", half, {label: n/a, na: true}, "yes"]
  - id: odd
    criterion: Odd?
    options: [{label: a, value: 0.1}, {label: b, value: 0.9}]
  - id: json
    criterion: Is JSON.
    kind: json
    rule: {type: object}
  - id: shown
    criterion: Is fine.
    examples:
      - response: Fine.
        verdict: true
aggregate: {view: axes}
"""


def test_it_looks_as_a_person_would_write_it() -> None:
    assert write_rubric(Rubric.model_validate(DATA), schema="rubric.schema.json") == YAML


def test_what_no_file_can_hold_is_an_error() -> None:
    deep: object = 1
    for _ in range(80):
        deep = [deep]
    rule = {"function": "a:b", "settings": {"x": deep}}
    criterion = Criterion.model_validate({"id": "a", "criterion": "x", "kind": "python", "rule": rule})
    with pytest.raises(RubricError, match=r"^rubric 'r' cannot be written as YAML: .*64 levels deep$"):
        write_rubric(Rubric(id="r", criteria=(criterion,)))
