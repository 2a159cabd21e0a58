import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.errors import ExamError
from rvpo.harness.responses import Form, form_of, read_responses
from rvpo.harness.responses.reading import chosen
from rvpo.rubrics import PromptRow, SourceError, parse_rubric

RUBRIC = parse_rubric("{id: r, criteria: [{id: c, criterion: Is kind, points: 1}]}")
CHAT = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
LM_EVAL = {
    "doc_id": 3,
    "doc": {},
    "target": "t",
    "arguments": {"gen_args_0": {"arg_0": "q", "arg_1": {"until": []}}},
    "resps": [["a"]],
}
LOG = {"eval": {}, "samples": [{"id": 3, "epoch": 1, "messages": CHAT}]}


def write(path: Path, *rows: dict[str, Any], indent: int | None = None) -> Path:
    path.write_text("".join(json.dumps(row, indent=indent) + "\n" for row in rows), encoding="utf-8")
    return path


def files(folder: Path) -> dict[Form, list[Path]]:
    """The same response in every form, under names that say nothing."""
    table = folder / "e"
    pq.write_table(pa.Table.from_pylist([{"id": 3, "prompt": "q", "response": "a"}]), table)
    return {
        "rows": [write(folder / "a", {"id": "3", "prompt": "q", "response": "a"})],
        "openai-chat": [write(folder / "b", {"id": 3, "messages": CHAT})],
        "lm-eval": [write(folder / "c", LM_EVAL)],
        "inspect": [write(folder / "d", LOG), write(folder / "f", LOG, indent=2)],
        "parquet": [table],
    }


def test_every_form_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    for form, paths in files(tmp_path).items():
        for path in paths:
            assert form_of(path) == form
            (request,) = read_responses(path, RUBRIC)
            assert (request.id, request.response, request.rubric) == ("3", "a", RUBRIC)
            assert list(request.prompt) == CHAT[:1]


def test_what_looks_like_nothing_known_is_read_as_rows(tmp_path: Path) -> None:
    for text in ("", "[1]\n", "not json\n"):
        path = tmp_path / "file"
        path.write_text(text, encoding="utf-8")
        assert form_of(path) == "rows"
    with pytest.raises(SourceError, match="cannot be read"):
        form_of(tmp_path / "absent")


def test_a_named_form_is_not_questioned(tmp_path: Path) -> None:
    path = write(tmp_path / "a", {"id": "1", "messages": CHAT, "prompt": "p", "response": "r"})
    (request,) = read_responses(path, RUBRIC)
    assert request.response == "r"
    (request,) = read_responses(path, RUBRIC, form="openai-chat")
    assert request.response == "a"


def test_a_row_names_file_and_place(tmp_path: Path) -> None:
    path = write(tmp_path / "b", {"messages": CHAT}, {"messages": CHAT[:1]})
    with pytest.raises(SourceError) as wrong:
        read_responses(path, RUBRIC)
    assert str(wrong.value) == f"{path}:2: messages: none is the assistant's, so there is no response"
    path = write(tmp_path / "b", {"id": 1, "messages": CHAT}, {"id": 1, "messages": CHAT})
    with pytest.raises(SourceError, match='b:2: the id "1" is that of line 1 too'):
        read_responses(path, RUBRIC)
    with pytest.raises(ExamError, match="brings no rubric"):
        read_responses(write(tmp_path / "b", {"messages": CHAT}))


def test_limit_then_sample(tmp_path: Path) -> None:
    path = write(tmp_path / "a", *({"id": n, "prompt": "q", "response": "a"} for n in range(50)))
    few = [int(request.id) for request in read_responses(path, RUBRIC, 20, sample=5)]
    assert len(few) == 5
    assert few == sorted(few)
    assert max(few) < 20
    assert [int(request.id) for request in read_responses(path, RUBRIC, 20, sample=5)] == few
    assert [int(request.id) for request in read_responses(path, RUBRIC, 20, sample=5, seed=1)] != few


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9), st.randoms())
def test_a_smaller_choice_is_part_of_a_larger_one(less: int, more: int, seed: int, random: Any) -> None:
    rows = [PromptRow(id=str(n), messages=()) for n in range(30)]
    mixed = random.sample(rows, len(rows))
    few, many = sorted((less, more))
    small = {row.id for row in chosen(rows, few, seed)}
    large = {row.id for row in chosen(mixed, many, seed)}
    assert len(small) == min(few, 30)
    assert small <= large
