"""``rvpo rubric new``: a file that loads, lints clean and is never written over."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.rubrics import library_names, library_rubric, load_rubric
from rvpo.rubrics.lint import lint_rubric
from rvpo.rubrics.reference.json_schema import schema_text

New = Callable[..., str]


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> New:
    """Run the command in an empty folder; what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str, status: int = 0) -> str:
        assert main(["rubric", "new", *args]) == status
        told = capsys.readouterr()
        return told.err if status else told.out

    return run


@pytest.mark.parametrize(
    ("args", "path", "name"),
    [
        ((), "my_rubric.yaml", "my_rubric"),
        (("triage",), "triage.yaml", "triage"),
        (("triage.yaml",), "triage.yaml", "triage"),
        (("--out", "other.yml"), "other.yml", "other"),
        (("triage", "--out", "other.yaml"), "other.yaml", "triage"),
    ],
)
def test_the_starter_loads_and_has_no_finding(new: New, args: tuple[str, ...], path: str, name: str) -> None:
    assert new(*args).splitlines() == [
        f"wrote {path}",
        "wrote rubric.schema.json, by which editors complete and check",
        f"next:  rvpo rubric lint {path}",
    ]
    rubric = load_rubric(path)
    assert rubric.id == name
    assert lint_rubric(rubric) == ()
    text = Path(path).read_text()
    assert text.startswith("# yaml-language-server: $schema=rubric.schema.json\n")
    assert f"rvpo rubric lint {path}" in text
    assert Path("rubric.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_starter_shows_what_the_language_can(new: New) -> None:
    new()
    criteria = load_rubric("my_rubric.yaml").criteria
    assert {criterion.scale for criterion in criteria} >= {"binary", "ordinal"}
    assert {criterion.polarity for criterion in criteria} == {"met_is_good", "met_is_bad"}
    assert any(criterion.gate for criterion in criteria)
    assert any(criterion.examples for criterion in criteria)
    assert any(criterion.kind != "llm" for criterion in criteria)


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("prefix", ["library:", ""])
def test_a_copy_of_a_library_rubric(new: New, name: str, prefix: str) -> None:
    new("mine", "--from", f"{prefix}{name}")
    mine, original = load_rubric("mine.yaml"), library_rubric(name)
    assert mine.provenance == f"adapted from library:{name}, {original.provenance}"
    assert mine == original.model_copy(update={"id": "mine", "provenance": mine.provenance})
    assert Path("mine.yaml").read_text().count("yaml-language-server") == 1


def test_nothing_is_written_over(new: New) -> None:
    new()
    Path("my_rubric.yaml").write_text("mine")
    Path("rubric.schema.json").write_text("{}")
    assert new(status=2) == "error: my_rubric.yaml: is there already; --force replaces it\n"
    assert Path("my_rubric.yaml").read_text() == "mine"
    told = new("--force")
    assert load_rubric("my_rubric.yaml").id == "my_rubric"
    assert Path("rubric.schema.json").read_text() == "{}"
    assert "rubric.schema.json is of another version; rvpo rubric schema --out" in told
    assert new().splitlines()[0] == "my_rubric.yaml is there already, as written now"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("Ärger",),
            '"Ärger" cannot name a rubric; allowed: letters, digits and _ . : - after the first; did you mean Arger?',
        ),
        (
            ("my bad",),
            '"my bad" cannot name a rubric; allowed: letters, digits and _ . : - after the first; did you mean my_bad?',
        ),
        (
            ("--out", "漢.yaml"),
            '"漢" cannot name a rubric; allowed: letters, digits and _ . : - after the first',
        ),
        (("x", "--out", "none/x.yaml"), "none/x.yaml: there is no folder none"),
    ],
)
def test_refusals(new: New, tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    assert new(*args, status=2) == f"error: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_library_rubric(new: New) -> None:
    assert new("x", "--from", "library:tool_caling", status=2).endswith("did you mean tool_calling?\n")
