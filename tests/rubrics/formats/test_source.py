"""Files of any kind as records, each with its place; what cannot be read is one line."""

import json
from pathlib import Path

import pytest

from rvpo.rubrics import SourceError
from rvpo.rubrics.formats.source import Source


def written(tmp_path: Path, name: str, text: str) -> Source:
    (tmp_path / name).write_text(text)
    return Source(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.jsonl", '{"a": 1}\n\n{"a": 2}\n', [("a.jsonl:1", "line 1", 1), ("a.jsonl:3", "line 3", 3)]),
        ("a.json", '{"a": 1}\n{"a": 2}\n', [("a.json:1", "line 1", 1), ("a.json:2", "line 2", 2)]),
        (
            "a.json",
            '[{"a": 1},\n{"a": 2}]',
            [("a.json: item 1", "item 1", 1), ("a.json: item 2", "item 2", 2)],
        ),
        ("a.json", '{"a": 1}', [("a.json", "", 1)]),
        ("a.yaml", "a: 1\n", [("a.yaml", "", 1)]),
        ("a.yaml", "- a: 1\n- a: 2\n", [("a.yaml", "item 1", 1), ("a.yaml", "item 2", 2)]),
        ("a.toml", "a = 1\n", [("a.toml", "", 1)]),
    ],
)
def test_records(tmp_path: Path, name: str, text: str, found: list[tuple[str, str, int]]) -> None:
    records = list(written(tmp_path, name, text).records())
    assert [(each.name.removeprefix(f"{tmp_path}/"), each.place, each.number) for each in records] == found
    assert [each.data["a"] for each in records] == list(range(1, len(found) + 1))


def test_yaml_items_know_their_lines(tmp_path: Path) -> None:
    _, second = written(tmp_path, "a.yaml", "- a: 1\n- b: 2\n  c: 3\n").records()
    assert (second.lines[("c",)], second.lines[()]) == (3, 2)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "", ": the file is empty"),
        ("a.yaml", " \n", ": the file is empty"),
        ("a.json", "3", ": got 3, should be a mapping or a list of them"),
        ("a.json", "[]", ": got a list, should be a mapping or a list of them"),
        ("a.json", '[{}, "x"]', ': item 2: got "x", should be a mapping of keys'),
        ("a.yaml", "- {}\n- x\n", ':2: item 2: got "x", should be a mapping of keys'),
        ("a.json", '{"a": 1, "a": 2}', ': not JSON: key "a" occurs twice in one object'),
        ("a.json", '["\\ud800"]', ": a lone surrogate (\\ud800 to \\udfff) is no character"),
        ("a.toml", "a = \n", ": not TOML: Invalid value (at line 1, column 5)"),
        ("a.jsonl", '{"a": 1}\n{"a"', ":2: the last line has no line end and seems cut off: not JSON: "),
        ("a.yaml", "a: !x 1\n", ":1: the tag"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        list(written(tmp_path, name, text).records())
    assert str(caught.value).startswith(f"{tmp_path}/{name}{message}")
    assert len(str(caught.value).splitlines()) == 1


def test_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("")
    for name in ("row.jsonl", "row.json", "row.yaml", "row.toml"):
        with pytest.raises(SourceError, match=r"no such file; did you mean rows\.jsonl\?$"):
            list(Source(tmp_path / name).records())


def test_a_data_set_in_one_list_may_be_large(tmp_path: Path) -> None:
    rows = [{"a": "x" * 1000}] * 2000
    assert len(list(written(tmp_path, "a.json", json.dumps(rows)).records())) == 2000
    with pytest.raises(SourceError, match="larger than 1000000 bytes"):
        list(written(tmp_path, "a.yaml", json.dumps(rows)).records())
