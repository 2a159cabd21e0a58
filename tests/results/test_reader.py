import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.results import Run, RunFolderError, open_run

Scored = Callable[..., Run]


def test_no_run_there_offers_the_nearest_name(tmp_path: Path, scored: Scored) -> None:
    scored("rvpo-16", [0.5])
    with pytest.raises(RunFolderError, match=r"rvpo16: not a run folder .*did you mean .*rvpo-16\?"):
        open_run(tmp_path / "rvpo16")


def test_a_sealed_file_changed_since_is_refused(tmp_path: Path, scored: Scored) -> None:
    scored("a", [0.5, 0.25])
    items = tmp_path / "a" / "items.jsonl"
    items.write_text(items.read_text().replace("0.25", "0.75"))
    with pytest.raises(RunFolderError, match=r"items\.jsonl: changed since it was sealed"):
        open_run(tmp_path / "a")


def test_a_sealed_file_gone_is_refused(tmp_path: Path, scored: Scored) -> None:
    scored("a", [0.5])
    (tmp_path / "a" / "verdicts.jsonl").unlink()
    with pytest.raises(RunFolderError, match=r"verdicts\.jsonl: cannot be read: No such file"):
        open_run(tmp_path / "a")


def test_a_bad_line_in_the_middle_is_named(tmp_path: Path, scored: Scored) -> None:
    scored("a", [0.5, 0.25, 1.0], seal=False)
    items = tmp_path / "a" / "items.jsonl"
    first, second, third = items.read_text().splitlines()
    items.write_text("\n".join([first, second[:-5], third]) + "\n")
    with pytest.raises(RunFolderError, match=r"items\.jsonl:2: not a ItemRow"):
        open_run(tmp_path / "a")


def test_a_newer_version_and_a_broken_manifest_are_refused(tmp_path: Path, scored: Scored) -> None:
    scored("a", [0.5])
    path = tmp_path / "a" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"schema_version": 99, "run_id": 5}))
    with pytest.raises(RunFolderError, match="schema_version 99, this rvpo reads up to 2"):
        open_run(tmp_path / "a")
    path.write_text("{")
    with pytest.raises(RunFolderError, match=r"manifest\.json: not a run manifest"):
        open_run(tmp_path / "a")


def test_a_run_without_a_title_is_called_by_its_folder(scored: Scored) -> None:
    assert scored("folder", [0.5], title="").name == "folder"
