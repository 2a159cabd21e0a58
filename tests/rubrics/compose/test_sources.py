"""Files as composition sees them: parted once, with the line of everything, and known however they are named."""

import os
from pathlib import Path

import pytest

from rvpo.rubrics import RubricError, SourceError, library_names
from rvpo.rubrics.compose.sources import RubricFile, library_file, library_text, named_file
from rvpo.rubrics.reading.yaml_values import Origin, read_yaml

TEXT = """\
id: f
criteria:
  - id: a
    points: 2
  - {id: b}
fragments:
  x:
    - id: c
      tags: [u,
        v]
"""


def file(text: str = TEXT, name: str = "f.yaml", folder: Path | None = None) -> RubricFile:
    data, lines = read_yaml(text, name)
    return RubricFile(name, data, lines, folder)


def test_pieces_know_their_lines() -> None:
    first, second = file().items("criteria")
    assert first.data == {"id": "a", "points": 2}
    assert first.origins == {
        (): Origin("f.yaml", 3),
        ("id",): Origin("f.yaml", 3),
        ("points",): Origin("f.yaml", 4),
    }
    assert second.origins[()] == Origin("f.yaml", 5)
    (third,) = file().items("fragments", "x")
    assert third.origins["tags", 1] == Origin("f.yaml", 10)
    assert file().items("components") == []
    assert set(file().head.origins) == {(), ("id",), ("criteria",), ("fragments",), ("fragments", "x")}


def test_without_lines_everything_comes_from_the_row() -> None:
    row = RubricFile("d.jsonl:3", {"criteria": [{"id": "a"}]}, {})
    assert row.items("criteria")[0].origins == {(): Origin("d.jsonl:3", None)}
    assert str(row.error(("criteria", 0), "is wrong")) == "d.jsonl:3: is wrong"


def test_one_file_has_one_key_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "base.yaml").write_text(TEXT)
    (tmp_path / "link.yaml").symlink_to("base.yaml")
    by = file(folder=tmp_path)
    names = ("base.yaml", "./deep/../base.yaml", "link.yaml", str(tmp_path / "base.yaml"))
    assert {named_file(name, by, ()).key for name in names} == {str((tmp_path / "base.yaml").resolve())}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(SourceError, match=r'^f\.yaml:2: "pipe\.yaml" is no file$'):
        named_file("pipe.yaml", file(folder=tmp_path), ("criteria",))


def test_a_name_too_long_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'^f\.yaml:1: ".*…" is no file$'):
        named_file("x" * 5000, file(folder=tmp_path), ("id",))


def test_the_library_is_read_once() -> None:
    for name in library_names():
        assert library_file(name) is library_file(name)
        assert library_file(name).data == read_yaml(library_text(name), name)[0]
    with pytest.raises(RubricError, match=r'^no library rubric "x\\n"; there are: '):
        library_text("x\n")
