"""``rvpo judge --ray`` on a real Ray in processes of its own, beside the ordinary command on the same responses."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main

pytest.importorskip("ray", reason="Ray is not installed (pip install 'rvpo[ray]')")
pq = pytest.importorskip("pyarrow.parquet")
psutil = pytest.importorskip("psutil")
pytestmark = pytest.mark.flaky(reruns=1)

RVPO = "import sys; from rvpo.harness.cli import main; sys.exit(main(sys.argv[1:]))"
RAY = ("--ray", "--slice-rows", "4", "--actors", "2")
CALLS = 48


def start(desk: Any, *more: str) -> subprocess.Popen[bytes]:
    """Into files: pipes would be held open by the processes of a Ray whose driver was killed."""
    command = [sys.executable, "-c", RVPO, *desk.arguments(*RAY, *more)]
    with (desk.folder / "out.txt").open("wb") as out, (desk.folder / "err.txt").open("wb") as err:
        return subprocess.Popen(command, cwd=desk.folder, stdout=out, stderr=err)


def parts(out: Path) -> list[Path]:
    return sorted((out / "rewards.parquet").glob("part-*.parquet"))


def rows(path: Path) -> list[dict[str, Any]]:
    """A table without what tells whether a verdict was in the store, and so what it cost."""
    table = pq.read_table(path)
    found: list[dict[str, Any]] = table.select(
        [name for name in table.column_names if name not in {"cached", "usd"}]
    ).to_pylist()
    return found


def wait_for_a_part(out: Path, process: subprocess.Popen[bytes]) -> None:
    while not parts(out):
        assert process.poll() is None, (out.parent / "err.txt").read_text()
        time.sleep(0.05)


def kill_with_its_ray(process: subprocess.Popen[bytes]) -> None:
    """As a machine does that loses its power: nobody is left to finish anything."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()


@pytest.mark.timeout(180)
def test_killed_and_resumed_it_equals_the_ordinary_command_but_for_what_failed(
    desk: Any,
) -> None:
    desk.server.script(latency_s=0.2)
    process = start(desk)
    wait_for_a_part(desk.out, process)
    kill_with_its_ray(process)
    kept = {path.name: path.read_bytes() for path in parts(desk.out)}
    asked = desk.server.counts()
    assert asked["peak"] <= 4, "the actors share the judge's concurrency"
    desk.server.script(faults=[["401", 3]])
    status = start(desk, "--json", "--min-coverage", "1").wait()
    errors = (desk.folder / "err.txt").read_text()
    assert status == 1, errors
    assert "Traceback" not in errors
    summary = json.loads((desk.folder / "out.txt").read_text())
    assert (summary["responses"], summary["holes"], summary["complete"]) == (24, {"rejected": 3}, False)
    # No finished part was touched, and no more was asked again than was in flight when it was killed.
    assert {name: (desk.out / "rewards.parquet" / name).read_bytes() for name in kept} == kept
    assert asked["requests"] + desk.server.counts()["requests"] <= CALLS + 4
    holed, bulk = rows(desk.out / "verdicts.parquet"), rows(desk.out / "rewards.parquet")
    desk.server.script()
    desk.out = desk.folder / "ordinary"
    assert main(desk.arguments("--parquet")) == 0
    assert desk.server.counts()["requests"] == 3, "what the bulk run was told is in the store"
    whole = rows(desk.out / "verdicts.parquet")
    different = [(one, other) for one, other in zip(holed, whole, strict=True) if one != other]
    assert [(one["score"], one["value"], one["status"]) for one, _ in different] == [
        (None, None, "rejected")
    ] * 3
    ids = {one["item_id"] for one, _ in different}
    ordinary = rows(desk.out / "rewards.parquet")
    assert [row["id"] for row in bulk] == [row["id"] for row in ordinary]
    for one, other in zip(bulk, ordinary, strict=True):
        if one["id"] in ids:
            assert None in one["values"]
            assert one["coverage"] < 1.0
        else:
            assert one == other
