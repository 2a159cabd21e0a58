"""Errors in the words of the file's author: names of other formats, the version, plain values."""

from typing import get_args

import pytest

from rvpo.rubrics import SourceError, parse_rubric, schema
from rvpo.rubrics.reading import synonyms
from rvpo.rubrics.reading.synonyms import called_here
from rvpo.rubrics.schema import Criterion, Kind
from rvpo.rubrics.schema.written import REUSE_KEYS

RUBRIC = "id: t\ncriteria:\n  - id: dose\n    criterion: Names the dose.\n"


def complaint(text: str) -> str:
    with pytest.raises(SourceError) as caught:
        parse_rubric(text, "r.yaml")
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value).removeprefix("r.yaml:")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("weight", "points"),
        ("Weight", "points"),
        ("type", "kind"),
        ("axis", "tags"),
        ("category", "tags"),
        ("negative", "polarity"),
        ("choices", "options"),
        ("must_have", "gate"),
        ("must-have", "gate"),
        ("instructions", "guidelines"),
    ],
)
def test_what_other_formats_call_a_key_of_a_criterion(key: str, name: str) -> None:
    assert (
        complaint(f"{RUBRIC}    {key}: x\n")
        == f'5: criteria[0]: unknown key "{key}"; it is called {name} here'
    )


IDS = "id: t\nfields: [a, b]\ncriteria:\n  - {id: x, criterion: One.}\n  - id: y\n    criterion: Two.\n  - criterion: Three.\n    id: z\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: z", "id: x", "8: criteria[2].id: the criterion id 'x' occurs twice"),
        ("fields: [a, b]", "fields: [a, a]", "2: fields[1]: the field 'a' occurs twice"),
        ("fields: [a, b]", "components: [{id: g}, {id: g}]", "2: components[1].id: the component id 'g' occurs twice"),
        ("id: z", "id: z\n    component: g", "9: criteria[2].component: criterion 'z' names component 'g'; components are: none"),
        ("fields: [a, b]", "components: [{id: y}]", "5: criteria[1].id: the id 'y' is that of a component and of a criterion outside it"),
        ("fields: [a, b]", "aggregate: {normalise: rar}", "4: criteria[0].tags: normalise rar needs one category tag"),
    ],
)  # fmt: skip
def test_what_only_the_whole_rubric_shows_is_told_at_its_line(old: str, new: str, told: str) -> None:
    assert complaint(IDS.replace(old, new)).startswith(told)


def test_all_complaints_are_kept_a_line_each() -> None:
    with pytest.raises(SourceError) as caught:
        parse_rubric(f"{RUBRIC}    points: ten\n    zz: 1\n", "r.yaml")
    first, second = caught.value.complaints
    assert str(caught.value) == f"{first} (and 1 more)"
    assert first == 'r.yaml:5: criteria[0].points: got "ten", should be a number'
    assert second.startswith('r.yaml:6: criteria[0]: unknown key "zz"')
    with pytest.raises(SourceError) as caught:
        parse_rubric(f"{RUBRIC}    points: ten\n", "r.yaml")
    assert caught.value.complaints == ()


@pytest.mark.parametrize("key", ["requirement", "description", "text", "statement", "criteria"])
def test_a_missing_text_under_another_name_is_one_complaint(key: str) -> None:
    told = complaint(RUBRIC.replace("criterion:", f"{key}:"))
    assert told == f'4: criteria[0]: unknown key "{key}"; it is called criterion here'


@pytest.mark.parametrize(
    ("key", "name"), [("license", "licence"), ("schema_version", "schema"), ("source", "provenance")]
)
def test_keys_of_the_rubric(key: str, name: str) -> None:
    assert complaint(f"{RUBRIC}{key}: x\n") == f'5: unknown key "{key}"; it is called {name} here'


def test_criteria_under_another_name() -> None:
    assert (
        complaint(RUBRIC.replace("criteria:", "criterias:"))
        == '2: unknown key "criterias"; it is called criteria here'
    )
    assert (
        complaint(RUBRIC.replace("criteria:", "rubrics:"))
        == '2: unknown key "rubrics"; it is called criteria here'
    )


def test_a_synonym_counts_only_where_its_key_is_known() -> None:
    assert called_here("weight", ["id", "title"]) is None
    assert called_here("points", ["points"]) is None
    assert called_here(3, ["points"]) is None
    assert called_here("name", Criterion.model_fields) == "id"


def test_every_name_is_a_key_of_the_language() -> None:
    records = [getattr(schema, name) for name in schema.__all__]
    fields = [
        each.model_fields for each in records if isinstance(each, type) and issubclass(each, schema.Record)
    ]
    known = {field.alias or key for each in fields for key, field in each.items()} | {*REUSE_KEYS}
    assert set(synonyms._CALLED) <= known


def test_other_keys_are_listed_by_what_the_file_calls_them() -> None:
    told = complaint(f"{RUBRIC}shema: rubric/v1\n")
    assert " schema, " in told
    assert "schema_version" not in told
    assert told.endswith("did you mean schema?")


def test_another_version() -> None:
    assert (
        complaint(f"schema: rubric/v2\n{RUBRIC}") == '1: schema: got "rubric/v2", this rvpo reads rubric/v1'
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('points: "2"', 'points: got "2", should be a number; leave the quotes out'),
        ("points: many", 'points: got "many", should be a number'),
        ("points: [1]", "points: got a list, should be a number"),
        ("kind: regex\n    rule: {pattern: x, full: 1}", "rule.full: got 1, should be true or false"),
        ("kind: length\n    rule: {max: 1.5}", "rule.max: got 1.5, should be a whole number"),
        ('kind: length\n    rule: {max: "5"}', 'rule.max: got "5", should be a whole number; leave the quotes out'),
        ('guidelines: ""\n    evidence: ""', 'evidence: got "", allowed none | quote'),
        ("kind: contains\n    rule: {texts: []}", "rule.texts: got 0 items, should be at least 1"),
        ('kind: regex\n    rule: {pattern: ""}', "rule.pattern: is empty"),
        ("kind: regex\n    rule: {regex: x}", 'rule: unknown key "regex"; it is called pattern here'),
        ("kind: contains\n    rule: {text: x}", 'rule: unknown key "text"; it is called texts here'),
    ],
)  # fmt: skip
def test_plain_values(line: str, told: str) -> None:
    assert complaint(f"{RUBRIC}    {line}\n").endswith(f": criteria[0].{told}")


def test_an_id_with_spaces_gets_one_that_would_do() -> None:
    told = complaint(RUBRIC.replace("id: dose", "id: names the dose!"))
    assert told.endswith("; names_the_dose would do")
    assert "would do" not in complaint(RUBRIC.replace("id: dose", "id: '???'"))


@pytest.mark.parametrize("kind", sorted(set(get_args(Kind)) - {"llm"}))
def test_a_key_of_a_rule_that_is_spelt_like_its_kind(kind: str) -> None:
    """Pydantic names the member of the union in its place; the walk must not take it for the author's key."""
    told = complaint(f"{RUBRIC}    kind: {kind}\n    rule: {{{kind}: x}}\n")
    if kind == "json_schema":  # there the key is right, and its value is not
        assert told == '6: criteria[0].rule.json_schema: got "x", should be a mapping of keys'
    else:
        assert told.startswith(f'6: criteria[0].rule: unknown key "{kind}"')
