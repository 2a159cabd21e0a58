"""Our own files: nothing is lost between reading and writing."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rvpo.rubrics import SourceError, parse_rubric, read_prompt_rows
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.rvpo_files import RVPO, plain_row
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow, prompt_row
from rvpo.rubrics.schema import Rubric

RUBRIC = "id: r\ncriteria:\n  - id: a\n    criterion: Is kind.\n"


def read(file: Path) -> Imported:
    return RVPO.read(Source(file), "met_is_bad")


@given(data=st.data())
@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=50, deadline=None
)
def test_any_row_reads_back_equal(any_rubric: SearchStrategy[Rubric], data: st.DataObject) -> None:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    turns = st.fixed_dictionaries({"role": st.sampled_from(["user", "system", "assistant"]), "content": text})
    reference = data.draw(st.none() | text)
    extra = {"note": data.draw(text)} | ({} if reference is None else {"reference": reference})
    messages = tuple(data.draw(st.lists(turns, min_size=1, max_size=3)))
    row = PromptRow("id 1", messages, reference, extra, data.draw(st.none() | any_rubric))
    line = json.loads(json.dumps(plain_row(row), allow_nan=False))
    assert prompt_row(line, "t", 1) == row


def test_the_sample_reads_back_equal(shared: Path, tmp_path: Path) -> None:
    rows = read_prompt_rows(shared / "data" / "healthbench_sample.jsonl")
    file = tmp_path / "rows.jsonl"
    file.write_text(RVPO.write(Imported(rows), ".jsonl").text)
    assert read(file) == Imported(rows)


def test_a_rubric(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(RUBRIC)
    imported = read(file)
    assert imported == Imported(rubric=parse_rubric(RUBRIC))
    assert RVPO.write(imported, ".yaml").text == RUBRIC


def test_rows_in_a_json_list(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"prompt": "a"}, {"prompt": "b", "id": "x"}]))
    assert [row.id for row in read(file).rows] == ["line-1", "x"]
    file.write_text(json.dumps([{"prompt": "a", "id": "x"}, {"prompt": "b", "id": "x"}]))
    with pytest.raises(SourceError, match=r'rows\.json: item 2: the id "x" occurs twice$'):
        read(file)
