"""``--out ""``, as a shell writes a variable that is not set: refused before anything is read or written."""

from pathlib import Path

import pytest

from rvpo.harness.cli import main


@pytest.mark.parametrize("name", ["", " "])
@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "tool_calls", "--model", "embedded"],
        ["judge", "answers.jsonl", "--judge", "rules"],
        ["train", "recipe:rlcr"],
    ],
)
def test_a_folder_without_a_name_is_refused(
    arguments: list[str],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--out", name]) == 2
    error = capsys.readouterr().err
    assert "--out" in error
    assert "the name is empty; name a folder" in error
    assert not list(tmp_path.iterdir())
