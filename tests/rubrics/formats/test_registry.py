"""Formats by name and by what a file holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rvpo.rubrics import RubricError, SourceError, library_names, library_rubric
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.registry import FORMATS, detect, format_named, read_rubrics, write_rubrics
from rvpo.rubrics.formats.yaml_writer import write_rubric
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

MESSAGES = [{"role": "user", "content": "q"}]
FIRST: dict[str, list[Any]] = {
    "rvpo": [
        {"id": "r", "criteria": [{"id": "a", "criterion": "x"}]},
        {"prompt": "q"},
        {"prompt": MESSAGES, "rubric": {}},
        {"id": "r", "extends": "base.yaml"},
    ],
    "healthbench": [{"prompt": MESSAGES, "rubrics": [{"criterion": "x", "points": 1, "tags": []}]}],
    "rar": [{"question": "q", "rubric": [{"title": "t", "description": "d", "weight": 1}]}],
    "open_instruct": [
        {"query": "q", "rubrics": [{"description": "d"}]},
        {"messages": MESSAGES, "ground_truth": '{"rubrics": []}', "dataset": "rubric"},
        {"prompt": MESSAGES, "rubrics": [{"title": "t", "description": "d", "weight": 1}]},
    ],
    "autorubric": [
        {"name": "a", "requirement": "x"},
        {"guidelines": "g", "criteria": [{"requirement": "x"}]},
        {"sections": [{"criteria": [{"name": "a", "requirement": "x", "weight": 1}]}]},
    ],
    "rubric": [{"weight": 1, "requirement": "x"}, {"rubric": {"sections": [{"criteria": [{"weight": 1, "requirement": "x"}]}]}}],
    "verifiers": [{"criteria": [{"name": "a", "text": "x"}]}],
    "promptfoo": [{"prompts": ["q"], "tests": [{}]}, {"defaultTest": {"assert": []}}],
    "prometheus": [
        {"criteria": "x", "score1_description": "y"},
        {"instruction": "i", "input": "", "output": "o", "orig_criteria": "x", "orig_score1_description": "y"},
        {"input": "q", "score_rubric": {"criteria": "x", "score1_description": "y"}},
    ],
    "rlla": [
        {"instruction": "i", "input": "q", "output": "o"},
        {"prompt": MESSAGES, "reward_model": {"ground_truth": "x"}},
    ],
    "bfcl": [{"id": "simple_0", "question": [MESSAGES], "function": [{"name": "f"}]}],
}  # fmt: skip


@pytest.mark.parametrize(("name", "first"), [(name, first) for name, all_ in FIRST.items() for first in all_])
def test_exactly_one_format_knows_a_record(name: str, first: dict[str, Any]) -> None:
    assert [each.name for each in FORMATS if each.sniff(first)] == [name]


def test_every_format_is_in_this_test() -> None:
    assert [each.name for each in FORMATS] == list(FIRST)


@pytest.mark.parametrize(
    "first", [{}, {"criteria": []}, {"rubric": []}, {"rubrics": [3]}, {"criteria": [3]}, {"a": 1}]
)
def test_nothing_else_is_known(first: dict[str, Any]) -> None:
    assert [each.name for each in FORMATS if each.sniff(first)] == []


def test_an_unknown_file_names_its_keys(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    with pytest.raises(
        SourceError, match=r"x\.json: in no format that is known; its keys: a; say which of: rvpo, "
    ):
        detect(tmp_path / "x.json")


def test_names() -> None:
    assert format_named("rar").name == "rar"
    with pytest.raises(
        RubricError, match=r'^no format "healthbnch"; there are: .*; did you mean healthbench\?$'
    ):
        format_named("healthbnch")


def test_the_samples_are_known(shared: Path) -> None:
    assert detect(shared / "data" / "healthbench_sample.jsonl").name == "healthbench"
    assert detect(shared / "data" / "tool_calls_sample.json").name == "rlla"


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("to", [each.name for each in FORMATS])
def test_library_rubrics_are_written_or_refused_in_one_line(tmp_path: Path, name: str, to: str) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(write_rubric(library_rubric(name)))
    found, imported = read_rubrics(file)
    assert (found.name, imported.rubric) == ("rvpo", library_rubric(name))
    if to in {"healthbench", "rar", "open_instruct", "rlla", "bfcl", "prometheus"}:
        with pytest.raises(RubricError) as caught:
            write_rubrics(imported, to)
        assert len(str(caught.value).splitlines()) == 1
        return
    exported = write_rubrics(imported, to)
    again = tmp_path / f"again{format_named(to).suffixes[0]}"
    again.write_text(exported.text)
    read_back = read_rubrics(again, to)[1].rubric
    assert read_back is not None
    assert [c.criterion for c in read_back.criteria] == [
        c.criterion for c in library_rubric(name).criteria
    ] or any(note.severity == "lost" for note in exported.notes)


@pytest.mark.parametrize(
    "to", [each.name for each in FORMATS if each.name not in {"autorubric", "rubric", "verifiers"}]
)
def test_healthbench_rows_in_every_format_of_rows(shared: Path, tmp_path: Path, to: str) -> None:
    _, imported = read_rubrics(shared / "data" / "healthbench_sample.jsonl")
    if to == "prometheus":
        with pytest.raises(RubricError, match="a record of Prometheus has one"):
            write_rubrics(imported, to)
        return
    if to == "rlla":
        with pytest.raises(RubricError, match="neither a reference reply nor calls"):
            write_rubrics(imported, to)
        return
    if to == "bfcl":
        with pytest.raises(RubricError, match="has no function and ground_truth, which bfcl needs"):
            write_rubrics(imported, to)
        return
    few = type(imported)(imported.rows[:20])
    exported = write_rubrics(few, to)
    file = tmp_path / f"rows{'.yaml' if to == 'promptfoo' else '.jsonl'}"
    file.write_text(exported.text)
    found, again = read_rubrics(file)
    assert found.name == to
    assert [len(rubric.criteria) for rubric in again.rubrics] == [
        len(rubric.criteria) for rubric in few.rubrics
    ]
    points = [[criterion.points for criterion in rubric.criteria] for rubric in few.rubrics]
    if to == "promptfoo":
        points = [list(map(abs, each)) for each in points]
    assert [[criterion.points for criterion in rubric.criteria] for rubric in again.rubrics] == points


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
@pytest.mark.parametrize(
    "data", [{}, [], [1], {"criteria": 3}, {"rubric": 3, "question": "q"}, {"tests": [3], "prompts": 3}]
)
def test_broken_files_are_one_line_in_every_format(tmp_path: Path, name: str, data: object) -> None:
    for suffix in (".json", ".yaml", ".jsonl"):
        file = tmp_path / f"x{suffix}"
        file.write_text(json.dumps(data) + "\n")
        with pytest.raises(RubricError) as caught:
            read_rubrics(file, name)
        assert str(file) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, item in inner for found in _places(item, (*place, key)))]


def _replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    if not place:
        return by
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], by)
    return copy


@given(data=st.data())
@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=300, deadline=None
)
def test_any_defect_is_one_line(
    any_json: SearchStrategy[object], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(FIRST)))
    sound = data.draw(st.sampled_from(FIRST[name]))
    place = data.draw(st.sampled_from(_places(sound)))
    broken = _replaced(sound, place, data.draw(any_json))
    file = tmp_path_factory.getbasetemp() / "fuzzed.json"
    file.write_text(json.dumps(broken))
    try:
        read_rubrics(file, name)
    except RubricError as error:
        assert str(error).isprintable()  # noqa: PT017 - most defects are errors, and some are none


@given(data=st.data())
@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=100, deadline=None
)
def test_any_rubric_in_any_format_keeps_its_criteria(
    any_rubric: SearchStrategy[Rubric], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rubric = data.draw(any_rubric)
    name = data.draw(
        st.sampled_from(["rvpo", "healthbench", "rar", "open_instruct", "autorubric", "rubric", "verifiers"])
    )
    assume(name != "verifiers" or any(criterion.points for criterion in rubric.criteria))
    assume(name != "rar" or all(criterion.criterion.strip() for criterion in rubric.criteria))
    row = PromptRow("p", ({"role": "user", "content": "q"},), rubric=rubric)
    suffix = data.draw(
        st.sampled_from(format_named(name).suffixes[-1:] if name == "rvpo" else format_named(name).suffixes)
    )
    file = tmp_path_factory.getbasetemp() / f"any{suffix}"
    exported = write_rubrics(Imported((row,)), name, suffix)
    file.write_bytes(exported.text.encode())
    _, again = read_rubrics(file, name)
    texts = [criterion.criterion.strip() for criterion in rubric.criteria]
    assert [criterion.criterion.strip() for criterion in again.rubrics[0].criteria] == texts
    points = [abs(criterion.points) for criterion in rubric.criteria]
    assert [abs(criterion.points) for criterion in again.rubrics[0].criteria] == points
    assert detect(file).name == name or name in {"autorubric", "rubric"}


@pytest.mark.parametrize("name", ["tool_calling", "library:tool_calling"])
def test_a_library_rubric_is_read_by_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found, imported = read_rubrics(name)
    assert found.name == "rvpo"
    assert imported.rubric == library_rubric("tool_calling")
