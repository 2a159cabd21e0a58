import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from rvpo.results import make_run_id, new_manifest


def test_a_manifest_names_versions_machine_and_time() -> None:
    manifest = new_manifest("eval", "exam", {"model": "m"}, title="M", planned=7, notes=["demo judge"])
    assert manifest.run_id == make_run_id({"model": "m"})
    assert manifest.versions["numpy"] == version("numpy")
    assert manifest.versions["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert "litellm-proxy" not in manifest.versions
    assert datetime.now(UTC) - datetime.fromisoformat(manifest.created) < timedelta(minutes=1)
    assert (manifest.planned, manifest.notes, manifest.sealed) == (7, ("demo judge",), None)


def test_title_command_and_planned_size_are_no_part_of_who_a_run_is() -> None:
    left = new_manifest("eval", "exam", {"model": "m"}, command="rvpo eval exam", planned=1)
    right = new_manifest("eval", "exam", {"model": "m"}, title="other", planned=2)
    assert left.run_id == right.run_id
    assert left.command == "rvpo eval exam"
