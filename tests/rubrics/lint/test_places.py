"""The line of every criterion, through files that reuse others."""

from pathlib import Path

from rvpo.rubrics.lint.places import criterion_places
from rvpo.rubrics.reading.yaml_values import Origin

BASE = "id: base\ncriteria:\n  - id: dose\n    criterion: Names the dose.\n"
OWN = "id: own\nextends: base.yaml\ncriteria:\n  - id: price\n    criterion: Names the price.\n"


def test_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    name = str(tmp_path / "base.yaml")
    assert criterion_places(name) == {"dose": Origin(name, 3)}


def test_a_file_that_extends_another(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "own.yaml").write_text(OWN)
    name = str(tmp_path / "own.yaml")
    assert criterion_places(name) == {
        "dose": Origin(str(tmp_path / "base.yaml"), 3),
        "price": Origin(name, 4),
    }


def test_a_library_rubric() -> None:
    places = criterion_places("medical_consultation")
    assert places == criterion_places("library:medical_consultation")
    assert {origin.name for origin in places.values()} == {"library:medical_consultation"}
    assert all(origin.line for origin in places.values())
