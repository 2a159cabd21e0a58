"""Rubrics from files, from text and from the library, by whatever name a user calls them."""

from pathlib import Path

import pytest

from rvpo.rubrics import (
    RubricError,
    SourceError,
    library_names,
    library_rubric,
    load_rubric,
    parse_rubric,
    rubric_hash,
)
from rvpo.rubrics.load import find_rubric

TEXT = "id: t\ncriteria:\n  - {id: a, criterion: Is good.}\n"


def test_a_file_and_its_text_are_the_same_rubric(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEXT)
    assert rubric_hash(load_rubric(tmp_path / "t.yaml")) == rubric_hash(parse_rubric(TEXT))


def test_errors_name_the_source() -> None:
    with pytest.raises(SourceError, match=r"^<rubric>:1: the key criteria is missing$"):
        parse_rubric("id: t")


@pytest.mark.parametrize("name", library_names())
def test_every_library_rubric_is_found_by_its_name(name: str) -> None:
    rubric = library_rubric(name)
    assert rubric.id == name
    assert find_rubric(name) == find_rubric(f"library:{name}") == rubric


@pytest.mark.parametrize("load", [library_rubric, find_rubric])
def test_unknown_library_rubric(load: object) -> None:
    assert callable(load)
    with pytest.raises(
        RubricError, match=r'^"?[^;]*"tool_cals"[^;]*; there are: .*did you mean tool_calling\?$'
    ):
        load("tool_cals")
    with pytest.raises(RubricError, match=r'^no library rubric "none"; there are: '):
        find_rubric("library:none")


def test_a_file_goes_before_a_library_rubric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tool_calling").write_text(TEXT)
    (tmp_path / "mine.yaml").write_text(TEXT)
    assert find_rubric("tool_calling").id == "t"
    assert find_rubric("mine.yaml").id == "t"
    assert find_rubric("./tool_calling").id == "t"
    assert find_rubric("library:tool_calling").id == "tool_calling"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("min.yaml", r"^min\.yaml: no such file; did you mean mine\.yaml\?$"),
        ("folder/mine", r"^folder/mine: no such file$"),
        ("", r'^"" is no file and no library rubric'),
        ("a\0.yaml", r"^a\\x00\.yaml: is no path$"),
        ("x" * 300, r'^"x+…" is no file and no library rubric; there are: '),
        (".", r"^\.: is a folder, should be a file$"),
    ],
)
def test_what_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(TEXT)
    with pytest.raises(RubricError, match=message) as caught:
        find_rubric(source)
    assert str(caught.value).isprintable()
