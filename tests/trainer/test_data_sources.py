"""Data of every form: published rows, folders as the hub has them, Parquet; counted, refused, skipped."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from rvpo.rubrics import MissingField, SourceError
from rvpo.rubrics.formats.registry import FORMATS
from rvpo.trainer.data import DataFormat, data_sha256, file_sha256, read_prompts, read_rows
from rvpo.trainer.data.sources import HubName, hub_name
from rvpo.trainer.errors import DataOutOfReach, TrainConfigError

WriteRows = Callable[..., Path]

RAR: dict[str, Any] = {
    "question": "A child has a fever of 39. What now?",
    "reference_answer": "Fluids, and watch for signs of sepsis.",
    "question_source": "medical-o1",
    "rubric": [
        {"title": "Fluids", "description": "Essential Criteria: Advises fluids.", "weight": 5},
        {"title": "No aspirin", "description": "Pitfall Criteria: Recommends aspirin.", "weight": -2},
    ],
    "rubric_list": [],
    "rubric_count": 2,
}
RLLA: dict[str, Any] = {
    "data_source": "rlla",
    "prompt": [{"role": "system", "content": "Tools: f."}, {"role": "user", "content": "Call f."}],
    "ability": "",
    "reward_model": {
        "style": "rule",
        "ground_truth": '<think> T </think>\n<tool_call>\n{"name": "f", "parameters": {"x": 1}}\n</tool_call>',
    },
    "extra_info": {"split": "train", "index": 0, "instruction": "", "input": "", "output": ""},
}


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as Parquet, as the sets on the hub are."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

    def write(rows: list[dict[str, Any]], name: str = "train.parquet") -> Path:
        path = tmp_path / "table" / name
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path

    return write


def test_published_tool_calls(shared: Path) -> None:
    path = str(shared / "data" / "tool_calls_sample.json")
    prompts = read_prompts(path, "tool_calling_rlla")
    assert (prompts.format, len(prompts.rows), prompts.skipped) == ("rlla", 400, {})
    assert prompts.sha256 == file_sha256(path)
    assert {rubric.id for rubric in prompts.rubrics} == {"tool_calling_rlla"}
    assert len([row for row in read_rows(path) if row.reference]) == 400


def test_published_healthbench_rows(shared: Path) -> None:
    path = shared / "data" / "healthbench_sample.jsonl"
    prompts = read_prompts(str(path), None)
    assert (prompts.format, len(prompts.rows)) == ("healthbench", 169)
    assert sum(len(rubric.criteria) for rubric in prompts.rubrics) == 1439
    assert len({row.id for row in prompts.rows}) == 169


def test_rubrics_as_rewards_in_lines_and_in_parquet(
    write_rows: WriteRows, table: Callable[..., Path]
) -> None:
    lines = read_prompts(str(write_rows([RAR])), None)
    cells = read_prompts(str(table([RAR])), None, form="rar")
    for prompts in (lines, cells):
        assert prompts.format == "rar"
        assert [criterion.polarity for criterion in prompts.rubrics[0].criteria] == [
            "met_is_good",
            "met_is_bad",
        ]
        assert prompts.rows[0].reference == RAR["reference_answer"]
    assert lines.rubrics == cells.rubrics


def test_toolrl_parquet(table: Callable[..., Path]) -> None:
    prompts = read_prompts(str(table([RLLA, {**RLLA, "ability": "x"}])), "tool_calling_rlla")
    assert prompts.format == "rlla"
    assert prompts.rows[0].fields["calls"] == [{"name": "f", "arguments": {"x": 1}}]
    assert prompts.repeated == 1


def test_a_folder_is_read_as_the_hub_would(table: Callable[..., Path]) -> None:
    folder = table([RAR] * 3).parent
    table([{**RAR, "question": "Another?"}], "test.parquet")
    assert len(read_prompts(f"hf:{folder}", None).rows) == 3
    other = read_prompts(f"hf:{folder}:test", None)
    assert other.rows[0].messages[0]["content"] == "Another?"
    assert other.sha256 == data_sha256(f"hf:{folder}:test")
    assert other.sha256 != data_sha256(f"hf:{folder}:train")
    with pytest.raises(TrainConfigError, match=rf"data hf:{folder}:dev: cannot be read: .*dev"):
        read_prompts(f"hf:{folder}:dev", None)


def test_what_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_text("no")
    with pytest.raises(TrainConfigError, match=r"x\.parquet: cannot be read: "):
        read_prompts(str(path), None)
    with pytest.raises(SourceError, match=r"none\.parquet: no such file"):
        read_prompts(str(tmp_path / "none.parquet"), None)


def test_the_hub_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("Couldn't reach it")

    monkeypatch.setattr(datasets, "load_dataset", unreachable)
    with pytest.raises(DataOutOfReach, match="data hf:a/b: cannot be fetched: Couldn't reach it"):
        read_prompts("hf:a/b", None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hf:a/b", HubName("a/b", None, "train")),
        ("hf:a/b:validation", HubName("a/b", None, "validation")),
        ("hf:a/b:main", HubName("a/b", "main", "train")),
        ("hf:a/b:main:test[:5%]", HubName("a/b", "main", "test[:5%]")),
        ("hf:a/b:train[10:20]", HubName("a/b", None, "train[10:20]")),
    ],
)
def test_names_on_the_hub(text: str, found: HubName) -> None:
    assert hub_name(text) == found


@pytest.mark.parametrize("text", ["hf:", "hf:a/b:", "hf:a/b:c:d:e", "hf::train"])
def test_what_is_no_name_on_the_hub(text: str) -> None:
    with pytest.raises(TrainConfigError, match="should be hf:OWNER/NAME"):
        hub_name(text)


def test_bad_rows_are_refused_or_skipped_by_reason(write_rows: WriteRows, rubric: Callable[..., Any]) -> None:
    good = {"id": "a", "prompt": "x", "rubric": rubric("has_e")}
    rows = [
        good,
        {"id": "b", "promt": "y"},
        {"id": "c", "promt": "z"},
        {"id": "a", "prompt": "again"},
        {"id": "d", "prompt": "x", "rubric": rubric("has_e")},
    ]
    path = write_rows(rows)
    with pytest.raises(SourceError, match=rf"{path}:2: the key prompt is missing; promt looks like it"):
        read_prompts(str(path), None)
    prompts = read_prompts(str(path), None, bad_rows="skip")
    assert [row.id for row in prompts.rows] == ["a", "d"]
    assert prompts.skipped == {
        "the key prompt is missing": 2,
        "the id of an earlier row": 1,
    }
    assert prompts.repeated == 1


def test_data_that_do_not_fit_the_rubric(write_rows: WriteRows) -> None:
    rows = [{"id": "a", "prompt": "x"}, {"id": "b", "prompt": "y", "calls": []}]
    path = write_rows(rows)
    with pytest.raises(MissingField, match=r"row 'a'.*calls"):
        read_prompts(str(path), "tool_calling")
    prompts = read_prompts(str(path), "tool_calling", bad_rows="skip")
    assert ([row.id for row in prompts.rows], list(prompts.skipped.values())) == (["b"], [1])
    with pytest.raises(TrainConfigError, match=r"none of 2 rows can be used; 2 x .*answer"):
        read_prompts(str(path), "tool_calling_rlla", bad_rows="skip")


def test_a_rubric_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("id: r\ncriteria:\n  - {id: a, criterion: Is kind.}\n")
    with pytest.raises(TrainConfigError, match=r"r\.yaml: holds a rubric \(rvpo\), should hold prompts"):
        read_prompts(str(path), None)


def test_formats_are_those_of_the_rubrics_room(write_rows: WriteRows) -> None:
    assert set(get_args(DataFormat)) - {"auto"} <= {each.name for each in FORMATS}
    path = write_rows([json.loads(json.dumps(RAR))])
    with pytest.raises(SourceError, match="instruction"):
        read_prompts(str(path), "tool_calling_rlla", form="rlla")
