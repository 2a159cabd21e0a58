"""Reading GPQA: the same items from every form, and one line for whatever is wrong."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.errors import ExamError
from rvpo.harness.gpqa.questions import load_questions
from rvpo.rubrics.errors import SourceError

Edit = Callable[[str, str], Path]


@pytest.fixture
def rows(invented: Path) -> list[dict[str, Any]]:
    with invented.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _jsonl(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_official_columns(invented: Path, rows: list[dict[str, Any]]) -> None:
    items = load_questions(invented)
    assert len(items) == len({item.id for item in items}) == 24
    first = items[0]
    assert first.id == "rec-invented-00"
    assert first.question.startswith("A ball is dropped")
    # The file ends the right answer with a line break, as GPQA's own does in places.
    assert rows[0]["Correct Answer"] == "2 s\n"
    assert first.options == ("2 s", "1 s", "4 s", "0.5 s")
    assert first.domains == {"domain": "Physics", "subdomain": "Mechanics"}
    assert sum(item.domains["domain"] == "Chemistry" for item in items) == 8


def test_every_form_holds_the_same_items(
    invented: Path, locked: Path, rows: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPQA_PASSWORD", "sesame")
    items = load_questions(invented)
    assert load_questions(locked) == items
    assert load_questions(_jsonl(tmp_path, rows)) == items
    marked = tmp_path / "marked.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + invented.read_bytes())
    assert load_questions(marked) == items


def test_texts_are_left_as_they_are(edited: Edit) -> None:
    (item,) = [
        each for each in load_questions(edited("sp3d", '"[1,3]-sp3d {x} $y$"')) if "sp" in each.options
    ]
    assert item.options[3] == "[1,3]-sp3d {x} $y$"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "Correct Answer,",
            "Corect Answer,",
            r":2: no column 'Correct Answer'; .*did you mean Corect Answer",
        ),
        ("rec-invented-03", "rec-invented-02", r":\d+: a second item with Record ID \"rec-invented-02\""),
        ("total momentum,", ",", r"Correct Answer is empty$"),
        ("total momentum,", "NaN,", r"Correct Answer is empty \(NaN\)"),
        ("total kinetic energy,", "  ,", r"Incorrect Answer 1 is empty$"),
        (
            "total kinetic energy,",
            "total momentum,",
            r"Incorrect Answer 1 is the same text as Correct Answer",
        ),
        ("Physics,Relativity", "Physics", r":\d+: fewer cells than columns; is the file whole"),
        ("Physics,Relativity", "Physics,Relativity,x", r":\d+: more cells than columns"),
        ("rec-invented-23,", ',"', r"not CSV|is empty"),
    ],
)
def test_a_wrong_file_is_one_line(edited: Edit, old: str, new: str, said: str) -> None:
    with pytest.raises(ExamError, match=said) as caught:
        load_questions(edited(old, new))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Incorrect Answer 2": 4}, r"items.jsonl:1: Incorrect Answer 2: got 4, should be a text"),
        ({"Incorrect Answer 2": None}, r"items.jsonl:1: Incorrect Answer 2 is empty"),
        ({"Question": ["q"]}, r"Question: got a list, should be a text"),
    ],
)
def test_a_wrong_json_value_is_one_line(
    rows: list[dict[str, Any]], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ExamError, match=said):
        load_questions(_jsonl(tmp_path, [{**rows[0], **change}]))


def test_a_file_without_domains_has_none(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    bare = [{name: value for name, value in row.items() if "omain" not in name} for row in rows]
    assert all(item.domains == {} for item in load_questions(_jsonl(tmp_path, bare)))


def test_no_items_and_no_file(invented: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text(invented.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    with pytest.raises(ExamError, match=r"bare.csv: no items"):
        load_questions(bare)
    with pytest.raises(SourceError, match=r"absent.csv"):
        load_questions(tmp_path / "absent.csv")
    with pytest.raises(ExamError, match=r"should be a .csv, .jsonl or .zip file"):
        load_questions(tmp_path / "absent.parquet")
