"""Rubrics from files and from the library."""

from pathlib import Path

import pytest

from rvpo.rubrics import (
    RubricError,
    SourceError,
    evaluate_rule,
    library_names,
    library_rubric,
    load_rubric,
    parse_rubric,
    rubric_hash,
    score_rubric,
)

CALLS = {"calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]}


def test_a_file_and_its_text_are_the_same_rubric(tmp_path: Path) -> None:
    text = "id: t\ncriteria:\n  - {id: a, criterion: Is good.}\n"
    (tmp_path / "t.yaml").write_text(text)
    assert rubric_hash(load_rubric(tmp_path / "t.yaml")) == rubric_hash(parse_rubric(text))


def test_errors_name_the_source() -> None:
    with pytest.raises(SourceError, match=r"^<rubric>:1: the key criteria is missing$"):
        parse_rubric("id: t")


def test_unknown_library_rubric() -> None:
    with pytest.raises(
        RubricError,
        match=r'^no library rubric "tool_cals"; there are: medical_consultation, tool_calling; '
        r"did you mean tool_calling\?$",
    ):
        library_rubric("tool_cals")


def test_every_library_rubric_says_where_it_comes_from() -> None:
    assert library_names() == ("medical_consultation", "tool_calling")
    for name in library_names():
        rubric = library_rubric(name)
        assert rubric.id == name
        assert rubric.provenance == "written for rvpo"
        assert rubric.licence == "Apache-2.0"


def test_medical_consultation_follows_healthbench() -> None:
    rubric = library_rubric("medical_consultation")
    assert 10 <= len(rubric.criteria) <= 12
    assert {criterion.kind for criterion in rubric.criteria} == {"llm"}
    assert all((c.points < 0) == (c.polarity == "met_is_bad") for c in rubric.criteria)
    perfect = [c.points > 0 for c in rubric.criteria]
    score = score_rubric(rubric, perfect)
    assert score.score == 1.0
    axes = ["accuracy", "communication_quality", "completeness", "context_awareness", "instruction_following"]
    assert score.by_tag == dict.fromkeys((f"axis:{axis}" for axis in axes), 1.0)


@pytest.mark.parametrize(
    ("reply", "met"),
    [
        ('<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>', [1, 1, 1, 1, 1, 1]),
        ('<tool_call>{"name": "add", "arguments": {"a": 1, "b": 3}}</tool_call>', [1, 1, 1, 1, 0, 1]),
        ('<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>', [1, 1, 1, 0, 0, 1]),
        ('<tool_call>{"name": "sub", "arguments": {"a": 1, "b": 2}}</tool_call>', [1, 1, 0, 0, 0, 1]),
        ("<tool_call>{add}</tool_call>", [1, 0, 0, 0, 0, 1]),
        ("Three.", [0, 0, 0, 0, 0, 1]),
        ("", [0, 0, 0, 0, 0, 1]),
        ('Hm. <tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}</tool_call>', [0, 1, 1, 1, 1, 1]),
        ("Three. " * 40, [0, 0, 0, 0, 0, 0]),
    ],
)
def test_tool_calling_climbs_by_steps(reply: str, met: list[int]) -> None:
    rubric = library_rubric("tool_calling")
    names = ["one_clean_call", "valid_json", "right_tool", "right_argument_names", "right_values", "brief"]
    assert [criterion.id for criterion in rubric.criteria] == names
    assert [evaluate_rule(criterion, reply, CALLS).met for criterion in rubric.criteria] == met
