"""``rvpo rubric schema``: what is printed is what is committed, and no file is lost by writing."""

import json
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.rubrics.reference.json_schema import schema_text
from rvpo.rubrics.reference.page import reference_page


def test_prints_the_schema_or_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "schema"]) == 0
    printed = capsys.readouterr().out
    assert printed == schema_text()
    assert json.loads(printed)["title"] == "rvpo rubric"
    assert main(["rubric", "schema", "--page"]) == 0
    assert capsys.readouterr().out == reference_page()


def test_writes_a_file_and_never_over_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s.json"
    assert main(["rubric", "schema", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == schema_text()
    assert main(["rubric", "schema", "--out", str(out)]) == 0
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "") == "wrote s.json\ns.json is up to date\n"
    out.write_text("mine")
    assert main(["rubric", "schema", "--out", str(out)]) == 2
    assert out.read_text() == "mine"
    assert capsys.readouterr().err == f"error: {out}: is there already; --force replaces it\n"
    assert main(["rubric", "schema", "--out", str(out), "--force"]) == 0
    assert out.read_text(encoding="utf-8") == schema_text()
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]


@pytest.mark.parametrize(
    ("where", "message"),
    [(".", "is a folder, should be a file"), ("none/s.json", "there is no folder none")],
)
def test_where_nothing_can_be_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["rubric", "schema", "--force", "--out", where]) == 2
    assert capsys.readouterr().err == f"error: {where}: {message}\n"
