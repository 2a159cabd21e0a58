"""Prompt rows: what is kept of each, and one-line errors that name the line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import (
    MissingField,
    PromptRow,
    RubricError,
    SourceError,
    library_rubric,
    read_prompt_rows,
)

RUBRIC = {"id": "r", "criteria": [{"id": "a", "criterion": "Is kind."}]}
HEALTHBENCH = {
    "prompt_id": "p",
    "prompt": [{"role": "user", "content": "hi"}],
    "example_tags": ["theme:x"],
    "rubrics": [{"criterion": "Is kind.", "points": 5, "tags": []}],
}


def written(tmp_path: Path, *rows: object) -> Path:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_rows(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    file = written(
        tmp_path,
        {"id": "a", "prompt": "hi", "reference": "hello", "calls": [], "note": None},
        {"prompt": turns, "rubric": RUBRIC},
        {"id": 7, "prompt": "hi"},
    )
    first, second, third = read_prompt_rows(file)
    assert first == PromptRow(
        "a", ({"role": "user", "content": "hi"},), "hello", {"calls": [], "note": None, "reference": "hello"}
    )
    assert (second.id, second.messages, second.reference) == ("line-2", tuple(turns), None)
    assert second.rubric is not None
    assert second.rubric.criteria[0].criterion == "Is kind."
    assert (third.id, third.rubric, third.fields) == ("7", None, {})


def test_healthbench_rows_are_known_by_their_form(tmp_path: Path) -> None:
    other = {**HEALTHBENCH, "rubrics": [{"criterion": "Is rude.", "points": -5, "tags": []}]}
    first, second = read_prompt_rows(written(tmp_path, HEALTHBENCH, other))
    assert first.id == "p"
    assert second.id.startswith("p.")  # the same prompt under another rubric is another item
    assert len(second.id) == len("p.") + 8
    assert first.rubric is not None
    assert first.rubric.id == "p"
    assert first.rubric.tags == ("theme:x",)
    assert first.fields == {"example_tags": ["theme:x"]}


def test_the_sample_has_an_id_for_every_row(shared: Path) -> None:
    rows = read_prompt_rows(shared / "data" / "healthbench_sample.jsonl")
    assert len({row.id for row in rows}) == len(rows) == 169
    assert rows == read_prompt_rows(shared / "data" / "healthbench_sample.jsonl")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "b"}, ":2: the key prompt is missing"),
        ({"id": "b", "promt": "x"}, ":2: the key prompt is missing; promt looks like it"),
        ({"id": "a", "prompt": "x"}, ':2: the id "a" is that of line 1 too'),
        ({"id": "", "prompt": "x"}, ':2: id: got "", should be text or a whole number'),
        ({"id": True, "prompt": "x"}, ":2: id: got true, should be text or a whole number"),
        ({"prompt": 3}, ":2: prompt: got 3, should be text or a list of messages"),
        ({"prompt": []}, ":2: prompt: the list of messages is empty"),
        ({"prompt": ["x"]}, ':2: prompt[0]: got "x", should be a message with role and content'),
        (
            {"prompt": [{"role": "usr", "content": "x"}]},
            ':2: prompt[0].role: got "usr", allowed system | developer | user | assistant | tool; did you mean user?',
        ),
        ({"prompt": [{"role": "user", "content": None}]}, ":2: prompt[0].content: got null, should be text"),
        (
            {"prompt": [{"role": "user", "content": "x", "contents": "y"}]},
            ':2: prompt[0]: unknown key "contents"; allowed: role, content; did you mean content?',
        ),
        ({"prompt": "x", "reference": ["y"]}, ":2: reference: got a list, should be text"),
        ({"prompt": "x", "rubric": "r.yaml"}, ':2: rubric: got "r.yaml", should be a mapping of keys'),
        (
            {"prompt": "x", "rubric": {"id": "r", "criteria": [{"id": "a", "criterion": "x", "kind": "lm"}]}},
            None,
        ),
        ({"prompt": [{"role": "user", "content": "x"}], "rubrics": [{}]}, None),
    ],
)
def test_errors_name_the_line(tmp_path: Path, row: dict[str, Any], message: str | None) -> None:
    file = written(tmp_path, {"id": "a", "prompt": "x"}, row)
    with pytest.raises(SourceError) as caught:
        read_prompt_rows(file)
    assert message is None or str(caught.value) == f"{file}{message}"
    assert str(caught.value).startswith(f"{file}:2: ")
    assert len(str(caught.value).splitlines()) == 1


def test_an_inline_rubric_is_placed_within_its_row(tmp_path: Path) -> None:
    file = written(tmp_path, {"prompt": "x", "rubric": {**RUBRIC, "version": 0}})
    with pytest.raises(
        SourceError, match=r":1: rubric\.version: got 0, should be greater than or equal to 1$"
    ):
        read_prompt_rows(file)


def test_a_repeated_healthbench_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r':3: the id "p\.[0-9a-f]{8}" is that of line 2 too$'):
        read_prompt_rows(written(tmp_path, HEALTHBENCH, HEALTHBENCH, HEALTHBENCH))


def test_an_inline_rubric_may_reuse_the_library(tmp_path: Path) -> None:
    child = {
        "id": "r",
        "extends": "library:medical_consultation",
        "criteria": [{"id": "padded", "points": -1}],
    }
    (row,) = read_prompt_rows(written(tmp_path, {"prompt": "x", "rubric": child}))
    base = library_rubric("medical_consultation")
    assert row.rubric is not None
    assert row.rubric.id == "r"
    assert [(c.id, c.points) for c in row.rubric.criteria] == [
        (c.id, -1 if c.id == "padded" else c.points) for c in base.criteria
    ]


@pytest.mark.parametrize(
    ("rubric", "message"),
    [
        (
            {"id": "r", "extends": "base.yaml"},
            ':2: rubric: "base.yaml" may not be named here, only library:NAME',
        ),
        (
            {"id": "r", "extends": "library:tool_caling"},
            ':2: rubric: no library rubric "tool_caling"; there are: ... did you mean tool_calling?',
        ),
        (
            {"id": "r", "criteria": [{"use": "../x.yaml#a"}]},
            ':2: rubric: "../x.yaml" may not be named here, only library:NAME',
        ),
        (
            {"id": "r", "extends": "library:tool_calling", "criteria": [{"id": "brief", "points": "x"}]},
            ':2: rubric: criteria[5].points: got "x"...',
        ),
        (
            {"id": "r", "extends": "library:tool_calling", "criteria": [{"points": 2}]},
            ":2: rubric: criteria[0]: the key id is missing",
        ),
    ],
)
def test_data_reaches_no_file(tmp_path: Path, rubric: dict[str, Any], message: str) -> None:
    (tmp_path / "base.yaml").write_text("id: b\ncriteria: [{id: a, criterion: x}]\n")
    file = written(tmp_path, {"prompt": "x"}, {"prompt": "x", "rubric": rubric})
    with pytest.raises(SourceError) as caught:
        read_prompt_rows(file)
    pattern = ".*".join(map(re.escape, f"{file}{message}".split("...")))
    assert re.fullmatch(pattern, str(caught.value)), str(caught.value)


def test_fields_that_a_row_declares_are_looked_for_at_once(tmp_path: Path) -> None:
    rubric = {
        "id": "r",
        "fields": ["reference"],
        "criteria": [{"id": "a", "criterion": "Agrees: {reference}"}],
    }
    (row,) = read_prompt_rows(written(tmp_path, {"prompt": "x", "reference": "y", "rubric": rubric}))
    assert row.rubric is not None
    assert row.rubric.criteria[0].criterion == "Agrees: {reference}"  # filled in where it is judged
    file = written(tmp_path, {"prompt": "x"}, {"prompt": "x", "referense": "y", "rubric": rubric})
    message = (
        f"{file}:2: rubric r asks for the field reference, which the row lacks; it has: referense; "
        "did you mean referense?"
    )
    with pytest.raises(MissingField, match=f"^{re.escape(message)}$"):
        read_prompt_rows(file)
    file = written(tmp_path, {"prompt": "x", "rubric": {**rubric, "fields": ["n"]}, "n": {}})
    with pytest.raises(RubricError, match=r":1: the field n holds a mapping; a rubric's text takes text, "):
        read_prompt_rows(file)
