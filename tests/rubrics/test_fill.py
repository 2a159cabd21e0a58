"""Templates: what is filled in, what stays, and what is refused."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import MissingField, Rubric, RubricError, parse_rubric
from rvpo.rubrics.fill import fill_rubric, missing_fields

TEMPLATE = parse_rubric(
    """\
id: t
fields: [reference, n]
guidelines: "Expected: {reference}"
criteria:
  - id: a
    criterion: >-
      Agrees with {reference}, in {n} words, as {{reference}} and {other} and {"n": 1}.
    guidelines: "{n}"
    examples:
      - {response: "It is {reference}.", verdict: true, reason: "{n} words"}
  - id: plain
    criterion: Is kind.
  - id: rule
    criterion: Names {reference}.
    kind: match
    rule: {expected_from: reference}
"""
)


def filled(value: object) -> str:
    return fill_rubric(TEMPLATE, {"reference": value, "n": 5}).criteria[0].criterion


def test_every_text_is_filled() -> None:
    rubric = fill_rubric(TEMPLATE, {"reference": "Oslo", "n": 5, "unused": None})
    first = rubric.criteria[0]
    assert rubric.guidelines == "Expected: Oslo"
    assert first.criterion == 'Agrees with Oslo, in 5 words, as {reference} and {other} and {"n": 1}.'
    assert first.guidelines == "5"
    assert (first.examples[0].response, first.examples[0].reason) == ("It is Oslo.", "5 words")
    assert first.examples[0].verdict is True
    assert rubric.criteria[2].criterion == "Names Oslo."
    assert rubric.criteria[2].rule == TEMPLATE.criteria[2].rule
    assert rubric.fields == ()


def test_what_names_no_field_is_shared() -> None:
    rubric = fill_rubric(TEMPLATE, {"reference": "Oslo", "n": 5})
    assert rubric.criteria[1] is TEMPLATE.criteria[1]
    plain = parse_rubric("{id: p, criteria: [{id: a, criterion: 'Is {reference} and {{reference}}.'}]}")
    assert fill_rubric(plain, {"reference": "x"}) is plain


def test_a_filled_rubric_is_one_that_could_have_been_written() -> None:
    rubric = fill_rubric(TEMPLATE, {"reference": "Oslo", "n": 5})
    assert Rubric.model_validate(rubric.model_dump(by_alias=True, exclude_defaults=True)) == rubric


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "Agrees with , in"),
        (3, "Agrees with 3, in"),
        (0.1, "Agrees with 0.1, in"),
        (["a", "b"], "Agrees with - a\n- b, in"),
        ([], "Agrees with , in"),
        (r"\1 \g<0>", r"Agrees with \1 \g<0>, in"),  # no template of a regular expression
        ("{n} {reference} {{n}}", "Agrees with {n} {reference} {{n}}, in"),  # never looked at again
    ],
)
def test_values(value: object, text: str) -> None:
    assert filled(value).startswith(text)


@pytest.mark.parametrize(
    ("value", "told"), [(True, "true"), ({"a": 1}, "a mapping"), ([1], "a list"), ([["a"]], "a list")]
)
def test_values_that_no_text_can_take(value: object, told: str) -> None:
    with pytest.raises(
        RubricError, match=rf"^the data row: the field reference holds {told}; a rubric's text takes text, "
    ) as caught:
        filled(value)
    assert not isinstance(caught.value, MissingField)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"n": 1, "refrence": "x"},
            "d.jsonl:3: rubric t asks for the field reference, which the row lacks; it has: n, refrence; did you mean refrence?",
        ),
        ({}, "d.jsonl:3: rubric t asks for the field reference, which the row lacks; it has: none"),
        (
            {"n": 1, "reference": None},
            "d.jsonl:3: rubric t asks for the field reference, which the row has as null",
        ),
    ],
)
def test_a_missing_field_is_named_with_the_nearest(fields: dict[str, object], message: str) -> None:
    with pytest.raises(MissingField, match=f"^{re.escape(message)}$"):
        fill_rubric(TEMPLATE, fields, "d.jsonl:3")


def test_missing_fields() -> None:
    assert missing_fields(TEMPLATE, {}) == ("reference", "n")
    assert missing_fields(TEMPLATE, {"n": 0, "reference": None}) == ("reference",)
    assert missing_fields(TEMPLATE, {"n": 0, "reference": ""}) == ()


@pytest.mark.parametrize("value", ["", "  \n", []])
def test_a_text_may_not_end_up_empty(value: object) -> None:
    rubric = parse_rubric("{id: t, fields: [f], criteria: [{id: a, criterion: '{f}'}]}")
    with pytest.raises(
        RubricError, match=r"^row 7: rubric t: criterion a is empty once its fields are filled in$"
    ):
        fill_rubric(rubric, {"f": value}, "row 7")


@given(
    st.lists(
        st.sampled_from(["{a}", "{{a}}", "{b}", "{", "}", "a", "b", " ", "\\"]), min_size=1, max_size=12
    ),
    st.text(),
)
def test_one_pass_from_left_to_right(parts: list[str], value: str) -> None:
    """An independent reference: walk along the text, longest form first."""
    template, expected, at = "".join(parts), "", 0
    while at < len(template):
        for form, text in (("{{a}}", "{a}"), ("{a}", value), (template[at], template[at])):
            if template.startswith(form, at):
                expected, at = expected + text, at + len(form)
                break
    rubric = parse_rubric(
        json.dumps({"id": "t", "fields": ["a"], "criteria": [{"id": "c", "criterion": f"x{template}"}]})
    )
    assert fill_rubric(rubric, {"a": value}).criteria[0].criterion == f"x{expected}"
